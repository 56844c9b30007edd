// Promise: a service manager hears when Convoy is ready, reloads and stops, each in one datagram.
#include <csignal>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/notify_socket.h"

namespace convoy::fakes {
namespace {

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
