#include "common/base/matcher.h"

#include <string>

#include <gtest/gtest.h>

namespace convoy::base {
namespace {

using Kind = StringMatcher::Kind;

bool matches(Kind kind, const char* pattern, std::string_view text, bool ignore_case = false) {
  auto matcher = StringMatcher::make(kind, pattern, ignore_case);
  EXPECT_TRUE(matcher.ok());
  return matcher->matches(text);
}

TEST(Matcher, EachKindMatchesItsPart) {
  EXPECT_TRUE(matches(Kind::Exact, "abc", "abc"));
  EXPECT_FALSE(matches(Kind::Exact, "abc", "abcd"));
  EXPECT_TRUE(matches(Kind::Prefix, "/api", "/api/v1"));
  EXPECT_FALSE(matches(Kind::Prefix, "/api", "/ap"));
  EXPECT_TRUE(matches(Kind::Suffix, ".com", "a.com"));
  EXPECT_FALSE(matches(Kind::Suffix, ".com", "com"));
  EXPECT_TRUE(matches(Kind::Contains, "ell", "hello"));
  EXPECT_FALSE(matches(Kind::Contains, "ell", "el l"));
  EXPECT_TRUE(matches(Kind::Regex, "[a-c]+", "abc"));
  EXPECT_FALSE(matches(Kind::Regex, "[a-c]+", "abcd"));  // the whole text
}

TEST(Matcher, CaseIsIgnoredOnlyWhereAsked) {
  for (const Kind kind : {Kind::Exact, Kind::Prefix, Kind::Suffix, Kind::Contains}) {
    EXPECT_FALSE(matches(kind, "HeLLo", "hEllO"));
    EXPECT_TRUE(matches(kind, "HeLLo", "hEllO", true));
    EXPECT_FALSE(matches(kind, "HeLLo", "hEllx", true));
    EXPECT_FALSE(matches(kind, "HeLLo", "hell", true));
  }
}

TEST(Matcher, TheEmptyPatternMatchesAsItsKindSays) {
  EXPECT_TRUE(StringMatcher().matches(""));
  EXPECT_FALSE(StringMatcher().matches("a"));
  for (const Kind kind : {Kind::Prefix, Kind::Suffix, Kind::Contains}) {
    EXPECT_TRUE(matches(kind, "", "anything"));
    EXPECT_TRUE(matches(kind, "", "", true));
  }
}

TEST(Matcher, ABadExpressionIsNamedWithItsReason) {
  auto matcher = StringMatcher::make(Kind::Regex, "a(b");
  ASSERT_FALSE(matcher.ok());
  EXPECT_NE(matcher.error().context.find("a(b"), std::string::npos);
  EXPECT_NE(matcher.error().context.find("missing )"), std::string::npos);
  EXPECT_FALSE(Regex::compile("(?=ahead)").ok());
}

TEST(Matcher, AnExpressionThatExplodesElsewhereIsLinearHere) {
  EXPECT_FALSE(matches(Kind::Regex, "(a+)+b", std::string(100000, 'a')));
}

TEST(Matcher, ArbitraryBytesAreOnlyNotMatched) {
  const std::string bytes("\xff\xfe\0\x80", 4);
  EXPECT_FALSE(matches(Kind::Regex, "[a-z]+", bytes));
  EXPECT_TRUE(matches(Kind::Contains, "\xfe", bytes));
}

TEST(Regex, SearchesAndReplaces) {
  auto regex = Regex::compile("/user/([0-9]+)");
  ASSERT_TRUE(regex.ok());
  EXPECT_TRUE((*regex)->partialMatch("x/user/7y"));
  EXPECT_FALSE((*regex)->fullMatch("x/user/7y"));
  EXPECT_EQ((*regex)->replaceAll("/user/7/user/8", "/u\\1"), "/u7/u8");
  EXPECT_EQ((*regex)->replaceAll("none", "/u\\1"), "none");
}

}  // namespace
}  // namespace convoy::base
