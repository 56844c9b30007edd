#include "tests/unit/common/config/route_fixture.h"

namespace convoy::config {
namespace {

using testing::HasSubstr;

TEST_F(RouteConfigTest, HashPoliciesAreReadInOrder) {
  loadAction(
      "hash_policy: [{header: {header_name: X-User}, terminal: true},"
      " {cookie: {name: c, ttl: 60s, path: /, attributes: [{name: SameSite, value: Lax}]}},"
      " {connection_properties: {source_ip: true}}, {query_parameter: {name: q}}]");
  ASSERT_TRUE(ok()) << messages_;
  const auto& policies = action().hash_policy;
  ASSERT_EQ(policies.size(), 4u);
  EXPECT_EQ(policies[0].name, "x-user");
  EXPECT_TRUE(policies[0].terminal);
  EXPECT_EQ(policies[1].kind, HashPolicy::Kind::Cookie);
  EXPECT_EQ(policies[1].ttl_s, 60u);
  EXPECT_EQ(policies[1].attributes.at(0).second, "Lax");
  EXPECT_EQ(policies[2].kind, HashPolicy::Kind::SourceIp);
  EXPECT_EQ(policies[3].kind, HashPolicy::Kind::QueryParameter);
}

TEST_F(RouteConfigTest, AHashPolicyThatHashesNothingIsRefused) {
  loadAction("hash_policy: [{terminal: true}, {connection_properties: {}}]");
  EXPECT_THAT(messages_, HasSubstr("a hash policy needs header"));
  EXPECT_THAT(messages_, HasSubstr("source_ip: true"));
}

TEST_F(RouteConfigTest, ACookieThatWouldBreakItsFieldIsRefused) {
  loadAction("hash_policy: [{cookie: {name: c, ttl: 0s, path: \"/; Domain=x\"}}]");
  EXPECT_THAT(messages_, HasSubstr("cannot be part of a cookie"));
}

TEST_F(RouteConfigTest, FilterStateIsNotHashedYet) {
  loadAction("hash_policy: [{filter_state: {key: k}}]");
  EXPECT_THAT(messages_, HasSubstr("E0201"));
}

}  // namespace
}  // namespace convoy::config
