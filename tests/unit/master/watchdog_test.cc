#include "master/watchdog.h"

#include <gtest/gtest.h>

namespace convoy::master {
namespace {

using S = TickWatch::State;

TEST(TickWatch, AWorkerThatMovesIsLeftAlone) {
  TickWatch watch;
  for (uint64_t now = 0; now < 60000; now += 1000) EXPECT_FALSE(watch.look(now, now, 30000));
  EXPECT_EQ(watch.state(), S::Moving);
}

TEST(TickWatch, StandingStillIsStalledThenAbortedThenKilled) {
  TickWatch watch;
  watch.look(7, 1000, 30000);
  EXPECT_FALSE(watch.look(7, 2999, 30000));
  EXPECT_TRUE(watch.look(7, 3000, 30000));
  EXPECT_EQ(watch.state(), S::Stalled);
  EXPECT_FALSE(watch.look(7, 30999, 30000));
  EXPECT_TRUE(watch.look(7, 31000, 30000));
  EXPECT_EQ(watch.state(), S::Aborted);
  EXPECT_FALSE(watch.look(7, 35999, 30000));
  EXPECT_TRUE(watch.look(7, 36000, 30000));
  EXPECT_EQ(watch.state(), S::Killed);
  EXPECT_FALSE(watch.look(7, 90000, 30000));
}

TEST(TickWatch, ATickThatMovesAgainEndsAStallButNoAbort) {
  TickWatch watch;
  watch.look(1, 0, 10000);
  watch.look(1, 5000, 10000);
  ASSERT_EQ(watch.state(), S::Stalled);
  EXPECT_TRUE(watch.look(2, 5250, 10000));
  EXPECT_EQ(watch.state(), S::Moving);
  EXPECT_FALSE(watch.look(2, 7000, 10000));
  watch.look(2, 15250, 10000);
  ASSERT_EQ(watch.state(), S::Aborted);
  EXPECT_FALSE(watch.look(3, 15500, 10000));
  EXPECT_TRUE(watch.look(4, 20250, 10000));
  EXPECT_EQ(watch.state(), S::Killed);
}

TEST(TickWatch, WithoutALimitItIsNeverAborted) {
  TickWatch watch;
  watch.look(1, 0, 0);
  watch.look(1, 1000000, 0);
  EXPECT_EQ(watch.state(), S::Stalled);
}

TEST(TickWatch, ALimitBelowTheStallTimeCounts) {
  TickWatch watch;
  watch.look(1, 0, 1000);
  EXPECT_TRUE(watch.look(1, 1000, 1000));
  EXPECT_EQ(watch.state(), S::Aborted);
}

TEST(TickWatch, TimeInWhichTheMasterSleptIsForgiven) {
  TickWatch watch;
  watch.look(1, 0, 30000);
  watch.forgive(100000);
  EXPECT_FALSE(watch.look(1, 100000, 30000));
  EXPECT_EQ(watch.state(), S::Moving);
  EXPECT_TRUE(watch.look(1, 102000, 30000));
}

}  // namespace
}  // namespace convoy::master
