#include "common/http/h2_memory.h"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>

namespace convoy::http {
namespace {

TEST(H2Memory, APieceThatCameBackIsGivenAgain) {
  if (!h2_memory::kKeeps) GTEST_SKIP() << "under a sanitizer nothing is kept";
  void* first = h2_memory::take(200);
  h2_memory::giveBack(first);
  EXPECT_EQ(h2_memory::take(193), first);  // of the same size, rounded up
  EXPECT_NE(h2_memory::take(192), first);
}

TEST(H2Memory, ALargerPieceHasWhatTheSmallerHad) {
  char* piece = static_cast<char*>(h2_memory::take(40));
  std::strcpy(piece, "thirty-nine octets and the last is null");
  piece = static_cast<char*>(h2_memory::resize(piece, 5000));
  EXPECT_STREQ(piece, "thirty-nine octets and the last is null");
  EXPECT_EQ(h2_memory::resize(piece, 10), piece);
  h2_memory::giveBack(piece);
  void* made = h2_memory::resize(nullptr, 8);
  EXPECT_NE(made, nullptr);
  h2_memory::giveBack(made);
  h2_memory::giveBack(nullptr);
}

TEST(H2Memory, NoMoreWaitsThanIsUseful) {
  std::vector<void*> pieces;
  for (int i = 0; i < 4096; ++i) pieces.push_back(h2_memory::take(1000));
  for (void* piece : pieces) h2_memory::giveBack(piece);
  EXPECT_LE(h2_memory::idle(), 1024u * 1024);
}

TEST(H2Memory, NothingIsAPieceToo) {
  void* one = h2_memory::take(0);
  void* other = h2_memory::take(0);
  EXPECT_NE(one, nullptr);
  EXPECT_NE(one, other);
  h2_memory::giveBack(one);
  h2_memory::giveBack(other);
}

}  // namespace
}  // namespace convoy::http
