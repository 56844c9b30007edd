// grpc_stats and grpc_http1_bridge as the configuration has them.
#include "tests/unit/common/config/route_fixture.h"

namespace convoy::config {
namespace {

using ::testing::HasSubstr;

class GrpcFilterConfigTest : public RouteConfigTest {
 protected:
  void loadFilter(const std::string& name, const std::string& type, const std::string& fields) {
    loadManager("",
                "virtual_hosts: [{name: all, domains: ['*'], routes: [{match: {prefix: /}, route: "
                "{cluster: up}}]}]",
                "{name: " + name + ", typed_config: {'@type': type.googleapis.com/" + type +
                    (fields.empty() ? "" : ", ") + fields +
                    "}}, {name: envoy.filters.http.router}");
  }
  void loadStats(const std::string& fields) {
    loadFilter("envoy.filters.http.grpc_stats",
               "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig", fields);
  }
  const HttpFilter& filter() const { return manager().http_filters.at(0); }
  const GrpcStatsFilter& stats() const { return std::get<GrpcStatsFilter>(*filter().settings); }
};

TEST_F(GrpcFilterConfigTest, TheMethodsOfAnAllowlist) {
  loadStats(
      "individual_method_stats_allowlist: {services: [{name: a.B, method_names: [One, Two, One]},"
      " {name: C, method_names: [One]}]}, enable_upstream_stats: true, stats_for_all_methods: "
      "false");
  EXPECT_THAT(messages_, HasSubstr("exclude each other"));
  loadStats(
      "individual_method_stats_allowlist: {services: [{name: a.B, method_names: [One, Two, One]},"
      " {name: C, method_names: [One]}]}, enable_upstream_stats: true");
  ASSERT_TRUE(ok()) << messages_;
  ASSERT_EQ(stats().methods.size(), 3u);
  EXPECT_EQ(stats().methods[1].service, "a.B");
  EXPECT_EQ(stats().methods[1].name, "Two");
  EXPECT_EQ(stats().methods[2].service, "C");
  EXPECT_TRUE(stats().upstream_time);
}

TEST_F(GrpcFilterConfigTest, WithoutAListAllMethodsCountTogether) {
  for (const char* fields : {"", "stats_for_all_methods: false", "emit_filter_state: false"}) {
    loadStats(fields);
    ASSERT_TRUE(ok()) << messages_;
    EXPECT_TRUE(stats().methods.empty());
    EXPECT_EQ(messages_, "");
  }
}

TEST_F(GrpcFilterConfigTest, CountersForWhateverAClientNamesAreRefused) {
  loadStats("stats_for_all_methods: true");
  EXPECT_FALSE(ok());
  EXPECT_THAT(messages_, HasSubstr("E0201"));
  EXPECT_THAT(messages_, HasSubstr("individual_method_stats_allowlist"));
}

TEST_F(GrpcFilterConfigTest, AServiceHasANameAndMethods) {
  loadStats("individual_method_stats_allowlist: {services: [{name: a}]}");
  EXPECT_THAT(messages_, HasSubstr("method_names"));
  loadStats("individual_method_stats_allowlist: {services: [{method_names: [M]}]}");
  EXPECT_THAT(messages_, HasSubstr("name"));
  EXPECT_FALSE(ok());
}

TEST_F(GrpcFilterConfigTest, TheStateThatNobodyReadsIsSaid) {
  loadStats("emit_filter_state: true");
  EXPECT_TRUE(ok()) << messages_;
  EXPECT_THAT(messages_, HasSubstr("FILTER_STATE"));
}

TEST_F(GrpcFilterConfigTest, TheBridge) {
  loadFilter("bridge", "envoy.extensions.filters.http.grpc_http1_bridge.v3.Config",
             "upgrade_protobuf_to_grpc: true, ignore_query_parameters: true");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(filter().kind, HttpFilter::Kind::GrpcBridge);
  const auto& bridge = std::get<GrpcBridgeFilter>(*filter().settings);
  EXPECT_TRUE(bridge.upgrade_protobuf);
  EXPECT_TRUE(bridge.ignore_query);
  loadManager("", "virtual_hosts: []",
              "{name: envoy.grpc_http1_bridge}, {name: envoy.filters.http.router}");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(filter().kind, HttpFilter::Kind::GrpcBridge);
}

// Many filters call their message Config.
TEST_F(GrpcFilterConfigTest, AMessageOfTheSameNameIsNotTakenForThem) {
  for (const std::string of : {"header_to_metadata.v3.Config", "lua.v3.Config",
                               "grpc_http1_reverse_bridge.v3.FilterConfig"}) {
    loadFilter("other", "envoy.extensions.filters.http." + of, "");
    EXPECT_FALSE(ok());
    EXPECT_THAT(messages_, HasSubstr("other")) << of;
  }
  loadFilter("old", "envoy.config.filter.http.grpc_stats.v2alpha.FilterConfig", "");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(filter().kind, HttpFilter::Kind::GrpcStats);
}

}  // namespace
}  // namespace convoy::config
