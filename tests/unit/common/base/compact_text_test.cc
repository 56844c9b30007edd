#include "common/base/compact_text.h"

#include <utility>

#include <gtest/gtest.h>

namespace convoy::base {
namespace {

const std::string kLong = "a text of more than fifteen bytes";

TEST(CompactText, HoldsTextsOfEveryLength) {
  for (size_t size = 0; size < 40; ++size) {
    const std::string text(size, 'x');

    const CompactText compact(text);

    EXPECT_EQ(compact, text);
    EXPECT_EQ(compact.size(), size);
    EXPECT_EQ(compact.empty(), size == 0);
    EXPECT_EQ(compact.heapBytes(), size > 15 ? size : 0);
  }
}

TEST(CompactText, KeepsZeroBytes) {
  const std::string text("a\0b", 3);

  EXPECT_EQ(CompactText(text).str(), text);
}

TEST(CompactText, CopiesAreTextsOfTheirOwn) {
  CompactText first(kLong);
  CompactText second(first);

  first = "short";

  EXPECT_EQ(second, kLong);
  EXPECT_EQ(first, "short");
  second = first;
  EXPECT_EQ(second, "short");
}

TEST(CompactText, AMovedOneIsEmpty) {
  CompactText from(kLong);

  const CompactText to(std::move(from));

  EXPECT_EQ(to, kLong);
  EXPECT_TRUE(from.empty());  // NOLINT: that is the promise
}

TEST(CompactText, MayBeAssignedToItself) {
  CompactText text(kLong);
  CompactText& same = text;

  text = same;
  text = std::move(same);

  EXPECT_EQ(text, kLong);
}

TEST(CompactText, ALiteralTakesNoMemory) {
  static constexpr std::string_view kName = "initial_connection_window_size";

  const CompactText text = CompactText::literal(kName);
  const CompactText copy(text);

  EXPECT_EQ(copy, kName);
  EXPECT_EQ(copy.view().data(), kName.data());
  EXPECT_EQ(copy.heapBytes(), 0u);
}

TEST(CompactText, JoinsWithOtherTexts) {
  const CompactText text("b");

  EXPECT_EQ("a" + text, "ab");
  EXPECT_EQ(std::string("a") + text + "c", "abc");
  EXPECT_EQ(text + "c", "bc");
}

}  // namespace
}  // namespace convoy::base
