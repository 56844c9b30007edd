#include "common/base/buffer.h"

#include <algorithm>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "common/base/random.h"

namespace convoy::base {
namespace {

std::string pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 23);
  return text;
}

TEST(Buffer, KeepsBytesInOrderAcrossBlocks) {
  const std::string text = pattern(100000);
  Buffer buffer;
  for (size_t at = 0; at < text.size(); at += 977) {
    buffer.append(std::string_view(text).substr(at, 977));
  }
  EXPECT_EQ(buffer.size(), text.size());
  EXPECT_EQ(buffer.toString(), text);
}

TEST(Buffer, AnEmptyOneHasNoFront) {
  Buffer buffer;
  iovec iov[1];
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.front(), "");
  EXPECT_EQ(buffer.peek(iov, 1), 0);
  buffer.append("");
  buffer.drain(0);
  buffer.clear();
  EXPECT_EQ(buffer.front(), "");
}

TEST(Buffer, RandomAppendsAndDrainsBehaveAsAString) {
  Random random(11);
  const std::string source = pattern(60000);
  Buffer buffer;
  std::string model;
  for (int i = 0; i < 2000; ++i) {
    const std::string_view piece(source.data() + random.below(1000), random.below(50000));
    buffer.append(piece);
    model += piece;
    const size_t gone = random.below(model.size() + 1);
    buffer.drain(gone);
    model.erase(0, gone);
    ASSERT_EQ(buffer.size(), model.size());
    ASSERT_EQ(buffer.front(), std::string_view(model).substr(0, buffer.front().size()));
    ASSERT_EQ(buffer.front().empty(), model.empty());
  }
  EXPECT_EQ(buffer.toString(), model);
}

TEST(Buffer, PeekShowsWhatDrainTakes) {
  const std::string text = pattern(50000);
  Buffer buffer;
  buffer.append(text);
  buffer.drain(100);
  iovec iov[2];
  ASSERT_EQ(buffer.peek(iov, 2), 2);
  std::string seen;
  for (const iovec& run : iov) seen.append(static_cast<char*>(run.iov_base), run.iov_len);
  EXPECT_EQ(seen, text.substr(100, seen.size()));
  EXPECT_GT(seen.size(), 16000u);
}

TEST(Buffer, MoveFromAppendsAndEmptiesTheOther) {
  Buffer a, b, empty;
  a.append("head ");
  b.append(pattern(40000));
  a.moveFrom(b);
  a.moveFrom(empty);
  EXPECT_TRUE(b.empty());
  b.append("still usable");
  a.append(" tail");
  EXPECT_EQ(a.toString(), "head " + pattern(40000) + " tail");
  EXPECT_EQ(b.toString(), "still usable");
}

TEST(Buffer, MovesAsAValue) {
  Buffer a;
  a.append("one");
  Buffer b(std::move(a));
  Buffer c;
  c.append("replaced");
  c = std::move(b);
  EXPECT_EQ(c.toString(), "one");
  a.append("reused");
  EXPECT_EQ(a.toString(), "reused");
}

}  // namespace
}  // namespace convoy::base
