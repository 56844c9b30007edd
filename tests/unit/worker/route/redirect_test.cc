#include "tests/unit/worker/route/edit_fixture.h"
#include "worker/route/header_edits.h"

namespace convoy::worker {
namespace {

class RedirectTest : public EditTest {
 protected:
  RedirectTest() { route_.match.path = "/api"; }
  std::string location() { return std::string(redirectLocation(route_, head_, arena_)); }
  config::Route route_;
};

TEST_F(RedirectTest, OnlyWhatIsNamedChanges) {
  EXPECT_EQ(location(), "http://example.com/api/items?x=1");
  route_.redirect.scheme_redirect = "https";
  EXPECT_EQ(location(), "https://example.com/api/items?x=1");
  route_.redirect.host_redirect = "other.test";
  route_.redirect.port_redirect = 8443;
  EXPECT_EQ(location(), "https://other.test:8443/api/items?x=1");
}

TEST_F(RedirectTest, TheDefaultPortOfTheOldSchemeIsDropped) {
  route_.redirect.scheme_redirect = "https";
  head_.authority = "example.com:80";
  EXPECT_EQ(location(), "https://example.com/api/items?x=1");
  head_.authority = "[::1]:80";
  EXPECT_EQ(location(), "https://[::1]/api/items?x=1");
  head_.authority = "[::1]";
  EXPECT_EQ(location(), "https://[::1]/api/items?x=1");
  head_.authority = "example.com:8080";
  EXPECT_EQ(location(), "https://example.com:8080/api/items?x=1");
}

TEST_F(RedirectTest, APortStaysWithItsScheme) {
  head_.authority = "example.com:80";
  EXPECT_EQ(location(), "http://example.com:80/api/items?x=1");
}

TEST_F(RedirectTest, TheSchemeSeenByTheClientDecides) {
  route_.redirect.scheme_redirect = "https";
  head_.authority = "example.com:443";
  EXPECT_EQ(location(), "https://example.com:443/api/items?x=1");
  head_.headers.add(http::HeaderId::XForwardedProto, "https");
  route_.redirect.scheme_redirect = "http";
  EXPECT_EQ(location(), "http://example.com/api/items?x=1");
}

TEST_F(RedirectTest, ANewPortReplacesTheOld) {
  head_.authority = "example.com:8080";
  route_.redirect.port_redirect = 9090;
  EXPECT_EQ(location(), "http://example.com:9090/api/items?x=1");
}

TEST_F(RedirectTest, ANewPathKeepsTheQueryUnlessItHasItsOwn) {
  route_.redirect.path_redirect = "/new";
  EXPECT_EQ(location(), "http://example.com/new?x=1");
  route_.redirect.strip_query = true;
  EXPECT_EQ(location(), "http://example.com/new");
  route_.redirect.path_redirect = "/new?own=1";
  EXPECT_EQ(location(), "http://example.com/new?own=1");
}

TEST_F(RedirectTest, APrefixOrAnExpressionIsRewritten) {
  route_.redirect.prefix_rewrite = "/v2";
  EXPECT_EQ(location(), "http://example.com/v2/items?x=1");
  route_.redirect.prefix_rewrite.reset();
  route_.redirect.regex_rewrite = config::RegexRewrite{regex("^/api/(.*)$"), "/\\1/old"};
  EXPECT_EQ(location(), "http://example.com/items/old?x=1");
  route_.redirect.strip_query = true;
  EXPECT_EQ(location(), "http://example.com/items/old");
}

}  // namespace
}  // namespace convoy::worker
