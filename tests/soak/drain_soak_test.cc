// Promise: a worker that only waits for its last answer costs nothing, however many connections its
// successor takes from the same sockets.
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/fakes/fake_upstream.h"
#include "tests/soak/soak_world.h"

namespace convoy::fakes {
namespace {

// Milliseconds of processor time so far.
int64_t processorTime(pid_t pid) {
  const std::string stat = readFile("/proc/" + std::to_string(pid) + "/stat");
  const size_t end = stat.rfind(") ");
  if (end == std::string::npos) return 0;
  unsigned long user = 0, system = 0;
  sscanf(stat.c_str() + end + 2, "%*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu", &user,
         &system);
  return static_cast<int64_t>(user + system) * 1000 / sysconf(_SC_CLK_TCK);
}

TEST(DrainSoak, AWorkerThatWaitsForItsLastAnswerUsesNoProcessorTime) {
  const uint64_t connections = static_cast<uint64_t>(soakCount(50000, 3000));
  std::atomic<bool> release{false};
  FakeUpstream slow([&](const HttpMessage&, RawClient& connection) {
    eventually([&] { return release.load(); }, Millis(120000));
    return connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
  });
  EchoUpstream backend;
  const uint16_t port = freePort();
  Config config;
  config
      .http(port, "{match: {path: /slow}, route: {cluster: slow, timeout: 0s}}, " +
                      Config::toCluster("echo"))
      .cluster("slow", {slow.port()})
      .cluster("echo", {backend.port()});
  ConvoyProcess::Options one;
  one.concurrency = 1;
  const ConvoyProcess convoy(config, one);
  RawClient waiting(port, Millis(120000));
  waiting.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return slow.requests() == 1; }));
  const pid_t old = convoy.workers().at(0);
  ASSERT_TRUE(convoy.hangup());
  StrictClient::Group fresh;
  fresh.mode = StrictClient::Mode::Fresh;
  fresh.port = port;
  fresh.connections = 8;
  fresh.pause = Millis(0);
  StrictClient clients({fresh});
  const int64_t before = processorTime(old), began = nowMs();
  ASSERT_TRUE(eventually([&] { return clients.answers() >= connections; }, Millis(120000)));
  const int64_t used = processorTime(old) - before, took = nowMs() - began;
  const StrictClient::Report report = clients.stop();
  EXPECT_EQ(report.failed(), 0u) << report.text();
  EXPECT_GT(residentBytes(old), 0u) << "it was to wait";
  EXPECT_LE(used, 20 + took / 200) << "milliseconds of " << took;
  release = true;
  EXPECT_EQ(waiting.readFinal().body, "late");
  EXPECT_TRUE(allGone(convoy, {old}));
  reportSoak("draining-costs-nothing", report.fresh, report.failed(), report.worst_ms);
}

}  // namespace
}  // namespace convoy::fakes
