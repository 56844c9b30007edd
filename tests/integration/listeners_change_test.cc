// Promise: a reload that adds, removes or moves a listener does not touch the others; on a removed
// one every connection that was accepted is answered, and later ones are refused, nothing between.
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

#include <gtest/gtest.h>

#include "common/net/address.h"
#include "tests/fakes/convoy_process.h"
#include "tests/fakes/load_client.h"

namespace convoy::fakes {
namespace {

// New connections in a closed loop, each with one request; counts what became of them.
class Connecting {
 public:
  explicit Connecting(const net::Address& address, int threads = 4) : address_(address) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
  }
  Connecting(const std::string& ip, uint16_t port) : Connecting(*net::Address::fromIp(ip, port)) {}
  ~Connecting() { stop(); }
  void stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  uint64_t answered() const { return answered_; }
  uint64_t refused() const { return refused_; }
  uint64_t failed() const { return failed_; }
  std::string failures() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::string out;
    for (const auto& [kind, count] : kinds_) out += kind + " x" + std::to_string(count) + "; ";
    return out;
  }
  bool moreAnswers(uint64_t n) const {
    const uint64_t before = answered_;
    return eventually([&] { return answered_ >= before + n; }, Millis(10000));
  }

 private:
  void run() {
    while (!stopping_) once();
  }
  void once() {
    base::UniqueFd fd(::socket(address_.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), address_.sockaddrPtr(), address_.sockaddrLength()) != 0) {
      // A unix path that is gone is refusing, too.
      if (errno == ECONNREFUSED || errno == ENOENT) {
        ++refused_;
        std::this_thread::yield();
        return;
      }
      return fail(std::string("connect: ") + strerror(errno));
    }
    RawClient client(std::move(fd), Millis(10000));
    const HttpMessage answer = client.get("/", "Connection: close\r\n");
    if (answer.status == 200) {
      ++answered_;
    } else {
      fail("answer: " + answer.error);
    }
  }
  void fail(const std::string& kind) {
    ++failed_;
    const std::lock_guard<std::mutex> lock(mutex_);
    ++kinds_[kind];
  }

  const net::Address address_;
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> answered_{0}, refused_{0}, failed_{0};
  mutable std::mutex mutex_;
  std::map<std::string, uint64_t> kinds_;
  std::vector<std::thread> threads_;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string socketAddress(const std::string& ip, uint16_t port) {
  return "socket_address: {address: \"" + ip + "\", port_value: " + std::to_string(port) + "}";
}

struct TwoListeners {
  TwoListeners() {
    config.http(kept, Config::direct(200, "kept"));
    without = config.text();
    config.http(other, Config::direct(200, "other"));
    with = config.text();
    convoy = std::make_unique<ConvoyProcess>(config);
  }
  // `other` somewhere else.
  std::string moved(const std::string& to) const {
    return replaced(
        with, "socket_address: {address: 127.0.0.1, port_value: " + std::to_string(other) + "}",
        to);
  }
  void load(const std::string& text) const {
    convoy->rewrite(text);
    const Ended ended = convoy->reload();
    EXPECT_EQ(ended.status, 0) << ended.err;
  }
  const uint16_t kept = freePort(), other = freePort();
  Config config;
  std::string with, without;
  std::unique_ptr<ConvoyProcess> convoy;
};

TEST(ListenersChange, ARemovedListenerAnswersWhatItTookAndThenRefuses) {
  TwoListeners t;
  RawClient early(t.other, Millis(10000));
  ASSERT_EQ(early.get("/").status, 200);
  RawClient silent(t.other, Millis(10000));  // has not spoken yet
  ASSERT_TRUE(silent.connected());
  LoadClient on_kept(t.kept, {});
  Connecting on_other("127.0.0.1", t.other);
  ASSERT_TRUE(on_other.moreAnswers(200));
  t.load(t.without);
  EXPECT_TRUE(eventually([&] { return on_other.refused() > 100; }, Millis(10000)));
  on_other.stop();
  EXPECT_EQ(on_other.failed(), 0u) << on_other.failures();
  const HttpMessage last = early.get("/");
  EXPECT_EQ(last.status, 200) << last.error;
  EXPECT_EQ(last.header("connection"), "close");
  const HttpMessage first = silent.get("/");
  EXPECT_EQ(first.status, 200) << first.error;
  on_kept.stop();
  EXPECT_EQ(on_kept.failed(), 0u) << on_kept.failures();
  // And its workers are gone in the end.
  EXPECT_TRUE(eventually([&] { return t.convoy->workers().size() == 2; }));
}

TEST(ListenersChange, OneThatComesBackSoonServesOnWithTheSameSockets) {
  TwoListeners t;
  Connecting on_other("127.0.0.1", t.other);
  ASSERT_TRUE(on_other.moreAnswers(100));
  for (int i = 0; i < 3; ++i) {
    t.load(t.without);
    t.load(t.with);
    EXPECT_TRUE(on_other.moreAnswers(100)) << t.convoy->log();
  }
  on_other.stop();
  EXPECT_EQ(on_other.failed(), 0u) << on_other.failures();
  EXPECT_EQ(on_other.refused(), 0u);
  // It was wanted again before it was shut: nothing retires it later.
  EXPECT_TRUE(eventually([&] { return t.convoy->workers().size() == 2; }));
  EXPECT_EQ(httpGet(t.other, "/").status, 200);
}

TEST(ListenersChange, OneThatComesBackAfterItWasClosedIsBoundAnew) {
  TwoListeners t;
  for (int i = 0; i < 2; ++i) {
    t.load(t.without);
    ASSERT_TRUE(
        eventually([&] { return !RawClient(t.other, Millis(3000)).connected(); }, Millis(8000)));
    t.load(t.with);
    EXPECT_EQ(httpGet(t.other, "/").status, 200);
  }
}

TEST(ListenersChange, FromOneAddressToAllAndBackLosesNoConnection) {
  TwoListeners t;
  LoadClient on_kept(t.kept, {});
  Connecting on_other("127.0.0.1", t.other);
  ASSERT_TRUE(on_other.moreAnswers(100));
  t.load(t.moved(socketAddress("0.0.0.0", t.other)));
  // Those that asked during the change asked again after a second.
  EXPECT_TRUE(on_other.moreAnswers(500)) << t.convoy->log();
  t.load(t.with);
  EXPECT_TRUE(on_other.moreAnswers(500)) << t.convoy->log();
  on_other.stop();
  on_kept.stop();
  EXPECT_EQ(on_other.failed(), 0u) << on_other.failures();
  EXPECT_EQ(on_other.refused(), 0u);
  EXPECT_EQ(on_kept.failed(), 0u) << on_kept.failures();
}

TEST(ListenersChange, FromVersionFourToSixAndToAUnixSocket) {
  TwoListeners t;
  LoadClient on_kept(t.kept, {});
  const std::string path = t.convoy->dir().path("front.sock");
  const auto six = net::Address::fromIp("::1", t.other);
  const bool has_six = base::UniqueFd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)).valid() &&
                       std::filesystem::exists("/proc/net/if_inet6");
  Connecting on_four("127.0.0.1", t.other);
  ASSERT_TRUE(on_four.moreAnswers(100));
  if (has_six) {
    t.load(t.moved(socketAddress("::1", t.other)));
    Connecting on_six(*six);
    EXPECT_TRUE(on_six.moreAnswers(100)) << t.convoy->log();
    EXPECT_TRUE(eventually([&] { return on_four.refused() > 10; }, Millis(10000)));
    t.load(t.moved("pipe: {path: " + path + "}"));
    on_six.stop();
    EXPECT_EQ(on_six.failed(), 0u) << on_six.failures();
  } else {
    t.load(t.moved("pipe: {path: " + path + "}"));
  }
  Connecting on_pipe(*net::Address::fromUnixPath(path));
  EXPECT_TRUE(on_pipe.moreAnswers(200)) << t.convoy->log();
  t.load(t.with);
  EXPECT_TRUE(eventually([&] { return on_pipe.refused() > 10; }, Millis(10000)));
  on_pipe.stop();
  EXPECT_EQ(on_pipe.failed(), 0u) << on_pipe.failures();
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(httpGet(t.other, "/").status, 200);
  on_four.stop();
  EXPECT_EQ(on_four.failed(), 0u) << on_four.failures();
  on_kept.stop();
  EXPECT_EQ(on_kept.failed(), 0u) << on_kept.failures();
}

TEST(ListenersChange, TheOnesAddedModifiedAndRemovedAreCounted) {
  TwoListeners t;
  const auto counted = [&](const std::string& what) {
    return t.convoy->metric("envoy_listener_manager_listener_" + what + "{}");
  };
  EXPECT_EQ(counted("added"), 2);
  t.load(t.without);
  EXPECT_EQ(counted("removed"), 1);
  t.load(t.with);
  EXPECT_EQ(counted("added"), 3);
  t.load(t.moved(socketAddress("0.0.0.0", t.other)));
  EXPECT_EQ(counted("modified"), 1);
  t.load(t.moved(socketAddress("0.0.0.0", t.other)));
  EXPECT_EQ(counted("added"), 3);
  EXPECT_EQ(counted("modified"), 1);
  EXPECT_EQ(counted("removed"), 1);
}

}  // namespace
}  // namespace convoy::fakes
