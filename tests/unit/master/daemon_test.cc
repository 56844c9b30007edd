#include "master/daemon.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

#include <gtest/gtest.h>

namespace convoy::master {
namespace {

// What systemd does: a datagram socket, here with an abstract name or a path.
class FakeServiceManager {
 public:
  explicit FakeServiceManager(std::string address) : address_(std::move(address)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, address_.data(), address_.size());
    const bool abstract = address_[0] == '@';
    if (abstract) name.sun_path[0] = '\0';
    fd_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const size_t length = offsetof(sockaddr_un, sun_path) + address_.size() + (abstract ? 0 : 1);
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&name), static_cast<socklen_t>(length)),
              0);
  }
  ~FakeServiceManager() {
    if (address_[0] != '@') ::unlink(address_.c_str());
  }
  std::string receive() {
    char text[512];
    const ssize_t n = ::recv(fd_.get(), text, sizeof(text), 0);
    return n < 0 ? "" : std::string(text, static_cast<size_t>(n));
  }
  base::UniqueFd receiveFd(std::string* text) {
    char bytes[512];
    iovec part{bytes, sizeof(bytes)};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    const ssize_t n = ::recvmsg(fd_.get(), &message, MSG_CMSG_CLOEXEC);
    text->assign(bytes, n > 0 ? static_cast<size_t>(n) : 0);
    int fd = -1;
    const cmsghdr* rights = CMSG_FIRSTHDR(&message);
    if (rights != nullptr) std::memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
    return base::UniqueFd(fd);
  }
  const std::string& address() const { return address_; }

 private:
  std::string address_;
  base::UniqueFd fd_;
};

std::string uniqueName() {
  return "@convoy-test-" + std::to_string(::getpid());
}

TEST(Notifier, SpeaksToAnAbstractSocket) {
  FakeServiceManager manager(uniqueName());
  Notifier notifier(manager.address());
  notifier.ready("serving\n2 workers");
  EXPECT_EQ(manager.receive(), "READY=1\nSTATUS=serving 2 workers\n");
}

TEST(Notifier, SpeaksToAPath) {
  FakeServiceManager manager("/tmp/convoy-notify-" + std::to_string(::getpid()));
  Notifier(manager.address()).stopping("draining");
  EXPECT_EQ(manager.receive(), "STOPPING=1\nSTATUS=draining\n");
}

TEST(Notifier, ReloadingIsOneDatagramWithTheMonotonicTime) {
  FakeServiceManager manager(uniqueName());
  Notifier(manager.address()).reloading(123456);
  EXPECT_EQ(manager.receive(), "RELOADING=1\nMONOTONIC_USEC=123456\nSTATUS=Reloading\n");
  EXPECT_EQ(manager.receive(), "");
}

TEST(Notifier, ASocketTravelsWithItsNameAndAFullQueueIsToldApart) {
  FakeServiceManager manager(uniqueName());
  Notifier notifier(manager.address());
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  base::UniqueFd mine(pair[0]), stored(pair[1]);
  ASSERT_TRUE(notifier.storeSocket("l0.s1", stored.get()));
  std::string text;
  base::UniqueFd got = manager.receiveFd(&text);
  EXPECT_EQ(text, "FDSTORE=1\nFDNAME=l0.s1\n");
  ASSERT_EQ(::send(got.get(), "x", 1, 0), 1);
  char byte = 0;
  EXPECT_EQ(::recv(mine.get(), &byte, 1, 0), 1);
  int sent = 0;
  while (notifier.forgetSocket("l0.s1") && sent < 100000) ++sent;
  EXPECT_LT(sent, 100000);
  EXPECT_EQ(manager.receive(), "FDSTOREREMOVE=1\nFDNAME=l0.s1\n");
}

TEST(Notifier, WithoutAServiceManagerNothingHappens) {
  Notifier nobody("");
  nobody.ready("x");
  EXPECT_FALSE(nobody.enabled());
  Notifier gone("@convoy-nobody-listens-here");
  gone.watchdog();
}

TEST(Notifier, TakesItsVariablesOutOfTheEnvironment) {
  FakeServiceManager manager(uniqueName());
  ::setenv("NOTIFY_SOCKET", manager.address().c_str(), 1);
  ::setenv("WATCHDOG_USEC", "10000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  Notifier notifier = Notifier::fromEnvironment();
  EXPECT_EQ(notifier.watchdogMs(), 10000u);
  EXPECT_EQ(::getenv("NOTIFY_SOCKET"), nullptr);
  notifier.watchdog();
  EXPECT_EQ(manager.receive(), "WATCHDOG=1\n");
}

TEST(Notifier, AnotherProcessesWatchdogIsNotOurs) {
  ::setenv("WATCHDOG_USEC", "10000000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(Notifier::fromEnvironment().watchdogMs(), 0u);
}

TEST(ListenFds, OfAnotherProcessAreNotTaken) {
  ::setenv("LISTEN_PID", "1", 1);
  ::setenv("LISTEN_FDS", "2", 1);
  EXPECT_TRUE(takeListenFds().empty());
  EXPECT_EQ(::getenv("LISTEN_FDS"), nullptr);
}

}  // namespace
}  // namespace convoy::master
