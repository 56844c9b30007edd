#include "common/http/authority.h"

#include <gtest/gtest.h>

namespace convoy::http {
namespace {

TEST(Authority, ThePortIsTheNumberAfterTheLastColon) {
  EXPECT_EQ(portOf("a.b:8080"), 8080u);
  EXPECT_EQ(portOf("[::1]:80"), 80u);
  EXPECT_EQ(portOf("[::1]"), std::nullopt);
  EXPECT_EQ(portOf("a.b"), std::nullopt);
  EXPECT_EQ(portOf("a.b:"), std::nullopt);
  EXPECT_EQ(portOf(""), std::nullopt);
}

TEST(Authority, APortIsTakenOff) {
  EXPECT_EQ(withoutPort("a.b:8080"), "a.b");
  EXPECT_EQ(withoutPort("[::1]:80"), "[::1]");
  EXPECT_EQ(withoutPort("[::1]"), "[::1]");
  EXPECT_EQ(withoutPort("a.b"), "a.b");
}

TEST(Authority, OnlyTheNamedPortIsTakenOff) {
  EXPECT_EQ(withoutPort("a.b:80", 80), "a.b");
  EXPECT_EQ(withoutPort("a.b:81", 80), "a.b:81");
}

TEST(Authority, ATrailingDotGoesAndThePortStays) {
  base::Arena arena;
  EXPECT_EQ(withoutTrailingDot("a.b.", arena), "a.b");
  EXPECT_EQ(withoutTrailingDot("a.b.:80", arena), "a.b:80");
  EXPECT_EQ(withoutTrailingDot("a.b:80", arena), "a.b:80");
  EXPECT_EQ(withoutTrailingDot("localhost", arena), "localhost");
  EXPECT_EQ(withoutTrailingDot("", arena), "");
}

}  // namespace
}  // namespace convoy::http
