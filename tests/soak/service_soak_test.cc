// Promise: a service manager hears exactly what happens, in order, each in one datagram, however
// often the service is started, reloaded and stopped.
#include <csignal>

#include <gtest/gtest.h>

#include "tests/fakes/notify_socket.h"
#include "tests/soak/soak_world.h"

namespace convoy::fakes {
namespace {

// The first word of each datagram that tells of a change, e.g. "READY RELOADING "; until `last`
// was heard.
std::string heard(NotifySocket& notify, const std::string& last) {
  std::string words;
  for (;;) {
    const std::string text = notify.next();
    if (text.empty()) return words + "(silence)";
    for (const char* const word : {"READY", "RELOADING", "STOPPING"}) {
      const size_t at = text.find(std::string(word) + "=1");
      if (at != std::string::npos) words += std::string(word) + " ";
    }
    if (text.find("RELOADING=1") != std::string::npos &&
        text.find("MONOTONIC_USEC=") == std::string::npos) {
      words += "(without its time) ";
    }
    if (text.find(last + "=1") != std::string::npos) return words;
  }
}

TEST(ServiceSoak, StartReloadRejectAndStopAreHeardExactlyAndInOrder) {
  const int rounds = soakCount(100, 5);
  for (int i = 0; i < rounds; ++i) {
    NotifySocket notify;
    Config config;
    config.http(freePort(), Config::direct(200, "x"));
    ConvoyProcess convoy(config,
                         {{}, {{"NOTIFY_SOCKET", notify.path()}, {"WATCHDOG_USEC", "200000"}}, 1});
    ASSERT_EQ(heard(notify, "READY"), "READY ");
    ASSERT_EQ(convoy.reload().status, 0);
    ASSERT_EQ(heard(notify, "READY"), "RELOADING READY ");
    convoy.rewrite("nonsense: 1\n");
    ASSERT_EQ(convoy.reload().status, 1);
    ASSERT_EQ(heard(notify, "READY"), "RELOADING READY ");
    if (i % 10 == 0) {
      ASSERT_NE(notify.waitFor("WATCHDOG=1"), "");
    }
    convoy.signal(SIGTERM);
    ASSERT_EQ(heard(notify, "STOPPING"), "STOPPING ");
    ASSERT_EQ(convoy.wait(Millis(10000)), 0) << convoy.log();
  }
  reportSoak("service-messages", static_cast<uint64_t>(rounds), 0, 0);
}

}  // namespace
}  // namespace convoy::fakes
