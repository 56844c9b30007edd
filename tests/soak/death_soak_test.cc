// Promise: workers that die or stand still, again and again, cost the requests inside them at most;
// nobody who connects is refused, and with --sentinel not even those requests are lost.
#include <csignal>
#include <poll.h>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/fakes/sanitized.h"
#include "tests/soak/soak_world.h"

namespace convoy::fakes {
namespace {

using Mode = StrictClient::Mode;
using Report = StrictClient::Report;

pid_t anyWorker(const ConvoyProcess& convoy, std::mt19937& random) {
  std::vector<pid_t> workers;
  eventually([&] { return !(workers = titled(convoy, "convoy: worker")).empty(); });
  return workers.empty() ? -1 : workers[random() % workers.size()];
}

// Connections in a worker that stands still. Of both listeners.
uint64_t heldBy(const ConvoyProcess& convoy, pid_t worker) {
  const std::string title = readFile("/proc/" + std::to_string(worker) + "/cmdline");
  const size_t at = title.find("worker ");
  if (at == std::string::npos) return 0;  // it has ended
  const std::string slot =
      "envoy_worker_id=\"" + std::to_string(atoi(title.c_str() + at + 7)) + "\"";
  std::istringstream text(convoy.admin("/stats/prometheus").body);
  double total = 0;
  for (std::string line; std::getline(text, line);) {
    if (line.rfind("envoy_listener_worker_downstream_cx_active{", 0) != 0) continue;
    if (line.find(slot) != std::string::npos) total += atof(line.c_str() + line.rfind(' ') + 1);
  }
  return static_cast<uint64_t>(total);
}

TEST(DeathSoak, KilledWorkersLoseWhatTheyHeldAndNobodyIsRefused) {
  const int kills = soakCount(1000, 20);
  EchoWorld world(4);
  CounterWatch watch(*world.convoy);
  StrictClient clients(
      {world.group(Mode::Get, 16), world.group(Mode::Post, 16), world.group(Mode::Fresh, 8)});
  ASSERT_TRUE(eventually([&] { return clients.answers() > 500; }));
  std::mt19937 random(1);
  uint64_t held = 0;
  for (int i = 0; i < kills; ++i) {
    const pid_t victim = anyWorker(*world.convoy, random);
    ASSERT_GT(victim, 0) << world.convoy->log();
    kill(victim, SIGSTOP);  // so that it can be asked what it holds
    held += heldBy(*world.convoy, victim);
    kill(victim, SIGKILL);
    poll(nullptr, 0, 50);  // the pace of the deaths
  }
  EXPECT_TRUE(eventually([&] { return titled(*world.convoy, "convoy: worker").size() == 4; },
                         Millis(20000)));
  const uint64_t before = clients.answers();
  EXPECT_TRUE(eventually([&] { return clients.answers() > before + 500; }));
  const Report report = clients.stop();
  watch.stop();
  const uint64_t inside = report.failed("reset-in-request") + report.failed("eof-in-response");
  const uint64_t idle = report.failed("reset-idle") + report.failed("eof-idle");
  EXPECT_EQ(report.failed("connect-"), 0u) << report.text();
  EXPECT_EQ(report.failed(), inside + idle) << report.text();
  // Only what was inside a killed worker, and of that nothing twice.
  EXPECT_LE(report.failed(), held) << report.text();
  EXPECT_GE(requestsCounted(*world.convoy), static_cast<double>(report.http_answers));
  EXPECT_LE(requestsCounted(*world.convoy), static_cast<double>(report.http_answers + inside));
  EXPECT_EQ(report.slow_connects, 0u) << report.text();
  EXPECT_TRUE(watch.complaints().empty()) << watch.complaints().front();
  EXPECT_TRUE(eventually([&] { return activeGauges(*world.convoy).empty(); }))
      << activeGauges(*world.convoy);
  reportSoak("kill-worker", static_cast<uint64_t>(kills), report.failed(), report.worst_ms);
}

TEST(DeathSoak, WithASentinelNoIdempotentRequestIsLost) {
  if (sanitized()) GTEST_SKIP() << "a build with a sanitizer cannot clone without exec";
  // Each waits for the replacement, up to 5 s after many deaths.
  const int kills = soakCount(50, 10);
  EchoWorld world(2, {"--sentinel"});
  StrictClient clients({world.group(Mode::Get, 16), world.group(Mode::Fresh, 4)});
  ASSERT_TRUE(eventually([&] { return clients.answers() > 500; }));
  std::mt19937 random(2);
  for (int i = 0; i < kills; ++i) {
    // One at a time: a request that two workers died of is given up.
    ASSERT_TRUE(eventually([&] { return titled(*world.convoy, "convoy: worker").size() == 2; },
                           Millis(20000)));
    const uint64_t before = clients.answers();
    ASSERT_TRUE(eventually([&] { return clients.answers() > before + 200; }, Millis(20000)));
    kill(anyWorker(*world.convoy, random), SIGKILL);
  }
  const uint64_t before = clients.answers();
  EXPECT_TRUE(eventually([&] { return clients.answers() > before + 500; }, Millis(20000)));
  const Report report = clients.stop();
  EXPECT_EQ(report.failed(), 0u) << report.text();
  EXPECT_EQ(report.opened, 16u) << report.text();
  reportSoak("kill-worker-sentinel", static_cast<uint64_t>(kills), report.failed(),
             report.worst_ms);
}

TEST(DeathSoak, AStoppedWorkerDelaysFewAndFailsNobody) {
  const int64_t stopped_ms = soakCount(20000, 5000);
  EchoWorld world(4);
  StrictClient clients({world.group(Mode::Fresh, 16)});
  ASSERT_TRUE(eventually([&] { return clients.answers() > 500; }));
  std::mt19937 random(3);
  const pid_t victim = anyWorker(*world.convoy, random);
  const int64_t until = nowMs() + stopped_ms;
  kill(victim, SIGSTOP);
  while (nowMs() < until) poll(nullptr, 0, 100);  // how long it is stopped
  kill(victim, SIGCONT);
  const uint64_t before = clients.answers();
  EXPECT_TRUE(eventually([&] { return clients.answers() > before + 200; }));
  const Report report = clients.stop();
  EXPECT_EQ(report.failed(), 0u) << report.text();
  EXPECT_LT(report.stalled * 100, report.fresh) << report.text();
  reportSoak("stopped-worker", report.fresh, report.failed(), report.worst_ms);
}

}  // namespace
}  // namespace convoy::fakes
