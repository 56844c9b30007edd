#include "master/signals.h"

#include <csignal>

#include <gtest/gtest.h>

namespace convoy::master {
namespace {

TEST(Intentions, EverySignalHasItsMeaning) {
  EXPECT_EQ(intentionOf(SIGHUP, false), Intention::Reload);
  EXPECT_EQ(intentionOf(SIGTERM, false), Intention::StopGraceful);
  EXPECT_EQ(intentionOf(SIGQUIT, false), Intention::StopGraceful);
  EXPECT_EQ(intentionOf(SIGTERM, true), Intention::StopNow);
  EXPECT_EQ(intentionOf(SIGINT, false), Intention::StopNow);
  EXPECT_EQ(intentionOf(SIGUSR1, false), Intention::ReopenLogs);
  EXPECT_EQ(intentionOf(SIGUSR2, false), Intention::Upgrade);
  EXPECT_EQ(intentionOf(SIGTTIN, false), Intention::WorkersUp);
  EXPECT_EQ(intentionOf(SIGTTOU, false), Intention::WorkersDown);
  EXPECT_EQ(intentionOf(SIGCHLD, false), Intention::ReapChildren);
}

TEST(Signals, ArriveInTheLoopAndTheSecondTermIsAtOnce) {
  net::EventLoop loop;
  std::vector<Intention> seen;
  Signals signals(loop, [&](Intention intention) {
    seen.push_back(intention);
    if (intention == Intention::Reload) ::raise(SIGTERM);
    if (intention == Intention::StopGraceful) ::raise(SIGTERM);
    if (intention == Intention::StopNow) loop.stop();
  });
  auto limit = loop.createTimer([&] { loop.stop(); });
  limit->start(5000);
  ::raise(SIGHUP);
  loop.run();
  EXPECT_EQ(seen, (std::vector<Intention>{Intention::Reload, Intention::StopGraceful,
                                          Intention::StopNow}));
}

}  // namespace
}  // namespace convoy::master
