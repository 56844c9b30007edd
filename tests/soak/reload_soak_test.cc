// Promise: however often the configuration is reloaded, no client ever notices, nothing is lost
// from the counters, and nothing stays behind in the master.
#include <csignal>
#include <poll.h>

#include <gtest/gtest.h>

#include "tests/fakes/lossy_link.h"
#include "tests/fakes/own_network.h"
#include "tests/fakes/sanitized.h"
#include "tests/soak/soak_world.h"

namespace convoy::fakes {
namespace {

using Mode = StrictClient::Mode;
using Report = StrictClient::Report;

// HUP, and the end of that reload; the next not before `pace` has passed.
bool reloadOnce(const ConvoyProcess& convoy, int pace_ms) {
  const int64_t next = nowMs() + pace_ms;
  const bool done = convoy.hangup();
  const int64_t left = next - nowMs();
  if (left > 0) poll(nullptr, 0, static_cast<int>(left));  // the pace of the reloads
  return done;
}

double generations(const ConvoyProcess& convoy) {
  return static_cast<double>(titled(convoy, "convoy: worker").size()) / 2;
}

// What the kernel drops or resets, since this was made.
class KernelCounts {
 public:
  static constexpr const char* kNothing = "0 resets sent, 0 listen drops, 0 listen overflows";
  std::string text() const {
    return std::to_string(resets() - resets_) + " resets sent, " +
           std::to_string(drops() - drops_) + " listen drops, " +
           std::to_string(overflows() - overflows_) + " listen overflows";
  }

 private:
  static uint64_t resets() { return kernelCounter("Tcp", "OutRsts"); }
  static uint64_t drops() { return kernelCounter("TcpExt", "ListenDrops"); }
  static uint64_t overflows() { return kernelCounter("TcpExt", "ListenOverflows"); }
  const uint64_t resets_ = resets(), drops_ = drops(), overflows_ = overflows();
};

TEST(ReloadSoak, ReloadsUnderEveryKindOfLoadAreInvisible) {
  const int rounds = soakCount(1000, 40);
  const OwnNetwork network;  // if it may be: nobody else's packets are counted then
  EchoWorld world(2);
  const ConvoyProcess& convoy = *world.convoy;
  CounterWatch watch(convoy);
  StrictClient clients(world.everybody());
  ASSERT_TRUE(eventually([&] { return clients.answers() > 500; }));
  const KernelCounts kernel;
  for (int i = 0; i < rounds / 4; ++i) ASSERT_TRUE(reloadOnce(convoy, 100)) << convoy.log();
  ASSERT_TRUE(eventually([&] { return convoy.workers().size() == 2; }));
  const size_t descriptors = openDescriptors(convoy.pid()), memory = residentBytes(convoy.pid());
  for (int i = rounds / 4; i < rounds; ++i) ASSERT_TRUE(reloadOnce(convoy, 100)) << convoy.log();
  if (network.entered()) {
    EXPECT_EQ(kernel.text(), KernelCounts::kNothing);
  }
  const Report report = clients.stop();

  EXPECT_EQ(convoy.metric("convoy_reloads_total{result=\"ok\"}"), rounds);
  EXPECT_EQ(report.failed(), 0u) << report.text();
  EXPECT_EQ(report.opened, kKeptByEverybody) << report.text();
  EXPECT_EQ(report.connection_close, 0u) << report.text();
  EXPECT_EQ(report.slow_connects, 0u) << report.text();
  EXPECT_TRUE(eventually([&] { return convoy.workers().size() == 2; })) << convoy.log();
  EXPECT_TRUE(eventually([&] { return activeGauges(convoy).empty(); })) << activeGauges(convoy);
  EXPECT_EQ(requestsCounted(convoy), static_cast<double>(report.http_answers));
  watch.stop();
  EXPECT_TRUE(watch.complaints().empty()) << watch.complaints().front();
  EXPECT_GT(watch.scrapes(), static_cast<uint64_t>(rounds));
  // The admin connection of this test comes and goes.
  EXPECT_TRUE(eventually([&] { return openDescriptors(convoy.pid()) <= descriptors; }))
      << descriptors << " -> " << openDescriptors(convoy.pid());
  EXPECT_LE(residentBytes(convoy.pid()), memoryBound(memory + memory / 100)) << memory;
  EXPECT_TRUE(eventually([&] { return zombiesOf(convoy.pid()) == 0; }));
  reportSoak("reload", static_cast<uint64_t>(rounds), report.failed(), report.worst_ms);
}

TEST(ReloadSoak, AStormOfHangupsIsAFewReloadsAndTheLastContentIsLive) {
  const int signals = soakCount(10000, 1000);
  EchoWorld world(2);
  const ConvoyProcess& convoy = *world.convoy;
  StrictClient clients(world.everybody());
  ASSERT_TRUE(eventually([&] { return clients.answers() > 500; }));
  double most = 0;
  const int64_t began = nowMs();
  for (int i = 0; i < signals; ++i) {
    if (i % (signals / 10) == 0) {
      world.convoy->rewrite(world.configWith("content " + std::to_string(i)).text());
    }
    convoy.signal(SIGHUP);
    while (nowMs() - began < int64_t{1000} * i / signals) {
      most = std::max(most, generations(convoy));
    }
  }
  world.convoy->rewrite(world.configWith("last").text());
  convoy.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] {
    most = std::max(most, generations(convoy));
    return httpGet(world.http, "/marker").body == "last";
  }));
  EXPECT_TRUE(eventually([&] { return convoy.workers().size() == 2; })) << convoy.log();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(httpGet(world.http, "/marker").body, "last");
  const Report report = clients.stop();
  EXPECT_EQ(report.failed(), 0u) << report.text();
  EXPECT_EQ(report.opened, kKeptByEverybody) << report.text();
  EXPECT_LE(most, 3);
  EXPECT_LT(convoy.reloads(), signals / 2);
  reportSoak("hangup-storm", static_cast<uint64_t>(signals), report.failed(), report.worst_ms);
}

TEST(ReloadSoak, ReloadsAreInvisibleOverALinkWithDelayAndLoss) {
  const int rounds = soakCount(200, 8);
  const OwnNetwork network;
  if (!network.entered()) GTEST_SKIP() << "a network namespace needs root";
  const LossyLink link(Millis(25), 10);
  if (!link.trouble().empty()) GTEST_SKIP() << link.trouble();
  EchoWorld world(0);
  std::string text = world.config.text();
  for (const uint16_t port : {world.http, world.tcp}) {
    const std::string rest = ", port_value: " + std::to_string(port);
    const size_t at = text.find("127.0.0.1" + rest);
    ASSERT_NE(at, std::string::npos) << text;
    text.replace(at, 9, LossyLink::kNearAddress);
  }
  ConvoyProcess convoy(text, world.config.adminPort(), {});
  std::vector<StrictClient::Group> groups = world.everybody();
  for (StrictClient::Group& group : groups) group.host = LossyLink::kNearAddress;
  groups[3].connections = 16;  // Fresh: handshakes are under way at every moment
  std::unique_ptr<StrictClient> clients;
  link.atFarEnd([&] { clients = std::make_unique<StrictClient>(groups); });
  ASSERT_TRUE(eventually([&] { return clients->answers() > 200; }, Millis(20000)));
  for (int i = 0; i < rounds; ++i) ASSERT_TRUE(reloadOnce(convoy, 250)) << convoy.log();
  const Report report = clients->stop();
  EXPECT_EQ(report.failed(), 0u) << report.text();
  EXPECT_EQ(report.opened, kKeptByEverybody) << report.text();
  EXPECT_EQ(report.connection_close, 0u) << report.text();
  EXPECT_GT(link.lost(), link.carried() / 200) << link.carried();
  reportSoak("reload-50-ms-1-percent-loss", static_cast<uint64_t>(rounds), report.failed(),
             report.worst_ms);
}

size_t residentOfWorkers(const ConvoyProcess& convoy) {
  size_t total = 0;
  for (const pid_t pid : titled(convoy, "convoy: worker")) total += residentBytes(pid);
  return total;
}

// Connections that do nothing are carried over every reload, and answer once more after it.
void carried(Mode mode, const std::string& name, int connections, int reloads) {
  EchoWorld world(2);
  const ConvoyProcess& convoy = *world.convoy;
  StrictClient::Group idle = world.group(mode, connections);
  idle.in_rounds = true;
  StrictClient clients({idle});
  ASSERT_TRUE(clients.settled(Millis(60000)));
  int64_t slowest = 0;
  const size_t memory = residentOfWorkers(convoy);
  for (int i = 0; i < reloads; ++i) {
    const std::vector<pid_t> before = convoy.workers();
    ASSERT_TRUE(convoy.hangup()) << convoy.log();
    ASSERT_LE(titled(convoy, "convoy: worker").size(), 4u) << i;
    const int64_t committed = nowMs();
    ASSERT_TRUE(allGone(convoy, before)) << i << convoy.log();
    slowest = std::max(slowest, nowMs() - committed);
  }
  // What they carry weighs what it weighed.
  EXPECT_LE(residentOfWorkers(convoy), memory + memory / 4) << memory;
  clients.round();
  EXPECT_TRUE(clients.settled(Millis(60000)));
  const Report report = clients.stop();
  EXPECT_EQ(report.failed(), 0u) << report.text();
  EXPECT_EQ(report.opened, static_cast<uint64_t>(connections)) << report.text();
  EXPECT_EQ(report.answers, static_cast<uint64_t>(2 * connections)) << report.text();
  EXPECT_LT(slowest, 2000) << "milliseconds until the old workers were gone";
  reportSoak(name, static_cast<uint64_t>(reloads), report.failed(), report.worst_ms);
}

TEST(ReloadSoak, IdleConnectionsAreCarriedOverEveryReload) {
  carried(Mode::Get, "idle-keep-alive", soakCount(10000, 500), soakCount(100, 5));
}

TEST(ReloadSoak, WebSocketsAreCarriedOverEveryReload) {
  carried(Mode::Echo, "websockets", soakCount(1000, 100), soakCount(50, 5));
}

}  // namespace
}  // namespace convoy::fakes
