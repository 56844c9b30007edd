#include "worker/filters/health_check.h"

#include "tests/unit/worker/filters/filter_fixture.h"

namespace convoy::worker {
namespace {

class HealthCheckFilterTest : public FilterFixture {
 protected:
  HealthCheckFilterTest() {
    config::HeaderMatcher path;
    path.name = ":path";
    path.kind = config::HeaderMatcher::Kind::String;
    path.string = base::StringMatcher::make(base::StringMatcher::Kind::Exact, "/healthz").value();
    settings_.headers.push_back(path);
    request_.path = "/healthz";
    context_.record = &record_;
  }
  FilterStatus ask() {
    config_.settings = std::make_shared<const config::FilterSettings>(settings_);
    HealthCheckFilter filter(config_, cache_);
    const FilterStatus status = filter.decodeHeaders(context_, true);
    filter.encodeHeaders(context_, true);
    return status;
  }
  config::HealthCheckFilter settings_;
  config::HttpFilter config_;
  HealthCheckCache cache_;
  Record record_;
};

TEST_F(HealthCheckFilterTest, AnswersChecksItself) {
  EXPECT_EQ(ask(), FilterStatus::Refuse);
  EXPECT_EQ(context_.status, 200);
  EXPECT_TRUE(record_.health_check);
}

TEST_F(HealthCheckFilterTest, OtherRequestsPass) {
  request_.path = "/";
  EXPECT_EQ(ask(), FilterStatus::Continue);
  EXPECT_FALSE(record_.health_check);
}

TEST_F(HealthCheckFilterTest, AServerThatIsToFailFails) {
  context_.server_unhealthy = true;
  EXPECT_EQ(ask(), FilterStatus::Refuse);
  EXPECT_EQ(context_.status, 503);
  EXPECT_EQ(context_.flag, Flag::FailedLocalHealthCheck);
  EXPECT_EQ(responseField("x-envoy-immediate-health-check-fail"), "true");
}

TEST_F(HealthCheckFilterTest, AClusterThatIsMissingIsNotHealthy) {
  settings_.min_healthy_percent.emplace_back("nowhere", 50.0);
  EXPECT_EQ(ask(), FilterStatus::Refuse);
  EXPECT_EQ(context_.status, 503);
}

TEST_F(HealthCheckFilterTest, PassedThroughAnswersAreKeptForAWhile) {
  settings_.pass_through = true;
  settings_.cache_ms = 1000;
  context_.now_ms = 5000;
  response_.status = 204;
  EXPECT_EQ(ask(), FilterStatus::Continue);
  context_.now_ms = 5999;
  EXPECT_EQ(ask(), FilterStatus::Refuse);
  EXPECT_EQ(context_.status, 204);
  context_.now_ms = 6000;
  EXPECT_EQ(ask(), FilterStatus::Continue);
}

}  // namespace
}  // namespace convoy::worker
