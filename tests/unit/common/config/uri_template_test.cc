#include "common/config/uri_template.h"

#include <gtest/gtest.h>

#include "common/base/matcher.h"

namespace convoy::config {
namespace {

bool matches(std::string_view pattern, std::string_view path) {
  const auto made = parseUriTemplate(pattern);
  EXPECT_TRUE(made.ok()) << pattern;
  return made.ok() && base::Regex::compile(made->regex).value()->fullMatch(path);
}

TEST(UriTemplate, AStarIsASegmentOrAPartOfOne) {
  EXPECT_TRUE(matches("/videos/*", "/videos/a"));
  EXPECT_FALSE(matches("/videos/*", "/videos/"));
  EXPECT_FALSE(matches("/videos/*", "/videos/a/b"));
  EXPECT_TRUE(matches("/videos/*.m4s", "/videos/a.m4s"));
  EXPECT_FALSE(matches("/videos/*.m4s", "/videos/axm4s"));
}

TEST(UriTemplate, TwoStarsAreAnyNumberOfSegments) {
  EXPECT_TRUE(matches("/a/**", "/a/"));
  EXPECT_TRUE(matches("/a/**", "/a/b/c"));
  EXPECT_TRUE(matches("/**.mpd", "/x/y.mpd"));
  EXPECT_FALSE(matches("/a/**", "/ab"));
}

TEST(UriTemplate, VariablesAreWhatTheirPatternIs) {
  EXPECT_TRUE(matches("/{lang}/{rest=**}", "/en/a/b"));
  EXPECT_TRUE(matches("/{country=usa/*}/x", "/usa/ny/x"));
  EXPECT_EQ(parseUriTemplate("/{a}/{b}")->variables, (std::vector<std::string>{"a", "b"}));
}

TEST(UriTemplate, WhatIsNoTemplateIsRefused) {
  for (const char* wrong : {"a", "/a//b", "/{", "/{1x}", "/{a}/{a}", "/**/*", "/***", "/{a=}",
                            "/{a}/{b}/{c}/{d}/{e}/{f}", "/a b", "/\xc3\xa4"}) {
    EXPECT_FALSE(parseUriTemplate(wrong).ok()) << wrong;
  }
}

TEST(UriTemplate, ARewritePutsTheVariablesTogetherAnew) {
  const auto made = parseUriTemplate("/{lang}/v/{id}");
  const auto substitution = uriSubstitution("/{id}/in/{lang}", made->variables);
  ASSERT_TRUE(substitution.ok());
  const auto regex = base::Regex::compile("^" + made->regex + "$").value();
  EXPECT_EQ(regex->replaceAll("/en/v/42", *substitution), "/42/in/en");
  EXPECT_FALSE(uriSubstitution("/{other}", made->variables).ok());
  EXPECT_FALSE(uriSubstitution("x", made->variables).ok());
  EXPECT_FALSE(uriSubstitution("/\\1", made->variables).ok());
}

}  // namespace
}  // namespace convoy::config
