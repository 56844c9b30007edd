#include "common/base/block_lists.h"

#include <cstdint>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

namespace convoy::base {
namespace {

TEST(BlockLists, BlocksOfEverySizeHoldWhatTheyAreToHoldAndAreAligned) {
  std::vector<std::pair<char*, size_t>> blocks;
  for (size_t size = 1; size < 300000; size += 1 + size / 7) {
    auto* block = static_cast<char*>(takeBlock(size));
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignof(std::max_align_t), 0u);
    std::memset(block, static_cast<int>(size % 251), size);
    blocks.emplace_back(block, size);
  }
  for (const auto& [block, size] : blocks) {
    EXPECT_EQ(block[0], static_cast<char>(size % 251));
    EXPECT_EQ(block[size - 1], static_cast<char>(size % 251));
    giveBlock(block);
  }
}

TEST(BlockLists, WhatWasGivenBackIsGivenOutAgain) {
  if (!kKeepsBlocks) GTEST_SKIP() << "under a sanitizer nothing is kept";
  for (const size_t size : {1u, 24u, 25u, 1032u, 1033u, 16584u, 65536u}) {
    void* first = takeBlock(size);
    giveBlock(first);
    void* second = takeBlock(size);
    EXPECT_EQ(first, second) << size;
    giveBlock(second);
  }
}

TEST(BlockLists, KeepsOnlySoMuchOfEachSize) {
  if (!kKeepsBlocks) GTEST_SKIP() << "under a sanitizer nothing is kept";
  const size_t before = keptBlockBytes();
  std::vector<void*> blocks;
  for (int i = 0; i < 10000; ++i) blocks.push_back(takeBlock(1000));
  for (void* block : blocks) giveBlock(block);
  // A little more: the C library may give larger blocks than it is asked for.
  EXPECT_LE(keptBlockBytes() - before, 280u * 1024);
  EXPECT_GT(keptBlockBytes() - before, 200u * 1024);
}

TEST(BlockLists, KeepsOnlySoMuchOfAll) {
  std::vector<void*> blocks;
  for (size_t size = 24; size <= 65536; size += size / 8 + 8) {
    for (size_t sum = 0; sum < 300000; sum += size) blocks.push_back(takeBlock(size));
  }
  for (void* block : blocks) giveBlock(block);
  EXPECT_LE(keptBlockBytes(), 4u * 1024 * 1024);
}

TEST(BlockLists, GrowingKeepsTheBytes) {
  auto* block = static_cast<char*>(resizeBlock(nullptr, 5));
  std::memcpy(block, "hello", 5);
  for (const size_t size : {16u, 100u, 5000u, 200000u, 400000u}) {
    block = static_cast<char*>(resizeBlock(block, size));
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(std::memcmp(block, "hello", 5), 0);
  }
  EXPECT_EQ(resizeBlock(block, 0), nullptr);
}

TEST(BlockListsDeathTest, ABlockThatIsFreedTwiceEndsTheProcess) {
  if (!kKeepsBlocks) GTEST_SKIP() << "under a sanitizer nothing is kept";
  void* block = takeBlock(40);
  giveBlock(block);
  EXPECT_DEATH(giveBlock(block), "");
}

TEST(BlockListsDeathTest, ABlockThatWasWrittenToAfterItWasFreedIsNotHandedOut) {
  if (!kKeepsBlocks) GTEST_SKIP() << "under a sanitizer nothing is kept";
  EXPECT_DEATH(
      {
        void* block = takeBlock(40);
        giveBlock(block);
        std::memset(block, 'x', 16);
        static_cast<void>(takeBlock(40));
      },
      "");
}

}  // namespace
}  // namespace convoy::base
