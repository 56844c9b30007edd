#include "common/http/target.h"

#include <gtest/gtest.h>

namespace convoy::http {
namespace {

TEST(Target, PathAndSuffixMakeTheTarget) {
  for (const std::string_view target : {"", "/", "/a", "/a?b=c", "/a#f", "/a?b#f", "?", "*"}) {
    const std::string whole = std::string(pathOf(target)) + std::string(querySuffixOf(target));
    EXPECT_EQ(whole, target);
  }
  EXPECT_EQ(pathOf("/a?b=c?d"), "/a");
  EXPECT_EQ(querySuffixOf("/a?b#f"), "?b#f");
}

TEST(Target, TheQueryEndsAtTheFragment) {
  EXPECT_EQ(queryOf("/a?b=c#f"), "b=c");
  EXPECT_EQ(queryOf("/a#f?b=c"), "");
  EXPECT_EQ(queryOf("/a?"), "");
}

TEST(Target, ParametersAreFoundByTheirWholeName) {
  EXPECT_EQ(queryParameter("a=1&b=2&a=3", "a"), "1");
  EXPECT_EQ(queryParameter("a=1&b", "b"), "");
  EXPECT_EQ(queryParameter("a=x=y", "a"), "x=y");
  EXPECT_EQ(queryParameter("aa=1", "a"), std::nullopt);
  EXPECT_EQ(queryParameter("", "a"), std::nullopt);
  EXPECT_EQ(queryParameter("&&a=1&", "a"), "1");
}

}  // namespace
}  // namespace convoy::http
