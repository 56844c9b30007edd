#include "master/worker_target.h"

#include <gtest/gtest.h>

namespace convoy::master {
namespace {

using T = ReloadTrigger;

TEST(WorkerTarget, WithoutAWordTheCpusAreCountedAgainAtEachReloadOfTheFile) {
  uint32_t cpus = 2;
  WorkerTarget target(std::nullopt, [&] { return cpus; });
  EXPECT_EQ(target.running(), 2u);
  cpus = 4;
  EXPECT_EQ(target.begin(T::File), 4u);
  EXPECT_EQ(target.running(), 2u);
  target.ended(true);
  EXPECT_EQ(target.running(), 4u);
}

TEST(WorkerTarget, ConcurrencyIsNotCountedAgain) {
  WorkerTarget target(3, [] { return 8u; });
  EXPECT_EQ(target.begin(T::File), 3u);
}

TEST(WorkerTarget, AWishIsCarriedOutAndKept) {
  WorkerTarget target(std::nullopt, [] { return 2u; });
  EXPECT_EQ(*target.set("5"), 5u);
  EXPECT_TRUE(target.pending());
  EXPECT_EQ(target.begin(T::Workers), 5u);
  target.ended(true);
  EXPECT_FALSE(target.pending());
  EXPECT_EQ(target.running(), 5u);
  EXPECT_EQ(target.begin(T::File), 5u);
}

TEST(WorkerTarget, SignalsAddUpBeforeAnyIsCarriedOut) {
  WorkerTarget target(2, [] { return 2u; });
  EXPECT_EQ(*target.up(), 3u);
  EXPECT_EQ(*target.up(), 4u);
  EXPECT_EQ(*target.down(), 3u);
  EXPECT_EQ(target.begin(T::Workers), 3u);
  EXPECT_EQ(*target.up(), 4u);  // while it is under way
  target.ended(true);
  EXPECT_TRUE(target.pending());
  EXPECT_EQ(target.begin(T::Workers), 4u);
}

TEST(WorkerTarget, AWishThatFailsIsForgotten) {
  WorkerTarget target(2, [] { return 2u; });
  ASSERT_TRUE(target.set("900").ok());
  target.begin(T::Workers);
  target.ended(false);
  EXPECT_FALSE(target.pending());
  EXPECT_EQ(target.begin(T::File), 2u);
}

TEST(WorkerTarget, AWrongFileDoesNotTakeAWishWithIt) {
  WorkerTarget target(2, [] { return 2u; });
  ASSERT_TRUE(target.set("3").ok());
  target.begin(T::File);
  target.ended(false);
  EXPECT_TRUE(target.pending());
  EXPECT_EQ(target.begin(T::Workers), 3u);
}

TEST(WorkerTarget, AWishForWhatThereIsFixesItWithoutAReload) {
  WorkerTarget target(std::nullopt, [count = 2u]() mutable { return count++; });
  EXPECT_EQ(*target.set("2"), 2u);
  EXPECT_FALSE(target.pending());
  EXPECT_EQ(target.begin(T::File), 2u);
}

TEST(WorkerTarget, BoundsAreSaid) {
  WorkerTarget target(1, [] { return 1u; });
  EXPECT_NE(target.down().error().context.find("one worker is left"), std::string::npos);
  for (const char* wrong : {"0", "1025", "-1", "two", ""}) {
    auto refused = target.set(wrong);
    ASSERT_FALSE(refused.ok()) << wrong;
    EXPECT_NE(refused.error().context.find("from 1 to 1024"), std::string::npos);
  }
  ASSERT_TRUE(target.set("1024").ok());
  EXPECT_FALSE(target.up().ok());
}

}  // namespace
}  // namespace convoy::master
