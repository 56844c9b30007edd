#include "common/base/heap.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace convoy::base {
namespace {

TEST(Heap, WhatIsAllocatedIsPartOfWhatIsReserved) {
  const HeapUse before = heapUse();
  if (before.allocated == 0) GTEST_SKIP() << "another allocator is at work";
  std::vector<std::unique_ptr<char[]>> small;
  for (int i = 0; i < 1000; ++i) small.push_back(std::make_unique<char[]>(1000));
  const auto large = std::make_unique<char[]>(64 << 20);  // a mapping of its own
  const HeapUse after = heapUse();
  EXPECT_GE(after.allocated, before.allocated + 1'000'000 + (64 << 20));
  EXPECT_LE(after.allocated, after.reserved);
  EXPECT_LE(before.allocated, before.reserved);
}

}  // namespace
}  // namespace convoy::base
