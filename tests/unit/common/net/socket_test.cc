#include "common/net/socket.h"

#include <cstdlib>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace convoy::net {
namespace {

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof(value);
  EXPECT_EQ(::getsockopt(fd, level, name, &value, &length), 0);
  return value;
}

class Folder {
 public:
  Folder() {
    char pattern[] = "/tmp/convoy_socket_XXXXXX";
    path_ = ::mkdtemp(pattern);
  }
  ~Folder() {
    ::unlink(file().c_str());
    ::rmdir(path_.c_str());
  }
  std::string file() const { return path_ + "/s"; }

 private:
  std::string path_;
};

TEST(Socket, AListenerIsNonBlockingSharedAndClosedOnExec) {
  auto fd = listenOn(*Address::fromIp("127.0.0.1", 0), {});
  ASSERT_TRUE(fd.ok());
  EXPECT_NE(::fcntl(fd->get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(option(fd->get(), SOL_SOCKET, SO_REUSEPORT), 1);
  EXPECT_EQ(option(fd->get(), IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(fd->get(), IPPROTO_TCP, TCP_DEFER_ACCEPT), 0);
  auto second = listenOn(*Address::localOf(fd->get()), {});
  EXPECT_TRUE(second.ok());
}

TEST(Socket, AcceptedSocketsInheritNoDelay) {
  auto listener = listenOn(*Address::fromIp("127.0.0.1", 0), {});
  ASSERT_TRUE(listener.ok());
  auto client = connectTo(*Address::localOf(listener->get()));
  ASSERT_TRUE(client.ok());
  base::UniqueFd server(::accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(server.valid());
  EXPECT_EQ(option(server.get(), IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(client->get(), IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_NE(::fcntl(client->get(), F_GETFL) & O_NONBLOCK, 0);
}

std::string congestionControl(int fd) {
  char name[17] = {};
  socklen_t length = 16;
  EXPECT_EQ(::getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length), 0);
  return name;
}

TEST(Socket, NothingIsPacedWithinThisHostAndNothingElseIsChanged) {
  const base::UniqueFd plain(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const std::string usual = congestionControl(plain.get());
  const std::string wanted = usual.starts_with("bbr") ? "reno" : usual;
  auto listener = listenOn(*Address::fromIp("127.0.0.1", 0), {});
  ASSERT_TRUE(listener.ok());
  auto client = connectTo(*Address::localOf(listener->get()));
  ASSERT_TRUE(client.ok());
  const base::UniqueFd accepted(::accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC));
  EXPECT_EQ(congestionControl(listener->get()), wanted);
  EXPECT_EQ(congestionControl(client->get()), wanted);
  EXPECT_EQ(congestionControl(accepted.get()), wanted) << "inherited";

  auto everywhere = listenOn(*Address::fromIp("0.0.0.0", 0), {});
  ASSERT_TRUE(everywhere.ok());
  EXPECT_EQ(congestionControl(everywhere->get()), usual);
  avoidPacing(plain.get(), *Address::fromIp("192.0.2.1", 80));
  EXPECT_EQ(congestionControl(plain.get()), usual);
}

TEST(Socket, DeferAcceptIsSetWhereAsked) {
  ListenOptions options;
  options.defer_accept = true;
  auto fd = listenOn(*Address::fromIp("127.0.0.1", 0), options);
  ASSERT_TRUE(fd.ok());
  EXPECT_GE(option(fd->get(), IPPROTO_TCP, TCP_DEFER_ACCEPT), 1);
}

TEST(Socket, AnAddressInUseIsSaidWithTheWayToFindTheOwner) {
  ListenOptions alone;
  alone.reuse_port = false;
  auto first = listenOn(*Address::fromIp("127.0.0.1", 0), alone);
  ASSERT_TRUE(first.ok());
  const Address taken = *Address::localOf(first->get());
  auto second = listenOn(taken, alone);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().context.find(taken.toString()), std::string::npos);
  EXPECT_NE(second.error().context.find("ss -ltnp"), std::string::npos);
}

TEST(Socket, AnAddressOfAnotherMachineIsSaid) {
  auto fd = listenOn(*Address::fromIp("192.0.2.1", 0), {});
  ASSERT_FALSE(fd.ok());
  EXPECT_NE(fd.error().context.find("192.0.2.1:0"), std::string::npos);
}

TEST(Socket, AStaleUnixPathIsReplacedAndALiveOneIsNot) {
  Folder folder;
  const Address address = *Address::fromUnixPath(folder.file());
  ListenOptions options;
  options.unix_mode = 0600;
  {
    auto dead = listenOn(address, options);
    ASSERT_TRUE(dead.ok());
  }
  auto live = listenOn(address, options);
  ASSERT_TRUE(live.ok()) << live.error().context;
  struct stat info {};
  ASSERT_EQ(::stat(folder.file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  EXPECT_FALSE(listenOn(address, options).ok());
  EXPECT_TRUE(connectTo(address).ok());
}

TEST(Socket, ALiveUnixListenerWithAFullQueueIsLeftAlone) {
  Folder folder;
  const Address address = *Address::fromUnixPath(folder.file());
  ListenOptions options;
  options.backlog = 0;
  auto live = listenOn(address, options);
  ASSERT_TRUE(live.ok());
  std::vector<base::UniqueFd> clients;
  for (auto fd = connectTo(address); fd.ok(); fd = connectTo(address)) {
    clients.push_back(std::move(*fd));
    ASSERT_LT(clients.size(), 100u);
  }
  EXPECT_FALSE(listenOn(address, options).ok());
}

TEST(Socket, AFileThatIsNoSocketIsNotRemoved) {
  Folder folder;
  base::UniqueFd file(::open(folder.file().c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  ASSERT_TRUE(file.valid());
  EXPECT_FALSE(listenOn(*Address::fromUnixPath(folder.file()), {}).ok());
  EXPECT_EQ(::access(folder.file().c_str(), F_OK), 0);
}

TEST(Socket, ConnectToAMissingUnixPathFailsAtOnceAndNamesIt) {
  auto fd = connectTo(*Address::fromUnixPath("/nonexistent/convoy.sock"));
  ASSERT_FALSE(fd.ok());
  EXPECT_NE(fd.error().context.find("/nonexistent/convoy.sock"), std::string::npos);
}

TEST(Socket, APairKeepsMessagesApart) {
  auto pair = socketPair(SOCK_SEQPACKET);
  ASSERT_TRUE(pair.ok());
  ASSERT_EQ(::send(pair->first.get(), "ab", 2, 0), 2);
  ASSERT_EQ(::send(pair->first.get(), "c", 1, 0), 1);
  char bytes[8];
  EXPECT_EQ(::recv(pair->second.get(), bytes, sizeof(bytes), 0), 2);
  EXPECT_EQ(::recv(pair->second.get(), bytes, sizeof(bytes), 0), 1);
  EXPECT_EQ(::recv(pair->second.get(), bytes, sizeof(bytes), 0), -1);
}

}  // namespace
}  // namespace convoy::net
