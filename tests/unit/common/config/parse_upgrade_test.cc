// upgrade_configs, connect_matcher and local_ratelimit of routes and connection managers.
#include "tests/unit/common/config/route_fixture.h"

namespace convoy::config {
namespace {

using testing::HasSubstr;

TEST_F(RouteConfigTest, UpgradeTypesAreReadInAnyCase) {
  loadAction(
      "upgrade_configs: [{upgrade_type: WebSocket}, {upgrade_type: SPDY/3.1}, {upgrade_type: Gone, "
      "enabled: false}]");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(action().upgrades, (std::vector<std::string>{"websocket", "spdy/3.1"}));
  EXPECT_EQ(action().upgrades_disabled, std::vector<std::string>{"gone"});
}

TEST_F(RouteConfigTest, WhatIsNoUpgradeIsRefused) {
  loadAction("upgrade_configs: [{upgrade_type: h2c}]");
  EXPECT_THAT(messages_, HasSubstr("past this proxy unseen"));
  loadAction("upgrade_configs: [{upgrade_type: \"a b\"}]");
  EXPECT_THAT(messages_, HasSubstr("no name of a protocol"));
  loadAction("upgrade_configs: [{upgrade_type: CONNECT-UDP}]");
  EXPECT_THAT(messages_, HasSubstr("E0201"));
}

TEST_F(RouteConfigTest, ConnectEndsHereIfItsRouteSaysSo) {
  loadHost(
      "routes: [{match: {connect_matcher: {}}, route: {cluster: up, upgrade_configs: "
      "[{upgrade_type: CONNECT, connect_config: {}}]}}]");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(route().match.path_kind, RouteMatch::Path::Connect);
  EXPECT_TRUE(action().connect_to_raw);
  EXPECT_EQ(action().upgrades, std::vector<std::string>{"connect"});
}

TEST_F(RouteConfigTest, OtherUpgradesHaveNoConnectConfigAndPostIsNotDoneYet) {
  loadAction("upgrade_configs: [{upgrade_type: websocket, connect_config: {}}]");
  EXPECT_THAT(messages_, HasSubstr("connect_config is for upgrade_type: CONNECT"));
  loadAction("upgrade_configs: [{upgrade_type: CONNECT, connect_config: {allow_post: true}}]");
  EXPECT_THAT(messages_, HasSubstr("E0201"));
}

const char kRateType[] =
    "\"@type\": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3."
    "LocalRateLimit, ";

TEST_F(RouteConfigTest, ARateLimitIsRead) {
  loadManager("", "virtual_hosts: [{name: all, domains: ['*']}]",
              std::string("{name: rate, typed_config: {") + kRateType +
                  "stat_prefix: edge, status: {code: ServiceUnavailable}, token_bucket: "
                  "{max_tokens: 7, fill_interval: 1s}, filter_enabled: {default_value: {numerator: "
                  "50}}}}, {name: envoy.filters.http.router}");
  ASSERT_TRUE(ok()) << messages_;
  const auto& filters = result_.bootstrap->listeners[0].http()->http_filters;
  const auto& rate = std::get<RateLimitFilter>(*filters.at(0).settings);
  EXPECT_EQ(rate.status, 503);
  EXPECT_EQ(rate.bucket->max_tokens, 7u);
  EXPECT_EQ(rate.enabled.numerator, 50u);
  EXPECT_EQ(rate.enforced.numerator, 0u);
}

TEST_F(RouteConfigTest, ARateLimitByDescriptorsIsNotDoneYet) {
  loadManager("", "virtual_hosts: [{name: all, domains: ['*']}]",
              std::string("{name: rate, typed_config: {") + kRateType +
                  "stat_prefix: edge, status: {code: 200}, descriptors: [{entries: [{key: a, "
                  "value: b}]}]}}, {name: envoy.filters.http.router}");
  EXPECT_THAT(messages_, HasSubstr("E0201"));
  EXPECT_THAT(messages_, HasSubstr("429 is sent"));
}

TEST_F(RouteConfigTest, ARateLimitOfARouteNeedsABucket) {
  loadManager("",
              std::string("virtual_hosts: [{name: all, domains: ['*'], typed_per_filter_config: "
                          "{rate: {") +
                  kRateType + "stat_prefix: host}}}]",
              std::string("{name: rate, typed_config: {") + kRateType +
                  "stat_prefix: edge}}, {name: envoy.filters.http.router}");
  EXPECT_THAT(messages_, HasSubstr("needs a token_bucket of its own"));
}

}  // namespace
}  // namespace convoy::config
