// Promise: a limit of a circuit breaker is one limit for the whole proxy, however many workers it
// has, over reloads, and when a worker dies.
#include <atomic>
#include <csignal>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

// Holds every request until it is let go.
class Holder {
 public:
  Holder()
      : upstream_([this](const HttpMessage&, RawClient& connection) {
          ++held_;
          eventually([this] { return open_.load(); }, Millis(30000));
          --held_;
          return connection.send(responseText(200, "ok"));
        }) {}
  ~Holder() { open_ = true; }
  void letGo() { open_ = true; }
  int held() const { return held_; }
  uint16_t port() const { return upstream_.port(); }

 private:
  std::atomic<bool> open_{false};
  std::atomic<int> held_{0};
  FakeUpstream upstream_;
};

struct World {
  Holder holder;
  uint16_t port = freePort();
  uint16_t admin = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  std::vector<std::unique_ptr<RawClient>> clients;

  std::string text(const std::string& thresholds) const {
    Config config(admin);
    config.http(port, Config::toCluster("service"))
        .cluster("service", {holder.port()},
                 "circuit_breakers: {thresholds: [" + thresholds + "]}");
    return config.text();
  }
  void start(const std::string& thresholds, int workers = 4) {
    ConvoyProcess::Options options;
    options.concurrency = workers;
    convoy = std::make_unique<ConvoyProcess>(text(thresholds), admin, options);
  }
  // As many requests on connections of their own, which the kernel spreads over the workers.
  void send(int count) {
    for (int i = 0; i < count; ++i) {
      clients.push_back(std::make_unique<RawClient>(port));
      clients.back()->send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    }
  }
  double overflows() const {
    return convoy->metric(
        "envoy_cluster_upstream_rq_pending_overflow{envoy_cluster_name=\"service\"}");
  }
  double gauge(const std::string& what) const {
    return convoy->metric("envoy_cluster_circuit_breakers_default_" + what +
                          "{envoy_cluster_name=\"service\"}");
  }
};

TEST(CircuitBreaker, ALimitOfRequestsIsOneOverAllWorkers) {
  World world;
  world.start("{max_requests: 5, track_remaining: true}");
  world.send(40);
  ASSERT_TRUE(eventually([&] { return world.overflows() == 35; })) << world.overflows();
  EXPECT_EQ(world.holder.held(), 5);
  EXPECT_EQ(world.gauge("rq_open"), 1);
  EXPECT_EQ(world.gauge("remaining_rq"), 0);
  world.holder.letGo();
  ASSERT_TRUE(eventually([&] { return world.gauge("remaining_rq") == 5; }));
  EXPECT_EQ(world.gauge("rq_open"), 0);
  EXPECT_EQ(httpGet(world.port, "/").status, 200);
}

TEST(CircuitBreaker, WhatAKilledWorkerHeldIsGivenBack) {
  World world;
  world.start("{max_requests: 4, track_remaining: true}");
  world.send(20);
  ASSERT_TRUE(eventually([&] { return world.overflows() == 16; }));
  for (const pid_t worker : world.convoy->workers()) kill(worker, SIGKILL);
  ASSERT_TRUE(eventually([&] { return world.gauge("remaining_rq") == 4; })) << world.convoy->log();
}

TEST(CircuitBreaker, AReloadKeepsTheCountAndBringsItsOwnLimit) {
  World world;
  world.start("{max_requests: 2}");
  world.send(2);
  ASSERT_TRUE(eventually([&] { return world.holder.held() == 2; }));
  world.convoy->rewrite(world.text("{max_requests: 3, track_remaining: true}"));
  ASSERT_TRUE(world.convoy->hangup());
  // Those of the old workers count towards the limit of the new ones.
  EXPECT_EQ(world.gauge("remaining_rq"), 1);
  world.send(10);
  ASSERT_TRUE(eventually([&] { return world.overflows() == 9; })) << world.overflows();
  EXPECT_EQ(world.holder.held(), 3);
}

TEST(CircuitBreaker, NothingIsLeftOfManyRequests) {
  World world;
  world.holder.letGo();
  world.start("{max_requests: 1000, track_remaining: true}, {priority: HIGH, max_requests: 7}");
  for (int i = 0; i < 200; ++i) ASSERT_EQ(httpGet(world.port, "/").status, 200);
  EXPECT_TRUE(eventually([&] { return world.gauge("remaining_rq") == 1000; }));
  EXPECT_EQ(world.gauge("remaining_pending"), 1024);
}

}  // namespace
}  // namespace convoy::fakes
