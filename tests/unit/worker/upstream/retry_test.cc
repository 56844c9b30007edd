#include "worker/upstream/retry.h"

#include <gtest/gtest.h>

#include "common/config/retry_conditions.h"
#include "tests/fakes/proxy_yaml.h"
#include "tests/fakes/worker_fixture.h"

namespace convoy::worker {
namespace {

using Decision = RetryState::Decision;
using http::ResetReason;
using stats::ClusterStat;

class RetryTest : public ::testing::Test {
 protected:
  Cluster& cluster() { return *world_.context().clusters->at(0); }
  void begin(const std::string& on, uint32_t retries = 1) {
    policy_.on = config::parseRetryOn(on);
    policy_.num_retries = retries;
    state_.begin(&policy_, request_);
  }
  Decision answered(int status) {
    response_.status = status;
    return state_.onResponse(response_, cluster());
  }
  Decision reset(ResetReason reason, bool sent = true) {
    return state_.onReset(reason, sent, cluster());
  }
  uint64_t counted(ClusterStat stat) { return world_.clusterStats(0).get(stat); }

  fakes::WorkerFixture world_{
      fakes::httpProxyYaml("", "", "    circuit_breakers: {thresholds: [{max_retries: 2}]}\n")};
  config::RetryPolicy policy_;
  http::RequestHead request_;
  http::ResponseHead response_;
  RetryState state_;
};

TEST_F(RetryTest, WithoutAPolicyNothingIsRetried) {
  state_.begin(nullptr, request_);
  EXPECT_FALSE(state_.possible());
  EXPECT_EQ(answered(503), Decision::No);
  EXPECT_EQ(reset(ResetReason::ConnectionFailure), Decision::No);
}

TEST_F(RetryTest, TheConditionsAreEnvoys) {
  begin("gateway-error", 9);
  EXPECT_EQ(answered(500), Decision::No);
  EXPECT_EQ(answered(503), Decision::Retry);
  EXPECT_EQ(reset(ResetReason::ConnectionTermination), Decision::Retry);
  begin("connect-failure", 9);
  EXPECT_EQ(answered(503), Decision::No);
  EXPECT_EQ(reset(ResetReason::ConnectionTimeout, false), Decision::Retry);
  EXPECT_EQ(reset(ResetReason::ConnectionTermination), Decision::No);
  begin("retriable-4xx", 9);
  EXPECT_EQ(answered(404), Decision::No);
  EXPECT_EQ(answered(409), Decision::Retry);
  begin("reset-before-request", 9);
  EXPECT_EQ(reset(ResetReason::RemoteReset, true), Decision::No);
  EXPECT_EQ(reset(ResetReason::ConnectionFailure, false), Decision::Retry);
  begin("5xx", 9);
  EXPECT_EQ(answered(500), Decision::Retry);
  EXPECT_EQ(reset(ResetReason::Overflow), Decision::No);
}

TEST_F(RetryTest, StatusesAndHeadersMayBeNamed) {
  policy_.retriable_status_codes = {418};
  begin("retriable-status-codes", 9);
  EXPECT_EQ(answered(418), Decision::Retry);
  EXPECT_EQ(answered(503), Decision::No);
  config::HeaderMatcher matcher;
  matcher.name = "x-try-again";
  policy_.retriable_headers = {matcher};
  begin("retriable-headers", 9);
  EXPECT_EQ(answered(200), Decision::No);
  response_.headers.add("x-try-again", "1");
  EXPECT_EQ(answered(200), Decision::Retry);
}

TEST_F(RetryTest, ARateLimitedAnswerIsRetriedOnlyIfAskedFor) {
  response_.headers.add("x-envoy-ratelimited", "true");
  begin("5xx", 9);
  EXPECT_EQ(answered(503), Decision::No);
  begin("envoy-ratelimited", 9);
  EXPECT_EQ(answered(503), Decision::Retry);
}

TEST_F(RetryTest, AGrpcStatusCounts) {
  response_.headers.add(http::HeaderId::GrpcStatus, "14");
  begin("cancelled", 9);
  EXPECT_EQ(answered(200), Decision::No);
  begin("unavailable", 9);
  EXPECT_EQ(answered(200), Decision::Retry);
}

TEST_F(RetryTest, RetriesEndAtTheirNumber) {
  begin("5xx", 2);
  EXPECT_EQ(answered(503), Decision::Retry);
  EXPECT_EQ(answered(503), Decision::Retry);
  EXPECT_EQ(answered(503), Decision::LimitExceeded);
  EXPECT_EQ(counted(ClusterStat::upstream_rq_retry), 2u);
  EXPECT_EQ(counted(ClusterStat::upstream_rq_retry_limit_exceeded), 1u);
}

TEST_F(RetryTest, TheClusterAllowsOnlySoManyAtOnce) {
  RetryState others[2];
  http::ResponseHead bad;
  bad.status = 503;
  begin("5xx", 9);
  for (RetryState& other : others) {
    other.begin(&policy_, request_);
    EXPECT_EQ(other.onResponse(bad, cluster()), Decision::Retry);
  }
  EXPECT_EQ(answered(503), Decision::Overflow);
  others[0].clear(&cluster());
  EXPECT_EQ(answered(503), Decision::Retry);
  others[1].clear(&cluster());
  state_.clear(&cluster());
  EXPECT_EQ(counted(ClusterStat::upstream_rq_retry_overflow), 1u);
}

TEST_F(RetryTest, ATrustedCallerMayAskForMore) {
  request_.headers.add("x-envoy-retry-on", "5xx");
  request_.headers.add("x-envoy-max-retries", "3");
  request_.headers.add("x-envoy-upstream-rq-per-try-timeout-ms", "70");
  request_.headers.add("x-mine", "1");
  state_.begin(nullptr, request_);
  EXPECT_EQ(request_.headers.size(), 1u);
  EXPECT_EQ(state_.perTryTimeoutMs(), 70u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(answered(500), Decision::Retry);
  EXPECT_EQ(answered(500), Decision::LimitExceeded);
}

TEST_F(RetryTest, TheBackOffGrowsToItsMaximum) {
  begin("5xx", 20);
  base::Random random(4);
  uint64_t longest = 0;
  for (int i = 0; i < 20; ++i) {
    answered(503);
    const uint64_t bound = std::min<uint64_t>(25u << i, 250);
    const uint64_t ms = state_.backOffMs(random);
    EXPECT_LE(ms, bound) << i;
    longest = std::max(longest, ms);
  }
  EXPECT_GT(longest, 100u);
}

TEST_F(RetryTest, TriedHostsAreAvoidedWhereThePolicySaysSo) {
  const Host one, two;
  begin("5xx");
  state_.tried(&one);
  EXPECT_FALSE(state_.avoids(&one));
  policy_.avoid_previous_hosts = true;
  policy_.host_selection_attempts = 5;
  answered(503);
  state_.tried(&one);
  EXPECT_TRUE(state_.avoids(&one));
  EXPECT_FALSE(state_.avoids(&two));
  EXPECT_EQ(state_.hostAttempts(), 5u);
}

TEST(RetryOn, UnknownWordsAreNamed) {
  std::string_view unknown;
  EXPECT_EQ(config::parseRetryOn("5xx, reset ,conect-failure", &unknown),
            static_cast<uint32_t>(config::kRetryOn5xx | config::kRetryOnReset));
  EXPECT_EQ(unknown, "conect-failure");
}

TEST_F(RetryTest, RetriesLeaveOutHostsByTheirMetadata) {
  policy_.omit_canary_hosts = true;
  policy_.omit_host_metadata = {{"stage", "\"dev\""}};
  begin("5xx");
  const config::LbMetadata dev = {{"stage", "\"dev\""}}, prod = {{"stage", "\"prod\""}};
  Host canary, of_dev, of_prod;
  canary.canary = true;
  of_dev.metadata = &dev;
  of_prod.metadata = &prod;
  EXPECT_FALSE(state_.avoids(&canary)) << "the first attempt may";
  EXPECT_EQ(answered(503), Decision::Retry);
  EXPECT_TRUE(state_.avoids(&canary));
  EXPECT_TRUE(state_.avoids(&of_dev));
  EXPECT_FALSE(state_.avoids(&of_prod));
}

TEST_F(RetryTest, PrioritiesAreSpentAfterSoManyAttempts) {
  policy_.previous_priorities = 2;
  begin("5xx");
  Host first, second;
  second.priority = 1;
  state_.tried(&first);
  EXPECT_EQ(state_.spentPriorities(), 0u);
  state_.tried(&second);
  EXPECT_EQ(state_.spentPriorities(), 3u);
}

TEST_F(RetryTest, AHostThatSaysWhenToComeAgainIsNotAskedBefore) {
  policy_.reset_headers = {{"retry-after", config::RetryPolicy::ResetHeader::Format::Seconds}};
  begin("5xx", 9);
  response_.headers.add("retry-after", "2");
  EXPECT_EQ(answered(503), Decision::Retry);
  base::Random random(1);
  const uint64_t wait_ms = state_.backOffMs(random);
  EXPECT_GE(wait_ms, 2000u);
  EXPECT_LE(wait_ms, 3000u);
  EXPECT_EQ(counted(ClusterStat::upstream_rq_retry_backoff_ratelimited), 1u);
  // Longer than max_interval: the usual back-off.
  response_.headers.set(std::string_view("retry-after"), "301");
  EXPECT_EQ(answered(503), Decision::Retry);
  EXPECT_LE(state_.backOffMs(random), 250u);
}

}  // namespace
}  // namespace convoy::worker
