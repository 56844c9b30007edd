#include "common/base/hash.h"

#include <string>

#include <gtest/gtest.h>

namespace convoy::base {
namespace {

// Numbers of the reference implementation (libxxhash 0.8.1).
TEST(XxHash64, GivesTheNumbersOfTheReference) {
  const std::string letters = "abcdefghijklmnopqrstuvwxyz";
  EXPECT_EQ(xxHash64(""), 0xef46db3751d8e999u);
  EXPECT_EQ(xxHash64("a"), 0xd24ec4f1a98c6e5bu);
  EXPECT_EQ(xxHash64("abc"), 0x44bc2cf5ad770999u);
  EXPECT_EQ(xxHash64("abcd"), 0xde0327b0d25d92ccu);
  EXPECT_EQ(xxHash64("abcdefgh"), 0x3ad351775b4634b7u);
  EXPECT_EQ(xxHash64(letters), 0xcfe1f278fa89835cu);
  EXPECT_EQ(xxHash64(letters + "ABCDEF"), 0x4cc88d3fcf1451ffu);
  std::string many;
  for (int i = 0; i < 20; ++i) many += letters;
  EXPECT_EQ(xxHash64(many), 0x3611a51dc2743affu);
}

TEST(XxHash64, TheSeedCounts) {
  EXPECT_EQ(xxHash64("", 1), 0xd5afba1336a3be4bu);
  EXPECT_EQ(xxHash64("abcdefghijklmnopqrstuvwxyz", 1), 0x58058c6ec112e95eu);
}

}  // namespace
}  // namespace convoy::base
