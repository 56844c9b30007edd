#include "worker/upstream/outlier.h"

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

TEST(FailureStreaks, OnlyFailuresInARowCount) {
  config::OutlierDetection config;
  config.consecutive_5xx = 3;
  FailureStreaks streaks;
  for (const int status : {500, 500, 200, 500, 404, 500, 500}) {
    EXPECT_FALSE(streaks.count(config, status).server_errors);
  }
  EXPECT_TRUE(streaks.count(config, 500).server_errors);
  EXPECT_FALSE(streaks.count(config, 500).server_errors);  // and from the beginning again
}

TEST(FailureStreaks, GatewayFailuresAreCountedApart) {
  config::OutlierDetection config;
  config.consecutive_5xx = 100;
  config.consecutive_gateway_failure = 2;
  FailureStreaks streaks;
  EXPECT_FALSE(streaks.count(config, 503).gateway_failures);
  EXPECT_FALSE(streaks.count(config, 500).gateway_failures);
  EXPECT_FALSE(streaks.count(config, 504).gateway_failures);
  EXPECT_TRUE(streaks.count(config, 502).gateway_failures);
}

TEST(FailureStreaks, OneFailureMayReachBoth) {
  config::OutlierDetection config;
  config.consecutive_5xx = config.consecutive_gateway_failure = 1;
  FailureStreaks streaks;
  const auto reached = streaks.count(config, 503);
  EXPECT_TRUE(reached.server_errors);
  EXPECT_TRUE(reached.gateway_failures);
}

}  // namespace
}  // namespace convoy::worker
