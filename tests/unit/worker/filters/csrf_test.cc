#include "worker/filters/csrf.h"

#include "tests/unit/worker/filters/filter_fixture.h"

namespace convoy::worker {
namespace {

using stats::HttpStat;

class CsrfTest : public FilterFixture {
 protected:
  CsrfTest() {
    policy_.enabled = {100, 100};
    request_.method = http::Method::Post;
    request_.authority = "shop.example:8080";
  }
  FilterStatus ask() {
    config_.settings = std::make_shared<const config::FilterSettings>(policy_);
    return CsrfFilter(config_).decodeHeaders(context_, true);
  }
  config::CsrfPolicy policy_;
  config::HttpFilter config_;
};

TEST_F(CsrfTest, APageOfTheSameOriginMayChangeSomething) {
  request_.headers.add(http::HeaderId::Origin, "https://Shop.example:8080");
  EXPECT_EQ(ask(), FilterStatus::Continue);
  EXPECT_EQ(counted(HttpStat::csrf_request_valid), 1u);
}

TEST_F(CsrfTest, AnotherOriginMayNot) {
  request_.headers.add(http::HeaderId::Origin, "https://evil.example");
  EXPECT_EQ(ask(), FilterStatus::Refuse);
  EXPECT_EQ(context_.status, 403);
  EXPECT_EQ(context_.body, "Invalid origin");
  EXPECT_EQ(counted(HttpStat::csrf_request_invalid), 1u);
}

TEST_F(CsrfTest, WhoSaysNothingMayNotEither) {
  EXPECT_EQ(ask(), FilterStatus::Refuse);
  EXPECT_EQ(counted(HttpStat::csrf_missing_source_origin), 1u);
}

TEST_F(CsrfTest, TheRefererStandsInForTheOrigin) {
  request_.headers.add(http::HeaderId::Referer, "https://shop.example:8080/cart?x=1");
  EXPECT_EQ(ask(), FilterStatus::Continue);
}

TEST_F(CsrfTest, RequestsThatChangeNothingPass) {
  request_.method = http::Method::Get;
  EXPECT_EQ(ask(), FilterStatus::Continue);
}

TEST_F(CsrfTest, OtherOriginsCanBeAllowed) {
  policy_.additional_origins.push_back(
      base::StringMatcher::make(base::StringMatcher::Kind::Suffix, ".partner.example").value());
  request_.headers.add(http::HeaderId::Origin, "https://www.partner.example");
  EXPECT_EQ(ask(), FilterStatus::Continue);
}

TEST_F(CsrfTest, InTheShadowItIsOnlyCounted) {
  policy_.enabled = {0, 100};
  policy_.shadow = config::Fraction{100, 100};
  EXPECT_EQ(ask(), FilterStatus::Continue);
  EXPECT_EQ(counted(HttpStat::csrf_missing_source_origin), 1u);
}

TEST(HostAndPort, IsTheAuthorityOfAUrl) {
  EXPECT_EQ(hostAndPort("https://user@a.example:443/x"), "a.example:443");
  EXPECT_EQ(hostAndPort("http://a?x=://b"), "a");
  EXPECT_EQ(hostAndPort("null"), "null");
}

}  // namespace
}  // namespace convoy::worker
