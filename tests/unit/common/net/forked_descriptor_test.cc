// A closed connection whose description somebody else still holds (a child between fork and exec)
// stays in epoll: nothing may be reported to it any more.
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "common/net/connection.h"
#include "common/net/socket.h"

namespace convoy::net {
namespace {

struct Reader final : ConnectionCallbacks {
  void onRead(std::string_view) override { ++reads; }
  void onReadEof() override {}
  void onClosed(CloseReason) override {}
  int reads = 0;
};

TEST(ForkedDescriptor, AClosedConnectionHearsNothing) {
  EventLoop loop;
  loop.poller().setMayFork();
  Reader callbacks;
  auto pair = socketPair(SOCK_STREAM);
  ASSERT_TRUE(pair.ok());
  auto connection = std::make_unique<Connection>(loop, std::move(pair->first), callbacks);
  ASSERT_TRUE(connection->start(false));
  base::UniqueFd of_child(::dup(connection->fd()));

  connection->close(Connection::Close::Now);
  connection.reset();
  ASSERT_EQ(::send(pair->second.get(), "x", 1, MSG_NOSIGNAL), 1);
  loop.poller().dispatch();  // without the removal: a call into freed memory

  EXPECT_EQ(callbacks.reads, 0);
}

}  // namespace
}  // namespace convoy::net
