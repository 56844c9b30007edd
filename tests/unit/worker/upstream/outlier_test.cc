#include "worker/upstream/outlier.h"

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

TEST(HostConduct, OnlyFailuresInARowCount) {
  config::OutlierDetection config;
  config.consecutive_5xx = 3;
  HostConduct conduct;
  for (const int status : {500, 500, 200, 500, 404, 500, 500}) {
    EXPECT_FALSE(conduct.answered(config, status).server_errors);
  }
  EXPECT_TRUE(conduct.answered(config, 500).server_errors);
  EXPECT_FALSE(conduct.answered(config, 500).server_errors);  // and from the beginning again
}

TEST(HostConduct, GatewayFailuresAreCountedApart) {
  config::OutlierDetection config;
  config.consecutive_5xx = 100;
  config.consecutive_gateway_failure = 2;
  HostConduct conduct;
  EXPECT_FALSE(conduct.answered(config, 503).gateway_failures);
  EXPECT_FALSE(conduct.answered(config, 500).gateway_failures);
  EXPECT_FALSE(conduct.answered(config, 504).gateway_failures);
  EXPECT_TRUE(conduct.answered(config, 502).gateway_failures);
}

TEST(HostConduct, OneFailureMayReachBoth) {
  config::OutlierDetection config;
  config.consecutive_5xx = config.consecutive_gateway_failure = 1;
  HostConduct conduct;
  const auto reached = conduct.answered(config, 503);
  EXPECT_TRUE(reached.server_errors);
  EXPECT_TRUE(reached.gateway_failures);
}

TEST(HostConduct, FailuresToGetAnAnswerAreA503UnlessTheyCountOnTheirOwn) {
  config::OutlierDetection config;
  config.consecutive_5xx = config.consecutive_local_origin = 1;
  HostConduct conduct;
  EXPECT_TRUE(conduct.failed(config, 503).server_errors);
  EXPECT_EQ(conduct.takeRates().bad, 1u);
  config.split_local_origin = true;
  EXPECT_FALSE(conduct.failed(config, 503).server_errors);
  EXPECT_TRUE(conduct.failed(config, 503).local_failures);
  EXPECT_EQ(conduct.takeRates().local_bad, 2u);
}

TEST(HostConduct, AConnectionEndsTheStreakOfFailuresToGetOne) {
  config::OutlierDetection config;
  config.split_local_origin = true;
  config.consecutive_local_origin = 2;
  HostConduct conduct;
  conduct.failed(config, 503);
  conduct.reached(config);
  EXPECT_FALSE(conduct.failed(config, 503).local_failures);
  EXPECT_TRUE(conduct.failed(config, 503).local_failures);
}

TEST(HostConduct, RatesAreThoseSinceTheLastCall) {
  config::OutlierDetection config;
  HostConduct conduct;
  conduct.answered(config, 200);
  conduct.answered(config, 500);
  const HostConduct::Rates rates = conduct.takeRates();
  EXPECT_EQ(rates.good, 1u);
  EXPECT_EQ(rates.bad, 1u);
  EXPECT_EQ(conduct.takeRates().good, 0u);
}

}  // namespace
}  // namespace convoy::worker
