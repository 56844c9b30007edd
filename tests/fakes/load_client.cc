#include "tests/fakes/load_client.h"

#include <poll.h>

namespace convoy::fakes {

LoadClient::LoadClient(uint16_t port, const Options& options) : port_(port), options_(options) {
  for (int i = 0; i < options_.connections; ++i) {
    threads_.emplace_back([this, i] { run(i); });
  }
}

void LoadClient::stop() {
  stopping_ = true;
  join();
}

void LoadClient::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

std::string LoadClient::failures() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string text = std::to_string(failed_) + " of " + std::to_string(failed_ + succeeded_);
  for (const auto& [kind, count] : kinds_) text += "; " + kind + ": " + std::to_string(count);
  return text;
}

void LoadClient::fail(const std::string& kind) {
  ++failed_;
  const std::lock_guard<std::mutex> lock(mutex_);
  ++kinds_[kind];
}

void LoadClient::run(int number) {
  const bool post = options_.half_post && number % 2 == 1;
  while (!stopping_) {
    RawClient client(port_);
    ++opened_;
    if (!client.connected()) {
      fail("connect: " + client.lastError());
      poll(nullptr, 0, 10);
      continue;
    }
    while (!stopping_) {
      if (options_.requests != 0 && started_++ >= options_.requests) return;
      const uint64_t failed_before = failed_;
      if (!once(client, post)) {
        if (failed_ != failed_before && !options_.reopen_on_failure) return;
        break;
      }
      if (options_.pause.count() > 0) poll(nullptr, 0, static_cast<int>(options_.pause.count()));
    }
  }
}

// False: this connection is over.
bool LoadClient::once(RawClient& client, bool post) {
  const std::string body = post ? std::string(700, 'p') : "";
  const HttpMessage answer = client.request(post ? "POST" : "GET", options_.path, "", body);
  if (!answer.ok()) {
    fail((post ? "POST: " : "GET: ") + answer.error);
    return false;
  }
  if (answer.status != options_.expected_status) {
    fail("status " + std::to_string(answer.status) + " " + answer.body.substr(0, 100));
  } else {
    ++succeeded_;
  }
  return answer.header("connection") != "close";
}

}  // namespace convoy::fakes
