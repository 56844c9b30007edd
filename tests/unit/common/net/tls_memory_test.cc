#include "common/net/tls_memory.h"

#include <cstdint>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

namespace convoy::net {
namespace {

TEST(TlsMemory, BlocksOfEverySizeHoldWhatTheyAreToHoldAndAreAligned) {
  std::vector<std::pair<char*, size_t>> blocks;
  for (size_t size = 1; size < 300000; size += 1 + size / 7) {
    auto* block = static_cast<char*>(tlsAllocate(size));
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignof(std::max_align_t), 0u);
    std::memset(block, static_cast<int>(size % 251), size);
    blocks.emplace_back(block, size);
  }
  for (const auto& [block, size] : blocks) {
    EXPECT_EQ(block[0], static_cast<char>(size % 251));
    EXPECT_EQ(block[size - 1], static_cast<char>(size % 251));
    tlsFree(block);
  }
}

TEST(TlsMemory, WhatWasGivenBackIsGivenOutAgain) {
  for (const size_t size : {1u, 24u, 25u, 1032u, 1033u, 16584u, 65536u}) {
    void* first = tlsAllocate(size);
    tlsFree(first);
    void* second = tlsAllocate(size);
    EXPECT_EQ(first, second) << size;
    tlsFree(second);
  }
}

TEST(TlsMemory, KeepsOnlySoMuchOfEachSize) {
  const size_t before = tlsMemoryKept();
  std::vector<void*> blocks;
  for (int i = 0; i < 10000; ++i) blocks.push_back(tlsAllocate(1000));
  for (void* block : blocks) tlsFree(block);
  EXPECT_LE(tlsMemoryKept() - before, 128u * 1024);
  EXPECT_GT(tlsMemoryKept() - before, 100u * 1024);
}

TEST(TlsMemory, GrowingKeepsTheBytes) {
  auto* block = static_cast<char*>(tlsReallocate(nullptr, 5));
  std::memcpy(block, "hello", 5);
  for (const size_t size : {16u, 100u, 5000u, 200000u, 400000u}) {
    block = static_cast<char*>(tlsReallocate(block, size));
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(std::memcmp(block, "hello", 5), 0);
  }
  EXPECT_EQ(tlsReallocate(block, 0), nullptr);
}

TEST(TlsMemoryDeathTest, ABlockThatIsFreedTwiceEndsTheProcess) {
  void* block = tlsAllocate(40);
  tlsFree(block);
  EXPECT_DEATH(tlsFree(block), "");
}

TEST(TlsMemoryDeathTest, ABlockThatWasWrittenToAfterItWasFreedIsNotHandedOut) {
  EXPECT_DEATH(
      {
        void* block = tlsAllocate(40);
        tlsFree(block);
        std::memset(block, 'x', 16);
        static_cast<void>(tlsAllocate(40));
      },
      "");
}

}  // namespace
}  // namespace convoy::net
