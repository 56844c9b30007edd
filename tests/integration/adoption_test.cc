// Promise: while a dead worker is replaced, however long that takes, its neighbour accepts for it.
#include <csignal>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"

namespace convoy::fakes {
namespace {

TEST(Adoption, ACrashLoopingSlotDelaysNoConnection) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config);
  const auto first = convoy.workers();
  ASSERT_EQ(first.size(), 2u);
  const pid_t good = first[0];
  // Six deaths in a row: the seventh start is 3.2 s away.
  for (int death = 0; death < 6; ++death) {
    pid_t victim = 0;
    ASSERT_TRUE(eventually([&] {
      for (pid_t pid : convoy.workers()) victim = pid == good ? victim : pid;
      return victim != 0;
    })) << convoy.log();
    kill(victim, SIGKILL);
    ASSERT_TRUE(eventually([&] {
      return convoy.metric("convoy_worker_exits_total{reason=\"signal\"}") == death + 1;
    })) << convoy.log();
  }
  const int64_t begin = nowMs();
  for (int i = 0; i < 60; ++i) EXPECT_EQ(httpGet(port, "/").status, 200);
  // Half of them went to the dead slot's socket: 2^-60 that none did.
  EXPECT_LT(nowMs() - begin, 1500);
  EXPECT_EQ(convoy.workers().size(), 1u);
  EXPECT_GE(convoy.metric("convoy_listener_adoptions_total{}"), 1);
  EXPECT_EQ(convoy.metric("convoy_worker_exits_total{reason=\"signal\"}"), 6);
  EXPECT_NE(convoy.log().find("times in a row"), std::string::npos) << convoy.log();

  // It is back: each slot has its own socket again, and nothing is lost on the way.
  EXPECT_TRUE(
      eventually([&] { return convoy.workers().size() == 2 && convoy.ready(); }, Millis(8000)));
  EXPECT_EQ(convoy.metric("convoy_worker_respawns_total{}"), 6);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(httpGet(port, "/").status, 200);
}

TEST(Adoption, WhenTheAdopterDiesTheThirdTakesBoth) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, {{}, {}, 3, true, "convoy.yaml"});
  const auto before = convoy.workers();
  ASSERT_EQ(before.size(), 3u);
  kill(before[0], SIGKILL);
  kill(before[1], SIGKILL);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(httpGet(port, "/").status, 200);
  EXPECT_TRUE(eventually([&] { return convoy.workers().size() == 3 && convoy.ready(); }));
}

TEST(Adoption, WhenAllCrashLoopReadySaysSoAndClientsWaitAFifthOfASecond) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, {{}, {}, 1, true, "convoy.yaml"});
  int unready = 0;
  // Its next start would be 3.2 s away.
  for (int death = 0; death < 6; ++death) {
    ASSERT_TRUE(eventually([&] { return convoy.workers().size() == 1; })) << convoy.log();
    kill(convoy.workers().at(0), SIGKILL);
    ASSERT_TRUE(eventually([&] {
      return convoy.metric("convoy_worker_exits_total{reason=\"signal\"}") == death + 1;
    })) << convoy.log();
    unready += convoy.admin("/ready").status == 503 ? 1 : 0;
  }
  EXPECT_GT(unready, 0);
  const int64_t begin = nowMs();
  EXPECT_EQ(httpGet(port, "/").status, 200);
  EXPECT_LT(nowMs() - begin, 1000);
  EXPECT_TRUE(eventually([&] { return convoy.ready(); }));
}

TEST(Adoption, AReloadDoesNotSetItsCountersBack) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config);
  kill(convoy.workers().at(0), SIGKILL);
  ASSERT_TRUE(eventually([&] { return convoy.metric("convoy_worker_respawns_total{}") == 1; }));
  ASSERT_TRUE(eventually([&] { return convoy.workers().size() == 2; }));
  ASSERT_EQ(convoy.reload().status, 0);
  EXPECT_EQ(convoy.metric("convoy_worker_respawns_total{}"), 1);
  EXPECT_EQ(convoy.sum("convoy_worker_restarts_total"), 1);
  EXPECT_TRUE(eventually(
      [&] { return convoy.metric("convoy_worker_exits_total{reason=\"clean\"}") == 2; }));
}

TEST(Adoption, ANeighbourAcceptsForAWorkerThatStandsStillUntilItMovesAgain) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config);
  const pid_t stopped = convoy.workers().at(0);
  kill(stopped, SIGSTOP);
  // 2^-40 that none of them waits in its queue; it is adopted after two seconds.
  for (int i = 0; i < 40; ++i) EXPECT_EQ(httpGet(port, "/").status, 200);
  EXPECT_EQ(convoy.metric("envoy_workers_watchdog_miss{}"), 1);
  EXPECT_EQ(convoy.metric("convoy_listener_adoptions_total{}"), 1);
  kill(stopped, SIGCONT);
  EXPECT_TRUE(eventually([&] { return convoy.log().find("moves again") != std::string::npos; }));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(httpGet(port, "/").status, 200);
  EXPECT_EQ(convoy.metric("convoy_worker_respawns_total{}"), 0);
}

TEST(Adoption, AWorkerThatStandsStillForTooLongIsAbortedAndReplaced) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, {{"--worker-timeout", "1"}, {}, 2, true, "convoy.yaml"});
  const auto before = convoy.workers();
  kill(before.at(0), SIGSTOP);
  ASSERT_TRUE(eventually([&] { return convoy.metric("envoy_workers_watchdog_mega_miss{}") == 1; }));
  // It dies of the abort as soon as it runs.
  kill(before[0], SIGCONT);
  ASSERT_TRUE(eventually([&] {
    return convoy.metric("convoy_worker_respawns_total{}") == 1 && convoy.workers().size() == 2;
  })) << convoy.log();
  EXPECT_NE(convoy.log().find("signal 6"), std::string::npos) << convoy.log();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(httpGet(port, "/").status, 200);
}

}  // namespace
}  // namespace convoy::fakes
