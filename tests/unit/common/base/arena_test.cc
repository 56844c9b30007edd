#include "common/base/arena.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace convoy::base {
namespace {

TEST(Arena, HoldsNothingBeforeItsFirstUse) {
  Arena arena;
  EXPECT_EQ(arena.bytesReserved(), 0u);
  EXPECT_EQ(arena.copy(""), "");
  EXPECT_EQ(arena.copy("a"), "a");
  EXPECT_EQ(arena.bytesReserved(), 4096u);
}

TEST(Arena, TextStaysUntilReset) {
  Arena arena(64);
  std::vector<std::string_view> texts;
  for (size_t i = 0; i < 1000; ++i) texts.push_back(arena.copy(std::to_string(i)));
  for (size_t i = 0; i < 1000; ++i) ASSERT_EQ(texts[i], std::to_string(i));
}

TEST(Arena, ConcatJoins) {
  Arena arena(8);
  EXPECT_EQ(arena.concat("ab", "cd"), "abcd");
  EXPECT_EQ(arena.concat("", "", ""), "");
  const std::string large(100000, 'x');
  EXPECT_EQ(arena.concat("<", large, ">"), "<" + large + ">");
}

TEST(Arena, ResetKeepsTheFirstBlockAndReusesIt) {
  Arena arena(100);
  const char* first = arena.allocate(50);
  arena.allocate(5000);
  arena.reset();
  EXPECT_EQ(arena.bytesReserved(), 100u);
  EXPECT_EQ(arena.allocate(100), first);
  EXPECT_EQ(arena.bytesReserved(), 100u);
}

TEST(Arena, AHugeFirstBlockIsNotKept) {
  Arena arena(100);
  arena.allocate(1 << 20);
  arena.reset();
  EXPECT_EQ(arena.bytesReserved(), 0u);
  EXPECT_EQ(arena.copy("again"), "again");
}

TEST(Arena, ReleaseGivesEverythingBack) {
  Arena arena;
  arena.copy("x");
  arena.release();
  EXPECT_EQ(arena.bytesReserved(), 0u);
  arena.reset();
  EXPECT_EQ(arena.copy("y"), "y");
}

}  // namespace
}  // namespace convoy::base
