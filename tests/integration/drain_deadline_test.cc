// Promise: what a reload cannot hand over ends at the deadline of its listener, and the metrics
// tell how many connections that cut.
#include <atomic>
#include <csignal>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

constexpr const char* kForcedHttp = "convoy_drain_forced_total{kind=\"http\"}";

struct Slow {
  std::atomic<bool> release{false};
  FakeUpstream backend{[this](const HttpMessage&, RawClient& connection) {
    eventually([this] { return release.load(); }, Millis(20000));
    return connection.send(responseText(200, "late"));
  }};
  uint16_t port = freePort();
  Config config;
  ~Slow() { release = true; }

  ConvoyProcess start(std::vector<std::string> args, const std::string& text) {
    return ConvoyProcess(text, config.adminPort(),
                         ConvoyProcess::Options{std::move(args), {}, 1, true, "convoy.yaml"});
  }
  void build() {
    config.http(port, Config::toCluster("backend")).cluster("backend", {backend.port()});
  }
  void ask(RawClient& client) {
    const size_t before = backend.requests();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return backend.requests() == before + 1; }));
  }
};

TEST(DrainDeadline, AReloadIsTimedAndCutsAreCountedByKind) {
  Slow slow;
  slow.build();
  ConvoyProcess convoy = slow.start({"--drain-time-s", "1"}, slow.config.text());
  for (const char* kind : {"http", "tcp", "upgrade"}) {
    EXPECT_EQ(convoy.metric("convoy_drain_forced_total{kind=\"" + std::string(kind) + "\"}"), 0);
  }
  EXPECT_EQ(convoy.metric("convoy_drain_seconds_count{}"), 0);
  RawClient client(slow.port);
  slow.ask(client);
  ASSERT_EQ(convoy.reload().status, 0) << convoy.log();
  EXPECT_EQ(client.readFinal().status, 503);
  EXPECT_TRUE(eventually([&] { return convoy.metric("convoy_drain_seconds_count{}") == 1; }));
  EXPECT_EQ(convoy.metric(kForcedHttp), 1);
  EXPECT_GE(convoy.metric("convoy_drain_seconds_sum{}"), 1);
  EXPECT_EQ(convoy.metric("convoy_drain_seconds_bucket{le=\"0.5\"}"), 0);
}

TEST(DrainDeadline, AListenerMayHaveOneOfItsOwn) {
  Slow slow;
  slow.build();
  std::string text = slow.config.text();
  const size_t at = text.find("filter_chains:");
  ASSERT_NE(at, std::string::npos);
  text.insert(at, "metadata: {filter_metadata: {convoy: {drain_timeout: 3s}}}, ");
  ConvoyProcess convoy = slow.start({"--drain-time-s", "600"}, text);
  RawClient client(slow.port);
  slow.ask(client);
  const int64_t start = nowMs();
  ASSERT_EQ(convoy.reload().status, 0) << convoy.log();
  EXPECT_EQ(client.readFinal().status, 503);
  EXPECT_GE(nowMs() - start, 2900);
}

TEST(DrainDeadline, TheOldestGenerationGoesWhenMoreDrainThanMay) {
  Slow slow;
  slow.build();
  ConvoyProcess convoy = slow.start({"--max-draining-generations", "1"}, slow.config.text());
  RawClient oldest(slow.port), newer(slow.port);
  slow.ask(oldest);
  ASSERT_EQ(convoy.reload().status, 0) << convoy.log();
  slow.ask(newer);
  ASSERT_EQ(convoy.reload().status, 0) << convoy.log();
  EXPECT_EQ(oldest.readFinal().status, 503);
  EXPECT_NE(convoy.log().find("more than 1 generations drain"), std::string::npos);
  slow.release = true;
  EXPECT_EQ(newer.readFinal().body, "late");
}

}  // namespace
}  // namespace convoy::fakes
