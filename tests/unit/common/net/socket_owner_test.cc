#include "common/net/socket_owner.h"

#include <csignal>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "common/base/unique_fd.h"

namespace convoy::net {
namespace {

TEST(SocketOwner, IsNobodyUntilAProcessTakesItAndAgainWhenThatHasEnded) {
  base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(ownerOf(socket.get()), 0);
  ownSocket(socket.get());
  EXPECT_EQ(ownerOf(socket.get()), ::getpid());
  // Whoever holds it sees the same.
  base::UniqueFd other(::dup(socket.get()));
  EXPECT_EQ(ownerOf(other.get()), ::getpid());
  const pid_t child = ::fork();
  if (child == 0) {
    ownSocket(socket.get());
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(ownerOf(socket.get()), 0);
}

}  // namespace
}  // namespace convoy::net
