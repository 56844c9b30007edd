// The budget of the hot path: in the steady state a proxied request allocates nothing.
#include <string>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "common/net/socket.h"
#include "tests/fakes/count_allocations.h"
#include "tests/fakes/proxy_yaml.h"
#include "tests/fakes/worker_fixture.h"

namespace convoy {
namespace {

// A backend and a client on the worker's own loop, made of raw sockets that allocate nothing.
class Peer final : public net::PollHandler {
 public:
  Peer(net::EventLoop& loop, base::UniqueFd fd, std::string say, bool speaks_first)
      : loop_(loop), fd_(std::move(fd)), say_(std::move(say)) {
    loop_.poller().add(fd_.get(), *this);
    first_ = speaks_first;
  }
  ~Peer() override { loop_.poller().forget(*this); }
  void onIo(uint32_t events) override {
    if (first_ && (events & EPOLLOUT) != 0) {
      first_ = false;
      speak();
    }
    if ((events & EPOLLIN) == 0) return;
    char buffer[4096];
    for (ssize_t n; (n = ::recv(fd_.get(), buffer, sizeof(buffer), 0)) > 0;) {
      if (long_answers_ && buffer[n - 1] != '!') continue;
      ++heard_;
      if (!stopped_) speak();
    }
  }
  void speak() { (void)!::send(fd_.get(), say_.data(), say_.size(), MSG_NOSIGNAL); }
  // Each ends with an exclamation mark, which none has elsewhere.
  void expectLongAnswers() { long_answers_ = true; }
  void stop() { stopped_ = true; }
  uint64_t heard() const { return heard_; }

 private:
  net::EventLoop& loop_;
  base::UniqueFd fd_;
  std::string say_;
  bool first_ = false;
  bool stopped_ = false;
  bool long_answers_ = false;
  uint64_t heard_ = 0;
};

class Backend final : public worker::AcceptCallbacks {
 public:
  Backend(net::EventLoop& loop, std::string answer) : loop_(loop), answer_(std::move(answer)) {
    auto fd = net::listenOn(net::Address::fromIp("127.0.0.1", 0).value(), {});
    port_ = net::Address::localOf(fd->get())->port();
    acceptor_ = std::make_unique<worker::Acceptor>(loop, std::move(*fd), *this);
    acceptor_->resume();
  }
  uint16_t port() const { return port_; }

 private:
  void onAccepted(base::UniqueFd fd, const net::Address&, const net::Address&) override {
    peers_.push_back(std::make_unique<Peer>(loop_, std::move(fd), answer_, false));
  }
  void onAcceptPaused(int) override {}
  bool roomToAccept() override { return true; }
  net::EventLoop& loop_;
  std::string answer_;
  uint16_t port_ = 0;
  std::unique_ptr<worker::Acceptor> acceptor_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

uint64_t allocationsOf1000(const std::string& request, const std::string& answer) {
  fakes::WorkerFixture worker(fakes::httpProxyYaml());
  Backend backend(worker.loop(), answer);
  worker.setHosts(0, {backend.port()});
  auto fd = net::connectTo(net::Address::fromIp("127.0.0.1", worker.port(0)).value());
  Peer client(worker.loop(), std::move(*fd), request, true);
  if (answer.back() == '!') client.expectLongAnswers();
  EXPECT_TRUE(worker.runUntil([&] { return client.heard() >= 200; }));
  // Counted inside runUntil's condition: setting runUntil up allocates its own timer.
  uint64_t before = 0, after = 0;
  const uint64_t start = client.heard();
  bool counting = false;
  EXPECT_TRUE(worker.runUntil([&] {
    if (!counting) {
      counting = true;
      before = fakes::allocationCount();
    }
    after = fakes::allocationCount();
    return client.heard() >= start + 1000;
  }));
  client.stop();
  return after - before;
}

const char kAnswer[] =
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-type: text/plain\r\n\r\nhello";

TEST(SteadyState, AGetAllocatesNothing) {
  EXPECT_LE(allocationsOf1000("GET /x HTTP/1.1\r\nHost: a\r\nUser-Agent: t\r\n\r\n", kAnswer), 5u);
}

TEST(SteadyState, APostWithABodyAllocatesNothing) {
  EXPECT_LE(
      allocationsOf1000("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", kAnswer),
      5u);
}

TEST(SteadyState, ALongBodyAllocatesNothing) {
  const std::string body = std::string(39999, 'b') + "!";
  EXPECT_LE(allocationsOf1000("GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
                              "HTTP/1.1 200 OK\r\ncontent-length: 40000\r\n\r\n" + body),
            5u);
}

TEST(SteadyState, ALocalAnswerAllocatesNothing) {
  EXPECT_LE(allocationsOf1000("GET /direct HTTP/1.1\r\nHost: a\r\n\r\n", kAnswer), 5u);
}

TEST(SteadyState, ChunksBothWaysAllocateNothing) {
  EXPECT_LE(allocationsOf1000(
                "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
            5u);
}

}  // namespace
}  // namespace convoy
