// What the tests of this room share: a loop that runs until a condition holds, socket pairs, and
// callbacks that write down what they were told.
#pragma once

#include <cerrno>
#include <cstddef>
#include <functional>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "common/net/connection.h"
#include "common/net/event_loop.h"
#include "common/net/socket.h"

namespace convoy::net {

using FdPair = std::pair<base::UniqueFd, base::UniqueFd>;

inline FdPair unixPair() {
  auto pair = socketPair(SOCK_STREAM);
  EXPECT_TRUE(pair.ok());
  return std::move(*pair);
}

struct LoopbackListener {
  base::UniqueFd fd;
  Address address;

  explicit LoopbackListener(int backlog = 16) {
    ListenOptions options;
    options.backlog = backlog;
    auto made = listenOn(*Address::fromIp("127.0.0.1", 0), options);
    EXPECT_TRUE(made.ok());
    fd = std::move(*made);
    address = *Address::localOf(fd.get());
  }
  base::UniqueFd accept() const {
    return base::UniqueFd(::accept4(fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  }
};

// Both ends connected: on loopback the handshake is over when connect() returns.
inline FdPair tcpPair() {
  LoopbackListener listener;
  auto client = connectTo(listener.address);
  EXPECT_TRUE(client.ok());
  base::UniqueFd server = listener.accept();
  EXPECT_TRUE(server.valid());
  return {std::move(server), std::move(*client)};
}

inline void resetOnClose(int fd) {
  const linger hard{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

// Everything that can be read now. `*end` says what came after: 0 nothing yet, 'E' end, 'R' reset.
inline std::string readAll(int fd, char* end = nullptr) {
  std::string text;
  char bytes[65536];
  ssize_t n;
  while ((n = ::recv(fd, bytes, sizeof(bytes), 0)) > 0) text.append(bytes, static_cast<size_t>(n));
  if (end != nullptr) *end = n == 0 ? 'E' : errno == ECONNRESET ? 'R' : '\0';
  return text;
}

inline bool sendAll(int fd, std::string_view bytes) {
  return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

struct Recorder : ConnectionCallbacks {
  std::string read;
  int reads = 0, connected = 0, eof = 0, above = 0, below = 0;
  std::vector<CloseReason> closed;
  std::function<void()> then_read, then_connected, then_eof, then_above, then_below, then_closed;

  void onConnected() override { note(connected, then_connected); }
  void onRead(std::string_view bytes) override {
    read += bytes;
    note(reads, then_read);
  }
  void onReadEof() override { note(eof, then_eof); }
  void onAboveHigh() override { note(above, then_above); }
  void onBelowLow() override { note(below, then_below); }
  void onClosed(CloseReason reason) override {
    closed.push_back(reason);
    if (then_closed) then_closed();
  }

 private:
  static void note(int& count, const std::function<void()>& then) {
    ++count;
    if (then) then();
  }
};

class LoopTest : public ::testing::Test {
 protected:
  // Runs the loop until `condition` holds (true) or the limit is over (false).
  bool runUntil(const std::function<bool()>& condition, uint64_t limit_ms = 10000) {
    const uint64_t deadline = loop_.nowUs() + limit_ms * 1000;
    bool held = false;
    std::unique_ptr<Timer> timer;
    timer = loop_.createTimer([&] {
      held = condition();
      if (held || loop_.nowUs() > deadline) {
        loop_.stop();
      } else {
        timer->start(1);
      }
    });
    timer->start(0);
    loop_.run();
    return held;
  }
  // Long enough for everything that is ready to be handled.
  void runTurns(int turns = 5) {
    runUntil([&] { return turns-- == 0; });
  }

  // By the loop, as the contract demands.
  void destroy(std::unique_ptr<Connection>& connection) {
    loop_.deferDelete(std::move(connection));
  }

  EventLoop loop_;
};

}  // namespace convoy::net
