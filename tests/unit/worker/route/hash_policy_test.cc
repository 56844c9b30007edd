#include "worker/route/hash_policy.h"

#include <bit>

#include <gtest/gtest.h>

#include "common/base/hash.h"

namespace convoy::worker {
namespace {

using base::xxHash64;
using config::HashPolicy;

class HashPolicyTest : public ::testing::Test {
 protected:
  static HashPolicy policy(HashPolicy::Kind kind, const std::string& name = "") {
    HashPolicy out;
    out.kind = kind;
    out.name = name;
    return out;
  }
  std::optional<uint64_t> hash(const std::vector<HashPolicy>& policies) {
    return hashOf(policies, {request_, remote_, peer_, local_}, arena_, cookies_);
  }

  http::RequestHead request_;
  net::Address remote_ = net::Address::fromIp("192.0.2.7", 1).value();
  net::Address peer_ = net::Address::fromIp("127.0.0.1", 4000).value();
  net::Address local_ = net::Address::fromIp("127.0.0.1", 80).value();
  base::Arena arena_;
  std::vector<std::string_view> cookies_;
};

TEST_F(HashPolicyTest, AFieldThatIsThereIsHashed) {
  EXPECT_EQ(hash({policy(HashPolicy::Kind::Header, "x-user")}), std::nullopt);
  request_.headers.add("x-user", "abc");
  EXPECT_EQ(hash({policy(HashPolicy::Kind::Header, "x-user")}), xxHash64("abc"));
}

TEST_F(HashPolicyTest, SeveralFieldsOfANameCountInAnyOrder) {
  request_.headers.add("x-user", "b");
  request_.headers.add("x-user", "a");
  EXPECT_EQ(hash({policy(HashPolicy::Kind::Header, "x-user")}), 0x76d9a1916ddca8e6u);
}

TEST_F(HashPolicyTest, ThePathIsAFieldTooAndMayBeRewrittenFirst) {
  request_.path = "/users/7/cart";
  HashPolicy by_user = policy(HashPolicy::Kind::Header, ":path");
  by_user.regex_rewrite = {base::Regex::compile("^/users/([0-9]+)/.*$").value(), "\\1"};
  EXPECT_EQ(hash({by_user}), xxHash64("7"));
}

TEST_F(HashPolicyTest, TheAddressOfTheClientIsHashedWithoutItsPort) {
  EXPECT_EQ(hash({policy(HashPolicy::Kind::SourceIp)}), xxHash64("192.0.2.7"));
  EXPECT_EQ(hashOfIp(net::Address::fromUnixPath("/run/x").value()), std::nullopt);
}

TEST_F(HashPolicyTest, AQueryParameterIsHashed) {
  request_.path = "/?a=1&user=abc";
  EXPECT_EQ(hash({policy(HashPolicy::Kind::QueryParameter, "user")}), xxHash64("abc"));
  EXPECT_EQ(hash({policy(HashPolicy::Kind::QueryParameter, "none")}), std::nullopt);
}

TEST_F(HashPolicyTest, ACookieIsHashedWithoutItsQuotes) {
  request_.headers.add(http::HeaderId::Cookie, "other=1; session=\"abc\"");
  EXPECT_EQ(hash({policy(HashPolicy::Kind::Cookie, "session")}), xxHash64("abc"));
  EXPECT_EQ(hash({policy(HashPolicy::Kind::Cookie, "sess")}), std::nullopt);
  EXPECT_TRUE(cookies_.empty());
}

TEST_F(HashPolicyTest, AMissingCookieIsMadeWhereItHasATimeToLive) {
  HashPolicy session = policy(HashPolicy::Kind::Cookie, "session");
  session.ttl_s = 60;
  session.path = "/app";
  session.attributes = {{"SameSite", "Strict"}, {"Secure", ""}};
  const auto first = hash({session});
  ASSERT_EQ(cookies_.size(), 1u);
  const std::string made(cookies_[0]);
  EXPECT_EQ(made.substr(0, 9), "session=\"");
  EXPECT_EQ(made.substr(25), "\"; Max-Age=60; Path=/app; SameSite=Strict; Secure; HttpOnly");
  EXPECT_EQ(first, xxHash64(made.substr(9, 16)));
  // The next request of the client brings it: the same host.
  request_.headers.add(http::HeaderId::Cookie, arena_.copy("session=" + made.substr(9, 16)));
  EXPECT_EQ(hash({session}), first);
  EXPECT_EQ(cookies_.size(), 1u);
}

TEST_F(HashPolicyTest, ACookieOfASessionHasNoMaxAge) {
  HashPolicy session = policy(HashPolicy::Kind::Cookie, "s");
  session.ttl_s = 0;
  hash({session});
  EXPECT_EQ(std::string(cookies_.at(0)).substr(19), "\"; HttpOnly");
}

TEST_F(HashPolicyTest, PoliciesAddUpUntilATerminalOneHasFoundSomething) {
  request_.headers.add("a", "1");
  request_.headers.add("b", "2");
  HashPolicy a = policy(HashPolicy::Kind::Header, "a"), b = policy(HashPolicy::Kind::Header, "b");
  HashPolicy none = policy(HashPolicy::Kind::Header, "none");
  EXPECT_EQ(hash({a, b}), std::rotl(xxHash64("1"), 1) ^ xxHash64("2"));
  EXPECT_NE(hash({a, a}), 0u);
  a.terminal = none.terminal = true;
  EXPECT_EQ(hash({none, a, b}), xxHash64("1"));
}

}  // namespace
}  // namespace convoy::worker
