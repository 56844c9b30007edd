#include "common/base/random.h"

#include <array>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace convoy::base {
namespace {

TEST(Random, TheSameSeedGivesTheSameNumbers) {
  Random a(42), b(42), c(43);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const uint64_t value = a.next();
    EXPECT_EQ(value, b.next());
    differs |= value != c.next();
  }
  EXPECT_TRUE(differs);
}

TEST(Random, TheKernelSeedsEveryOneAnew) {
  Random a, b;
  EXPECT_NE(a.next(), b.next());
}

TEST(Random, BelowIsUniformAndInRange) {
  Random random(1);
  std::array<int, 10> counts{};
  for (int i = 0; i < 100000; ++i) ++counts.at(random.below(10));
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0u);
  for (int i = 0; i < 100; ++i) EXPECT_LT(random.below(UINT64_MAX), UINT64_MAX);
}

TEST(Random, Uuid4HasItsFormAndDoesNotRepeat) {
  Random random(3);
  std::set<std::string> seen;
  for (int i = 0; i < 10000; ++i) {
    std::string text(36, '?');
    random.uuid4(text.data());
    for (const size_t dash : {8u, 13u, 18u, 23u}) ASSERT_EQ(text[dash], '-') << text;
    ASSERT_EQ(text[14], '4') << text;
    ASSERT_NE(std::string("89ab").find(text[19]), std::string::npos) << text;
    ASSERT_EQ(text.find_first_not_of("0123456789abcdef-"), std::string::npos) << text;
    ASSERT_TRUE(seen.insert(text).second) << text;
  }
}

}  // namespace
}  // namespace convoy::base
