// Promise: a service manager hears when Convoy is ready, reloads and stops, each in one datagram.
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"

namespace convoy::fakes {
namespace {

// What systemd is to a service: a datagram socket.
class NotifySocket {
 public:
  NotifySocket() : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    strncpy(address.sun_path, path().c_str(), sizeof(address.sun_path) - 1);
    bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
  }
  std::string path() const { return dir_.path("notify"); }
  // The next datagram that holds `word`; "" if none comes.
  std::string waitFor(const std::string& word, Millis limit = Millis(10000)) {
    const Deadline deadline(limit);
    pollfd ready{fd_.get(), POLLIN, 0};
    while (poll(&ready, 1, deadline.leftMs()) > 0) {
      char buffer[4096];
      const ssize_t n = recv(fd_.get(), buffer, sizeof(buffer), 0);
      const std::string text(buffer, n > 0 ? static_cast<size_t>(n) : 0);
      if (text.find(word) != std::string::npos) return text;
    }
    return "";
  }

 private:
  TempDir dir_;
  base::UniqueFd fd_;
};

struct Service {
  NotifySocket notify;
  Config config;
  std::unique_ptr<ConvoyProcess> convoy;
  explicit Service(Child::Environment environment = {}, std::vector<std::string> args = {}) {
    config.http(freePort(), Config::direct(200, "x"));
    environment.emplace_back("NOTIFY_SOCKET", notify.path());
    convoy = std::make_unique<ConvoyProcess>(
        config, ConvoyProcess::Options{std::move(args), environment, 1, true, "convoy.yaml"});
  }
};

TEST(ServiceManager, HearsReadyOnceItServes) {
  Service service;
  EXPECT_NE(service.notify.waitFor("READY=1"), "");
}

TEST(ServiceManager, HearsOfAReloadWithItsTimeInOneDatagramThenReady) {
  Service service;
  ASSERT_NE(service.notify.waitFor("READY=1"), "");
  ASSERT_EQ(service.convoy->reload().status, 0);
  const std::string reloading = service.notify.waitFor("RELOADING=1");
  EXPECT_NE(reloading.find("MONOTONIC_USEC="), std::string::npos) << reloading;
  EXPECT_NE(service.notify.waitFor("READY=1"), "");
}

TEST(ServiceManager, HearsReadyAndTheReasonAfterARejectedReload) {
  Service service;
  ASSERT_NE(service.notify.waitFor("READY=1"), "");
  service.convoy->rewrite("nonsense: 1\n");
  ASSERT_EQ(service.convoy->reload().status, 1);
  ASSERT_NE(service.notify.waitFor("RELOADING=1"), "");
  const std::string ready = service.notify.waitFor("READY=1");
  EXPECT_NE(ready.find("STATUS="), std::string::npos) << ready;
}

TEST(ServiceManager, HearsStoppingOnTerm) {
  Service service;
  service.convoy->signal(SIGTERM);
  EXPECT_NE(service.notify.waitFor("STOPPING=1"), "");
  EXPECT_EQ(service.convoy->wait(Millis(10000)), 0);
}

TEST(ServiceManager, HearsThatDrainingLastsAsLongAsItDoes) {
  Service service({}, {"--shutdown-delay", "12"});
  service.convoy->signal(SIGTERM);
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(service.notify.waitFor("EXTEND_TIMEOUT_USEC=", Millis(8000)), "");
  }
}

TEST(ServiceManager, WatchdogIsFedWhileItWorks) {
  Service service(Child::Environment{{"WATCHDOG_USEC", "400000"}});
  for (int i = 0; i < 3; ++i) EXPECT_NE(service.notify.waitFor("WATCHDOG=1", Millis(2000)), "");
}

}  // namespace
}  // namespace convoy::fakes
