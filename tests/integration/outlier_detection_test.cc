// Promise: a backend that fails several requests in a row gets none for a while.
#include <atomic>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

struct World {
  FakeUpstream good{FakeUpstream::respond(200, "good")};
  FakeUpstream bad{FakeUpstream::respond(500, "bad")};
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  explicit World(const std::string& detection, uint16_t second = 0) {
    Config config;
    config.http(port, Config::toCluster("service"))
        .cluster("service", {good.port(), second != 0 ? second : bad.port()},
                 "outlier_detection: {" + detection + "}");
    ConvoyProcess::Options options;
    options.concurrency = 1;
    convoy = std::make_unique<ConvoyProcess>(config, options);
  }
  bool allGood() const {
    for (int i = 0; i < 10; ++i) {
      if (httpGet(port, "/").status != 200) return false;
    }
    return true;
  }
  double metric(const std::string& what) const {
    return convoy->metric("envoy_cluster_outlier_detection_ejections_" + what +
                          "{envoy_cluster_name=\"service\"}");
  }
};

TEST(OutlierDetection, ABackendThatFailsInARowIsEjectedAndComesBack) {
  const World world("consecutive_5xx: 3, interval: 0.05s, base_ejection_time: 0.5s");
  // Requests take turns: the third failure of the bad one ends it.
  for (int i = 0; i < 6; ++i) httpGet(world.port, "/");
  ASSERT_TRUE(eventually([&] { return world.metric("active") == 1; })) << world.convoy->log();
  EXPECT_TRUE(world.allGood());
  EXPECT_EQ(world.metric("enforced_total"), 1);
  EXPECT_EQ(world.metric("enforced_consecutive_5xx"), 1);
  EXPECT_NE(world.convoy->admin("/clusters").body.find("::health_flags::/failed_outlier_check\n"),
            std::string::npos);

  EXPECT_TRUE(eventually([&] { return world.metric("active") == 0; }));
  EXPECT_TRUE(eventually([&] { return !world.allGood(); }));
}

TEST(OutlierDetection, NobodyAnsweringIsAFailureToo) {
  const World world("consecutive_5xx: 2, base_ejection_time: 60s", freePort());
  for (int i = 0; i < 4; ++i) httpGet(world.port, "/");
  ASSERT_TRUE(eventually([&] { return world.metric("active") == 1; })) << world.convoy->log();
  EXPECT_TRUE(world.allGood());
}

TEST(OutlierDetection, WhatIsNotEnforcedIsOnlyCounted) {
  const World world("consecutive_5xx: 2, enforcing_consecutive_5xx: 0");
  for (int i = 0; i < 4; ++i) httpGet(world.port, "/");
  ASSERT_TRUE(eventually([&] { return world.metric("detected_consecutive_5xx") >= 1; }));
  EXPECT_EQ(world.metric("active"), 0);
  EXPECT_FALSE(world.allGood());
}

}  // namespace
}  // namespace convoy::fakes
