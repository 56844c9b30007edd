// Promise: an orderly stop behind a load balancer, and the kill of the master, are noticed by
// nobody.
#include <csignal>
#include <poll.h>

#include <gtest/gtest.h>

#include "tests/soak/soak_world.h"

namespace convoy::fakes {
namespace {

using Mode = StrictClient::Mode;
using Report = StrictClient::Report;

// Ends what a killed master left behind, whatever the outcome.
struct Orphans {
  std::vector<pid_t> pids;
  ~Orphans() {
    for (const pid_t pid : pids) kill(pid, SIGKILL);
  }
};

TEST(StopSoak, ABalancerThatStopsSendingThreeSecondsAfterTermLosesNothing) {
  const int rounds = soakCount(20, 1);
  uint64_t failed = 0;
  int64_t worst = 0;
  for (int i = 0; i < rounds; ++i) {
    EchoWorld world(2, {"--shutdown-delay", "5"});
    StrictClient clients({world.group(Mode::Get, 16), world.group(Mode::Post, 16),
                          world.group(Mode::Fresh, 4), world.group(Mode::Pipelined, 4)});
    ASSERT_TRUE(eventually([&] { return clients.answers() > 500; }));
    world.convoy->signal(SIGTERM);
    EXPECT_TRUE(eventually([&] { return !world.convoy->ready(); }, Millis(1000)));
    poll(nullptr, 0, 3000);  // how long the balancer takes to notice
    const Report report = clients.stop();
    EXPECT_EQ(report.failed(), 0u) << report.text();
    EXPECT_EQ(world.convoy->wait(Millis(20000)), 0) << world.convoy->log();
    failed += report.failed();
    worst = std::max(worst, report.worst_ms);
  }
  reportSoak("stop", static_cast<uint64_t>(rounds), failed, worst);
}

TEST(StopSoak, WorkersOfAKilledMasterServeOnUntilTheNextMasterHasTakenOver) {
  const int rounds = soakCount(20, 2);
  uint64_t failed = 0;
  int64_t worst = 0;
  for (int i = 0; i < rounds; ++i) {
    EchoWorld world(2, {"--orphan-grace", "2"});
    const Orphans orphans{world.convoy->workers()};
    StrictClient clients({world.group(Mode::Get, 8), world.group(Mode::Fresh, 8)});
    ASSERT_TRUE(eventually([&] { return clients.answers() > 500; }));
    world.convoy->signal(SIGKILL);
    uint64_t before = clients.answers();
    EXPECT_TRUE(eventually([&] { return clients.answers() > before + 500; }));
    const ConvoyProcess next(world.config);
    EXPECT_TRUE(next.ready());
    EXPECT_TRUE(eventually(
        [&] {
          return std::all_of(orphans.pids.begin(), orphans.pids.end(),
                             [](pid_t pid) { return residentBytes(pid) == 0; });
        },
        Millis(20000)));
    before = clients.answers();
    EXPECT_TRUE(eventually([&] { return clients.answers() > before + 500; }));
    const Report report = clients.stop();
    EXPECT_EQ(report.failed(), 0u) << report.text();
    failed += report.failed();
    worst = std::max(worst, report.worst_ms);
  }
  reportSoak("kill-master", static_cast<uint64_t>(rounds), failed, worst);
}

}  // namespace
}  // namespace convoy::fakes
