#include "worker/filters/rbac.h"

#include "tests/unit/worker/filters/filter_fixture.h"
#include "worker/network/access_rules.h"

namespace convoy::worker {
namespace {

using config::RbacRule;
using config::RbacRules;
using Kind = RbacRule::Kind;
using stats::HttpStat;

class RbacTest : public FilterFixture {
 protected:
  RbacTest() {
    record_.downstream_direct_remote = &peer_;
    record_.downstream_remote = &remote_;
    record_.downstream_local = &local_;
    request_.path = "/admin/users?x=1";
    context_.record = &record_;
  }
  static RbacRule rule(Kind kind, std::vector<RbacRule> members = {}) {
    RbacRule out;
    out.kind = kind;
    out.members = std::move(members);
    return out;
  }
  static RbacRule path(const std::string& prefix) {
    RbacRule out = rule(Kind::UrlPath);
    out.text = base::StringMatcher::make(base::StringMatcher::Kind::Prefix, prefix).value();
    return out;
  }
  static RbacRule range(Kind kind, const std::string& address, uint32_t bits) {
    RbacRule out = rule(kind);
    out.range = {address, bits, std::string(net::Address::fromIp(address, 0)->octets())};
    return out;
  }
  static RbacRules rules(RbacRules::Action action, RbacRule permission, RbacRule principal) {
    RbacRules out;
    out.action = action;
    out.policies.push_back({"a policy", {std::move(permission)}, {std::move(principal)}});
    return out;
  }
  bool allowed(RbacRule permission, RbacRule principal) {
    return judge(rules(RbacRules::Action::Allow, std::move(permission), std::move(principal)),
                 facts())
        .allowed;
  }
  AccessFacts facts() {
    AccessFacts out;
    out.remote = &remote_;
    out.direct_remote = &peer_;
    out.local = &local_;
    out.request = &request_;
    return out;
  }

  net::Address peer_ = net::Address::fromIp("10.1.2.3", 4000).value();
  net::Address remote_ = net::Address::fromIp("192.0.2.9", 1).value();
  net::Address local_ = net::Address::fromIp("127.0.0.1", 8080).value();
  Record record_;
};

TEST_F(RbacTest, APolicyNeedsAPermissionAndAPrincipal) {
  EXPECT_TRUE(allowed(rule(Kind::Any), rule(Kind::Any)));
  EXPECT_FALSE(allowed(path("/other"), rule(Kind::Any)));
  EXPECT_FALSE(allowed(rule(Kind::Any), rule(Kind::Not, {rule(Kind::Any)})));
}

TEST_F(RbacTest, PathsAddressesAndPortsAreLookedAt) {
  EXPECT_TRUE(allowed(path("/admin"), rule(Kind::Any)));
  EXPECT_TRUE(allowed(rule(Kind::Any), range(Kind::DirectRemoteIp, "10.0.0.0", 8)));
  EXPECT_FALSE(allowed(rule(Kind::Any), range(Kind::RemoteIp, "10.0.0.0", 8)));
  EXPECT_TRUE(allowed(rule(Kind::Any), range(Kind::RemoteIp, "192.0.2.0", 24)));
  EXPECT_TRUE(allowed(range(Kind::DestinationIp, "127.0.0.1", 32), rule(Kind::Any)));
  RbacRule ports = rule(Kind::DestinationPorts);
  ports.port_first = 8080;
  ports.port_end = 8081;
  EXPECT_TRUE(allowed(ports, rule(Kind::Any)));
  ports.port_end = 8080;
  EXPECT_FALSE(allowed(ports, rule(Kind::Any)));
}

TEST_F(RbacTest, SetsAndNegationsCombine) {
  EXPECT_TRUE(allowed(rule(Kind::And, {path("/a"), path("/admin")}), rule(Kind::Any)));
  EXPECT_FALSE(allowed(rule(Kind::And, {path("/a"), path("/b")}), rule(Kind::Any)));
  EXPECT_TRUE(allowed(rule(Kind::Or, {path("/b"), path("/a")}), rule(Kind::Any)));
  EXPECT_FALSE(allowed(rule(Kind::Not, {path("/a")}), rule(Kind::Any)));
}

TEST_F(RbacTest, WithoutTlsNobodyIsAuthenticated) {
  EXPECT_FALSE(allowed(rule(Kind::Any), rule(Kind::Authenticated)));
}

TEST_F(RbacTest, DenyRefusesWhatMatchesAndLogRefusesNothing) {
  const auto any = rule(Kind::Any);
  EXPECT_FALSE(judge(rules(RbacRules::Action::Deny, any, any), facts()).allowed);
  EXPECT_TRUE(judge(rules(RbacRules::Action::Deny, path("/x"), any), facts()).allowed);
  EXPECT_TRUE(judge(rules(RbacRules::Action::Log, any, any), facts()).allowed);
  EXPECT_TRUE(judge(rules(RbacRules::Action::Log, path("/x"), any), facts()).allowed);
}

TEST_F(RbacTest, ARefusalNamesThePolicyAndCounts) {
  config::RbacFilter filter;
  filter.rules = rules(RbacRules::Action::Deny, rule(Kind::Any), rule(Kind::Any));
  filter.shadow_rules = rules(RbacRules::Action::Allow, path("/x"), rule(Kind::Any));
  config::HttpFilter config;
  config.settings = std::make_shared<const config::FilterSettings>(filter);
  EXPECT_EQ(RbacFilter(config).decodeHeaders(context_, true), FilterStatus::Refuse);
  EXPECT_EQ(context_.status, 403);
  EXPECT_EQ(context_.body, "RBAC: access denied");
  EXPECT_EQ(context_.details, "rbac_access_denied_matched_policy[a_policy]");
  EXPECT_EQ(counted(HttpStat::rbac_denied), 1u);
  EXPECT_EQ(counted(HttpStat::rbac_shadow_denied), 1u);
}

TEST_F(RbacTest, ARouteMayHaveOtherRules) {
  config::RbacFilter strict, open;
  strict.rules = RbacRules{};  // allows nobody
  open.rules = rules(RbacRules::Action::Allow, rule(Kind::Any), rule(Kind::Any));
  config::HttpFilter config;
  config.name = "rbac";
  config.settings = std::make_shared<const config::FilterSettings>(strict);
  EXPECT_EQ(RbacFilter(config).decodeHeaders(context_, true), FilterStatus::Refuse);
  route_.filters.push_back({"rbac", false, std::make_shared<const config::FilterSettings>(open)});
  EXPECT_EQ(RbacFilter(config).decodeHeaders(context_, true), FilterStatus::Continue);
}

}  // namespace
}  // namespace convoy::worker
