#include "worker/filters/local_ratelimit.h"

#include "tests/fakes/proxy_yaml.h"
#include "tests/fakes/worker_fixture.h"
#include "tests/unit/worker/filters/filter_fixture.h"

namespace convoy::worker {
namespace {

using stats::HttpRateStat;

const config::HttpConnectionManager& managerOf(fakes::WorkerFixture& worker) {
  return *worker.context().bootstrap->listeners[0].http();
}

// The settings come from a whole configuration: the directory knows them by their place in it.
class LocalRateLimitTest : public FilterFixture {
 protected:
  void start(const std::string& fields) {
    std::string yaml = fakes::httpProxyYaml();
    const std::string router = "http_filters: [";
    yaml.insert(yaml.find(router) + router.size(),
                "{name: rate, typed_config: {\"@type\": type.googleapis.com/envoy.extensions."
                "filters.http.local_ratelimit.v3.LocalRateLimit, stat_prefix: edge, " +
                    fields + "}}, ");
    worker_ = std::make_unique<fakes::WorkerFixture>(yaml);
    limits_ = std::make_unique<RateLimits>(worker_->context());
    filter_ = std::make_unique<LocalRateLimitFilter>(config(), *limits_);
    context_.connection_word = &word_;
  }
  const config::HttpFilter& config() { return managerOf(*worker_).http_filters.at(0); }
  FilterStatus ask() {
    filter_->reset();
    response_.clear();
    return filter_->decodeHeaders(context_, true);
  }
  uint64_t rated(HttpRateStat stat) {
    return limits_->of(std::get<config::RateLimitFilter>(*config().settings)).stats.get(stat);
  }

  static constexpr char kAll[] =
      "filter_enabled: {default_value: {numerator: 100}}, "
      "filter_enforced: {default_value: {numerator: 100}}, ";
  std::unique_ptr<fakes::WorkerFixture> worker_;
  std::unique_ptr<RateLimits> limits_;
  std::unique_ptr<LocalRateLimitFilter> filter_;
  uint64_t word_ = 0;
};

TEST_F(LocalRateLimitTest, MoreThanTheBucketHoldsIsRefused) {
  start(std::string(kAll) + "token_bucket: {max_tokens: 2, fill_interval: 3600s}");
  EXPECT_EQ(ask(), FilterStatus::Continue);
  EXPECT_EQ(ask(), FilterStatus::Continue);
  EXPECT_EQ(ask(), FilterStatus::Refuse);
  EXPECT_EQ(context_.status, 429);
  EXPECT_EQ(context_.body, "local_rate_limited");
  EXPECT_EQ(context_.flag, Flag::RateLimited);
  EXPECT_EQ(rated(HttpRateStat::enabled), 3u);
  EXPECT_EQ(rated(HttpRateStat::ok), 2u);
  EXPECT_EQ(rated(HttpRateStat::rate_limited), 1u);
  EXPECT_EQ(rated(HttpRateStat::enforced), 1u);
}

TEST_F(LocalRateLimitTest, AsLongAsNothingIsEnabledNothingIsCounted) {
  start("token_bucket: {max_tokens: 1, fill_interval: 3600s}");
  EXPECT_EQ(ask(), FilterStatus::Continue);
  EXPECT_EQ(ask(), FilterStatus::Continue);
  EXPECT_EQ(rated(HttpRateStat::enabled), 0u);
}

TEST_F(LocalRateLimitTest, WhatIsNotEnforcedIsCountedAndTold) {
  start(
      "filter_enabled: {default_value: {numerator: 100}}, token_bucket: {max_tokens: 1, "
      "fill_interval: 3600s}, request_headers_to_add_when_not_enforced: [{header: {key: x-fast, "
      "value: 'yes'}}]");
  Record record;
  FormatContext format{record, "", worker_->loop().clock()};
  context_.format.emplace(format);
  ask();
  EXPECT_EQ(requestField("x-fast"), "(absent)");
  EXPECT_EQ(ask(), FilterStatus::Continue);
  EXPECT_EQ(requestField("x-fast"), "yes");
  EXPECT_EQ(rated(HttpRateStat::rate_limited), 1u);
  EXPECT_EQ(rated(HttpRateStat::enforced), 0u);
}

TEST_F(LocalRateLimitTest, AnswersTellWhatIsLeft) {
  start(std::string(kAll) +
        "enable_x_ratelimit_headers: DRAFT_VERSION_03, token_bucket: {max_tokens: 1, "
        "fill_interval: 60s}, response_headers_to_add: [{header: {key: x-by, value: us}}]");
  Record record;
  FormatContext format{record, "", worker_->loop().clock()};
  context_.format.emplace(format);
  ask();
  filter_->encodeHeaders(context_, true);
  EXPECT_EQ(responseField("x-ratelimit-limit"), "1");
  EXPECT_EQ(responseField("x-ratelimit-remaining"), "0");
  EXPECT_EQ(responseField("x-ratelimit-reset"), "60");
  EXPECT_EQ(responseField("x-by"), "(absent)");
  EXPECT_EQ(ask(), FilterStatus::Refuse);
  filter_->encodeHeaders(context_, true);
  EXPECT_EQ(responseField("x-by"), "us");
}

TEST_F(LocalRateLimitTest, AConnectionMayHaveABucketOfItsOwn) {
  start(std::string(kAll) +
        "local_rate_limit_per_downstream_connection: true, token_bucket: {max_tokens: 1, "
        "fill_interval: 3600s}");
  EXPECT_EQ(ask(), FilterStatus::Continue);
  EXPECT_EQ(ask(), FilterStatus::Refuse);
  uint64_t another = 0;
  context_.connection_word = &another;
  EXPECT_EQ(ask(), FilterStatus::Continue);
}

TEST_F(LocalRateLimitTest, AFilterWithoutABucketLimitsNothing) {
  start("filter_enabled: {default_value: {numerator: 100}}");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(), FilterStatus::Continue);
  EXPECT_EQ(rated(HttpRateStat::ok), 3u);
}

}  // namespace
}  // namespace convoy::worker
