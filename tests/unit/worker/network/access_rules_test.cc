// Rules on a connection, before there is any request; those on requests: filters/rbac_test.cc.
#include "worker/network/access_rules.h"

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

using config::RbacRule;
using config::RbacRules;
using Kind = RbacRule::Kind;

class AccessRulesTest : public ::testing::Test {
 protected:
  static RbacRule rule(Kind kind) {
    RbacRule out;
    out.kind = kind;
    return out;
  }
  static RbacRule named(Kind kind, const std::string& text) {
    RbacRule out = rule(kind);
    out.text = base::StringMatcher::make(base::StringMatcher::Kind::Exact, text).value();
    return out;
  }
  bool allowed(const RbacRule& permission, const RbacRule& principal) {
    RbacRules rules;
    rules.policies.push_back({"one", {permission}, {principal}});
    return judge(rules, facts_).allowed;
  }

  net::Address peer_ = net::Address::fromIp("10.1.2.3", 4000).value();
  net::Address local_ = net::Address::fromIp("127.0.0.1", 8443).value();
  AccessFacts facts_{&peer_, &peer_, &local_};
};

TEST_F(AccessRulesTest, TheNameThatTlsAsksForIsLookedAt) {
  facts_.server_name = "a.example";
  EXPECT_TRUE(allowed(named(Kind::ServerName, "a.example"), rule(Kind::Any)));
  EXPECT_FALSE(allowed(named(Kind::ServerName, "b.example"), rule(Kind::Any)));
}

TEST_F(AccessRulesTest, WithoutARequestNoRuleOnOneHolds) {
  EXPECT_FALSE(allowed(named(Kind::UrlPath, "/"), rule(Kind::Any)));
}

TEST_F(AccessRulesTest, PlainBytesAuthenticateNobody) {
  EXPECT_FALSE(allowed(rule(Kind::Any), rule(Kind::Authenticated)));
}

TEST_F(AccessRulesTest, ASocketFileHasNeitherAddressNorPort) {
  const net::Address file = net::Address::fromUnixPath("/run/a.sock").value();
  facts_ = {&file, &file, &file};
  RbacRule range = rule(Kind::RemoteIp);
  range.range = {"0.0.0.0", 0, std::string(4, '\0')};
  EXPECT_FALSE(allowed(rule(Kind::Any), range));
  RbacRule ports = rule(Kind::DestinationPorts);
  ports.port_first = 1;
  ports.port_end = 65536;
  EXPECT_FALSE(allowed(ports, rule(Kind::Any)));
}

TEST_F(AccessRulesTest, NoPolicyAllowsNobodyAndDeniesNobody) {
  RbacRules rules;
  EXPECT_FALSE(judge(rules, facts_).allowed);
  rules.action = RbacRules::Action::Deny;
  EXPECT_TRUE(judge(rules, facts_).allowed);
}

}  // namespace
}  // namespace convoy::worker
