#include "master/admin/process_usage.h"

#include <ctime>
#include <unistd.h>

#include <gtest/gtest.h>

namespace convoy::master {
namespace {

TEST(ProcessUsage, OfThisProcessIsWhatItUses) {
  while (std::clock() < CLOCKS_PER_SEC / 20) {
  }
  const ProcessUsage used = usageOf(0);
  EXPECT_GE(used.cpu_ms, 10u);
  EXPECT_GT(used.resident, 1u << 20);
  EXPECT_GT(proportionalBytesOf(::getpid()), 1u << 18);
  EXPECT_LE(proportionalBytesOf(::getpid()), usageOf(::getpid()).resident + (4u << 20));
}

TEST(ProcessUsage, OfNobodyIsNothing) {
  EXPECT_EQ(usageOf(-1).resident, 0u);
  EXPECT_EQ(proportionalBytesOf(-1), 0u);
}

}  // namespace
}  // namespace convoy::master
