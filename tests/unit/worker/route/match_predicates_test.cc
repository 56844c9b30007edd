#include "worker/route/match_predicates.h"

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

using config::HeaderMatcher;
using config::QueryParameterMatcher;
using StringKind = base::StringMatcher::Kind;

base::StringMatcher string(StringKind kind, const std::string& pattern) {
  return base::StringMatcher::make(kind, pattern).value();
}

HeaderMatcher header(const std::string& name, StringKind kind, const std::string& pattern) {
  HeaderMatcher matcher;
  matcher.name = name;
  matcher.kind = HeaderMatcher::Kind::String;
  matcher.string = string(kind, pattern);
  return matcher;
}

HeaderMatcher range(int64_t start, int64_t end) {
  HeaderMatcher matcher;
  matcher.name = "x";
  matcher.kind = HeaderMatcher::Kind::Range;
  matcher.range_start = start;
  matcher.range_end = end;
  return matcher;
}

bool matches(const HeaderMatcher& matcher, std::initializer_list<std::string_view> values) {
  http::RequestHead head;
  for (const auto value : values) head.headers.add("x", value);
  return matchesHeader(matcher, head);
}

TEST(HeaderMatcher, StringsMatchInEveryWay) {
  EXPECT_TRUE(matches(header("x", StringKind::Exact, "ab"), {"ab"}));
  EXPECT_FALSE(matches(header("x", StringKind::Exact, "ab"), {"abc"}));
  EXPECT_TRUE(matches(header("x", StringKind::Prefix, "ab"), {"abc"}));
  EXPECT_TRUE(matches(header("x", StringKind::Suffix, "bc"), {"abc"}));
  EXPECT_TRUE(matches(header("x", StringKind::Contains, "b"), {"abc"}));
  EXPECT_TRUE(matches(header("x", StringKind::Regex, "a.c"), {"abc"}));
  EXPECT_FALSE(matches(header("x", StringKind::Regex, "a."), {"abc"}));
}

TEST(HeaderMatcher, OfSeveralFieldsOneIsEnough) {
  EXPECT_TRUE(matches(header("x", StringKind::Exact, "a"), {"a", "b"}));
  EXPECT_TRUE(matches(header("x", StringKind::Exact, "b"), {"a", "b"}));
  EXPECT_FALSE(matches(header("x", StringKind::Exact, "a,b"), {"a", "b"}));
  HeaderMatcher inverted = header("x", StringKind::Exact, "b");
  inverted.invert_match = true;
  EXPECT_FALSE(matches(inverted, {"a", "b"}));
  EXPECT_TRUE(matches(inverted, {"a", "c"}));
}

TEST(HeaderMatcher, PresenceCanBeWantedUnwantedAndInverted) {
  HeaderMatcher present;
  present.name = "x";
  EXPECT_TRUE(matches(present, {""}));
  EXPECT_FALSE(matches(present, {}));
  present.present = false;
  EXPECT_TRUE(matches(present, {}));
  present.invert_match = true;
  EXPECT_FALSE(matches(present, {}));
}

TEST(HeaderMatcher, AMissingFieldMatchesNothingUnlessItCountsAsEmpty) {
  HeaderMatcher inverted = header("x", StringKind::Exact, "a");
  inverted.invert_match = true;
  EXPECT_TRUE(matches(inverted, {"b"}));
  EXPECT_FALSE(matches(inverted, {}));
  inverted.treat_missing_as_empty = true;
  EXPECT_TRUE(matches(inverted, {}));
}

TEST(HeaderMatcher, RangesAreHalfOpenAndOnlyForNumbers) {
  EXPECT_TRUE(matches(range(-5, 10), {"-5"}));
  EXPECT_TRUE(matches(range(-5, 10), {" 9 "}));
  EXPECT_FALSE(matches(range(-5, 10), {"10"}));
  EXPECT_FALSE(matches(range(-5, 10), {"7x"}));
  EXPECT_FALSE(matches(range(-5, 10), {""}));
  EXPECT_FALSE(matches(range(0, 10), {"99999999999999999999"}));
}

TEST(HeaderMatcher, PseudoHeadersAndFramingFieldsHaveValues) {
  http::RequestHead head;
  head.method_name = "POST";
  head.path = "/a?b";
  head.authority = "h:1";
  head.body = http::BodyKind::Length;
  head.content_length = 7;
  head.upgrade = "websocket";
  EXPECT_TRUE(matchesHeader(header(":method", StringKind::Exact, "POST"), head));
  EXPECT_TRUE(matchesHeader(header(":path", StringKind::Exact, "/a?b"), head));
  EXPECT_TRUE(matchesHeader(header(":authority", StringKind::Prefix, "h"), head));
  EXPECT_TRUE(matchesHeader(header("host", StringKind::Exact, "h:1"), head));
  EXPECT_TRUE(matchesHeader(header("content-length", StringKind::Exact, "7"), head));
  EXPECT_TRUE(matchesHeader(header("upgrade", StringKind::Exact, "websocket"), head));
}

TEST(QueryParameterMatcher, TheFirstValueCounts) {
  QueryParameterMatcher matcher;
  matcher.name = "a";
  matcher.string = string(StringKind::Exact, "1");
  EXPECT_TRUE(matchesQueryParameter(matcher, "b=2&a=1&a=2"));
  EXPECT_FALSE(matchesQueryParameter(matcher, "a=2&a=1"));
  EXPECT_FALSE(matchesQueryParameter(matcher, "aa=1"));
  EXPECT_FALSE(matchesQueryParameter(matcher, ""));
}

TEST(QueryParameterMatcher, PresenceNeedsNoValue) {
  QueryParameterMatcher matcher;
  matcher.name = "debug";
  matcher.present_only = true;
  EXPECT_TRUE(matchesQueryParameter(matcher, "x&debug"));
  EXPECT_TRUE(matchesQueryParameter(matcher, "debug="));
  EXPECT_FALSE(matchesQueryParameter(matcher, "debugger"));
  matcher.present = false;
  EXPECT_TRUE(matchesQueryParameter(matcher, "x=1"));
}

TEST(MatchedPath, ParametersOfSegmentsCountOnlyIfNotIgnored) {
  config::RouteConfiguration configuration;
  http::RequestHead head;
  head.path = "/a;x=1/b;y?z=;";
  EXPECT_EQ(matchedPath(configuration, head), "/a;x=1/b;y");
  configuration.ignore_path_parameters = true;
  EXPECT_EQ(matchedPath(configuration, head), "/a/b");
  head.path = "/a/b";
  EXPECT_EQ(matchedPath(configuration, head), "/a/b");
}

TEST(MatchedHost, ThePortCountsOnlyIfNotIgnored) {
  config::RouteConfiguration configuration;
  http::RequestHead head;
  head.authority = "a.test:80";
  EXPECT_EQ(matchedHost(configuration, head), "a.test:80");
  configuration.ignore_port_in_host_matching = true;
  EXPECT_EQ(matchedHost(configuration, head), "a.test");
}

TEST(CookieMatcher, AMissingCookieMatchesOnlyInverted) {
  config::CookieMatcher matcher;
  matcher.name = "beta";
  matcher.string = string(StringKind::Exact, "1");
  http::RequestHead head;
  EXPECT_FALSE(matchesCookie(matcher, head));
  head.headers.add(http::HeaderId::Cookie, "a=2; beta=\"1\"");
  EXPECT_TRUE(matchesCookie(matcher, head));
  matcher.invert_match = true;
  EXPECT_FALSE(matchesCookie(matcher, head));
}

}  // namespace
}  // namespace convoy::worker
