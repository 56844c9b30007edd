// Network filters before the last one of a chain.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/load.h"

namespace convoy::config {
namespace {

using testing::HasSubstr;

class NetworkFilterTest : public ::testing::Test {
 protected:
  void loadFilters(const std::string& filters) {
    const std::string yaml =
        "static_resources:\n"
        "  listeners:\n"
        "  - name: front\n"
        "    address: {socket_address: {address: 127.0.0.1, port_value: 80}}\n"
        "    filter_chains:\n"
        "    - filters: [" +
        filters + ", {name: envoy.filters.network.echo}]\n";
    result_ = load({Source{"test.yaml", yaml, Source::Format::Yaml}}, {});
    messages_.clear();
    for (const Diagnostic& d : result_.diagnostics) messages_ += render(d);
  }
  static std::string filter(const std::string& name, const std::string& message,
                            const std::string& fields) {
    return "{name: envoy.filters.network." + name +
           ", typed_config: {\"@type\": type.googleapis.com/envoy.extensions.filters.network." +
           message + ", " + fields + "}}";
  }
  template <typename T>
  const T& only() {
    return std::get<T>(result_.bootstrap->listeners.at(0).filter_chain.filters.at(0));
  }
  bool ok() const { return result_.bootstrap != nullptr; }

  LoadResult result_;
  std::string messages_;
};

TEST_F(NetworkFilterTest, AConnectionLimitIsRead) {
  loadFilters(filter("connection_limit", "connection_limit.v3.ConnectionLimit",
                     "stat_prefix: a, max_connections: 5, delay: 1s, runtime_enabled: "
                     "{default_value: false, runtime_key: k}"));
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(only<ConnectionLimit>().max_connections, 5u);
  EXPECT_EQ(only<ConnectionLimit>().delay_ms, 1000u);
  EXPECT_FALSE(only<ConnectionLimit>().enabled);
}

TEST_F(NetworkFilterTest, ARateIsRead) {
  loadFilters(filter("local_ratelimit", "local_ratelimit.v3.LocalRateLimit",
                     "stat_prefix: a, share_key: k, token_bucket: {max_tokens: 9, "
                     "tokens_per_fill: 3, fill_interval: 2s}"));
  ASSERT_TRUE(ok()) << messages_;
  const TokenBucket& bucket = only<ConnectionRate>().bucket;
  EXPECT_EQ(bucket.max_tokens, 9u);
  EXPECT_EQ(bucket.tokens_per_fill, 3u);
  EXPECT_EQ(bucket.fill_interval_ms, 2000u);
  EXPECT_EQ(only<ConnectionRate>().share_key, "k");
}

TEST_F(NetworkFilterTest, ABucketThatNeverFillsIsRefused) {
  loadFilters(filter("local_ratelimit", "local_ratelimit.v3.LocalRateLimit",
                     "stat_prefix: a, token_bucket: {max_tokens: 0, tokens_per_fill: 0, "
                     "fill_interval: 0.01s}"));
  EXPECT_THAT(messages_, HasSubstr("max_tokens is at least 1"));
  EXPECT_THAT(messages_, HasSubstr("tokens_per_fill is at least 1"));
  EXPECT_THAT(messages_, HasSubstr("fill_interval is at least 50ms"));
}

TEST_F(NetworkFilterTest, RulesAreReadAndThoseOnRequestsRefused) {
  const std::string any = "principals: [{any: true}]";
  loadFilters(
      filter("rbac", "rbac.v3.RBAC",
             "stat_prefix: a, rules: {policies: {p: {permissions: [{destination_port: 1}], " + any +
                 "}}}"));
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(only<NetworkRbac>().rules->policies.at(0).name, "p");
  loadFilters(filter("rbac", "rbac.v3.RBAC",
                     "stat_prefix: a, shadow_rules: {policies: {p: {permissions: [{not_rule: "
                     "{header: {name: x, present_match: true}}}], " +
                         any + "}}}"));
  EXPECT_THAT(messages_, HasSubstr("a connection has neither"));
  EXPECT_FALSE(ok());
}

TEST_F(NetworkFilterTest, RulesAskedForAllTheTimeAreAskedOnceAndSaidSo) {
  loadFilters(
      filter("rbac", "rbac.v3.RBAC", "stat_prefix: a, enforcement_type: CONTINUOUS, rules: {}"));
  EXPECT_TRUE(ok());
  EXPECT_THAT(messages_, HasSubstr("the rules are asked once"));
}

}  // namespace
}  // namespace convoy::config
