// A closed connection whose description somebody else still holds (a child between fork and exec)
// stays in epoll: nothing may be reported to it any more.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "common/net/connection.h"
#include "common/net/socket.h"

namespace convoy::net {
namespace {

struct Silent final : ConnectionCallbacks {
  void onRead(std::string_view) override {}
  void onReadEof() override {}
  void onClosed(CloseReason) override {}
};

TEST(ForkedDescriptor, AClosedConnectionHearsNothing) {
  EventLoop loop;
  loop.poller().setMayFork();
  Silent callbacks;
  auto pair = socketPair(SOCK_STREAM);
  ASSERT_TRUE(pair.ok());
  auto connection = std::make_unique<Connection>(loop, std::move(pair->first), callbacks);
  ASSERT_TRUE(connection->start(false));
  base::UniqueFd of_child(::dup(connection->fd()));

  connection->close(Connection::Close::Now);
  connection.reset();
  ASSERT_EQ(::send(pair->second.get(), "x", 1, MSG_NOSIGNAL), 1);

  // Without the removal epoll reports it, and dispatch() would call into freed memory.
  pollfd epoll{loop.poller().fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&epoll, 1, 0), 0);
}

}  // namespace
}  // namespace convoy::net
