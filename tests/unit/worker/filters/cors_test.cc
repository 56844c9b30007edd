#include "worker/filters/cors.h"

#include "tests/unit/worker/filters/filter_fixture.h"

namespace convoy::worker {
namespace {

using Kind = base::StringMatcher::Kind;
using stats::HttpStat;

config::CorsPolicy allow(Kind kind, const std::string& pattern) {
  config::CorsPolicy policy;
  policy.allow_origins.push_back(*base::StringMatcher::make(kind, pattern));
  policy.allow_methods = "GET,POST";
  policy.allow_headers = "x-one,x-two";
  policy.expose_headers = "x-seen";
  policy.max_age = "600";
  return policy;
}

class CorsFilterTest : public FilterFixture {
 protected:
  CorsFilterTest() { request_.method = http::Method::Get; }
  void onHost(config::CorsPolicy policy) {
    host_.cors = std::make_shared<const config::CorsPolicy>(std::move(policy));
  }
  void onRoute(config::CorsPolicy policy) {
    route_.cors = std::make_shared<const config::CorsPolicy>(std::move(policy));
  }
  void from(std::string_view origin) { request_.headers.set("origin", origin); }
  void preflight() {
    request_.method = http::Method::Options;
    request_.headers.set("access-control-request-method", "POST");
  }
  // The request, and the head of the answer that it gets.
  FilterStatus pass() {
    filter_.reset();
    const FilterStatus status = filter_.decodeHeaders(context_, true);
    if (status == FilterStatus::Continue) response_.clear();
    filter_.encodeHeaders(context_, true);
    return status;
  }

  CorsFilter filter_;
};

TEST_F(CorsFilterTest, WithoutAPolicyNothingIsSaid) {
  from("http://a.test");
  EXPECT_EQ(pass(), FilterStatus::Continue);
  EXPECT_EQ(responseField("access-control-allow-origin"), "(absent)");
  EXPECT_EQ(counted(HttpStat::cors_origin_valid), 0u);
  EXPECT_EQ(counted(HttpStat::cors_origin_invalid), 0u);
}

TEST_F(CorsFilterTest, AnAllowedOriginIsNamedInTheAnswer) {
  onHost(allow(Kind::Exact, "http://a.test"));
  from("http://a.test");
  EXPECT_EQ(pass(), FilterStatus::Continue);
  EXPECT_EQ(responseField("access-control-allow-origin"), "http://a.test");
  EXPECT_EQ(responseField("access-control-expose-headers"), "x-seen");
  EXPECT_EQ(responseField("access-control-allow-credentials"), "(absent)");
  EXPECT_EQ(counted(HttpStat::cors_origin_valid), 1u);
}

TEST_F(CorsFilterTest, AnotherOriginIsServedAndNotNamed) {
  onHost(allow(Kind::Exact, "http://a.test"));
  from("http://b.test");
  EXPECT_EQ(pass(), FilterStatus::Continue);
  EXPECT_EQ(responseField("access-control-allow-origin"), "(absent)");
  EXPECT_EQ(counted(HttpStat::cors_origin_invalid), 1u);
}

TEST_F(CorsFilterTest, WhatTheUpstreamSaysOfOriginsIsReplaced) {
  onHost(allow(Kind::Suffix, ".test"));
  from("http://a.test");
  filter_.decodeHeaders(context_, true);
  response_.headers.add("access-control-allow-origin", "*");
  filter_.encodeHeaders(context_, false);
  EXPECT_EQ(responseField("access-control-allow-origin"), "http://a.test");
}

TEST_F(CorsFilterTest, AMatcherOfAStarMeansEveryOrigin) {
  for (const Kind kind : {Kind::Exact, Kind::Prefix, Kind::Suffix}) {
    onHost(allow(kind, "*"));
    from("http://any.test");
    pass();
    EXPECT_EQ(responseField("access-control-allow-origin"), "http://any.test");
  }
}

TEST_F(CorsFilterTest, APreflightIsAnsweredHere) {
  config::CorsPolicy policy = allow(Kind::Prefix, "http://");
  policy.allow_credentials = true;
  onHost(policy);
  from("http://a.test");
  preflight();
  ASSERT_EQ(pass(), FilterStatus::Answer);
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(context_.details, "cors_response");
  EXPECT_EQ(responseField("access-control-allow-origin"), "http://a.test");
  EXPECT_EQ(responseField("access-control-allow-credentials"), "true");
  EXPECT_EQ(responseField("access-control-allow-methods"), "GET,POST");
  EXPECT_EQ(responseField("access-control-allow-headers"), "x-one,x-two");
  EXPECT_EQ(responseField("access-control-max-age"), "600");
}

TEST_F(CorsFilterTest, AnOptionsRequestThatIsNoPreflightGoesOn) {
  onHost(allow(Kind::Prefix, "http://"));
  from("http://a.test");
  request_.method = http::Method::Options;
  EXPECT_EQ(pass(), FilterStatus::Continue);
}

TEST_F(CorsFilterTest, APreflightOfAnotherOriginGoesOnUnlessItIsNotTo) {
  config::CorsPolicy policy = allow(Kind::Exact, "http://a.test");
  onHost(policy);
  from("http://b.test");
  preflight();
  EXPECT_EQ(pass(), FilterStatus::Continue);
  policy.forward_not_matching_preflights = false;
  onHost(policy);
  ASSERT_EQ(pass(), FilterStatus::Answer);
  EXPECT_EQ(responseField("access-control-allow-origin"), "(absent)");
}

TEST_F(CorsFilterTest, PrivateNetworksAreOpenedWhereBothSidesSaySo) {
  config::CorsPolicy policy = allow(Kind::Exact, "*");
  onHost(policy);
  from("http://a.test");
  preflight();
  request_.headers.set("access-control-request-private-network", "true");
  pass();
  EXPECT_EQ(responseField("access-control-allow-private-network"), "(absent)");
  policy.allow_private_network_access = true;
  onHost(policy);
  pass();
  EXPECT_EQ(responseField("access-control-allow-private-network"), "true");
}

TEST_F(CorsFilterTest, TheRoutesPolicyComesFirstAndTheHostsFillsTheGaps) {
  onHost(allow(Kind::Exact, "http://host.test"));
  config::CorsPolicy of_route;
  of_route.allow_origins.push_back(*base::StringMatcher::make(Kind::Exact, "http://route.test"));
  of_route.max_age = "1";
  onRoute(of_route);
  from("http://route.test");
  preflight();
  ASSERT_EQ(pass(), FilterStatus::Answer);
  EXPECT_EQ(responseField("access-control-max-age"), "1");
  EXPECT_EQ(responseField("access-control-allow-methods"), "GET,POST");
  from("http://host.test");
  EXPECT_EQ(pass(), FilterStatus::Continue);
}

TEST_F(CorsFilterTest, ASwitchedOffPolicyDoesNothingAndAShadowCounts) {
  config::CorsPolicy policy = allow(Kind::Exact, "*");
  policy.filter_enabled = config::Fraction{0, 100};
  onHost(policy);
  from("http://a.test");
  preflight();
  EXPECT_EQ(pass(), FilterStatus::Continue);
  EXPECT_EQ(counted(HttpStat::cors_origin_valid), 0u);
  policy.shadow_enabled = config::Fraction{100, 100};
  onHost(policy);
  EXPECT_EQ(pass(), FilterStatus::Continue);
  EXPECT_EQ(responseField("access-control-allow-origin"), "(absent)");
  EXPECT_EQ(counted(HttpStat::cors_origin_valid), 1u);
}

}  // namespace
}  // namespace convoy::worker
