#include "worker/descriptors.h"

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

struct Waiter final : RoomWaiter {
  void onRoom() override { ++woken; }
  int woken = 0;
};

class DescriptorsTest : public ::testing::Test {
 protected:
  // One turn of the loop.
  void turn() {
    auto timer = loop_.createTimer([this] { loop_.stop(); });
    timer->start(0);
    loop_.run();
  }

  net::EventLoop loop_;
  stats::SlabHeader counts_{};
  Descriptors descriptors_{loop_, counts_};
};

TEST_F(DescriptorsTest, EveryClientIsCountedWithTheUpstreamConnectionThatItMayNeed) {
  descriptors_.assume(64, 14);  // 8 in reserve, a pipe: 40 for 20 clients
  counts_.connections = 19;
  EXPECT_TRUE(descriptors_.room());
  counts_.connections = 20;
  EXPECT_FALSE(descriptors_.room());
}

TEST_F(DescriptorsTest, IdleUpstreamConnectionsTakePlacesAndBusyOnesDoNot) {
  descriptors_.assume(64, 14);
  counts_.connections = 19;
  descriptors_.pooledOpened();
  EXPECT_EQ(descriptors_.idlePooled(), 1u);
  EXPECT_FALSE(descriptors_.room());
  counts_.requests_inflight = 1;
  EXPECT_EQ(descriptors_.idlePooled(), 0u);
  EXPECT_TRUE(descriptors_.room());
}

TEST_F(DescriptorsTest, ALimitThatIsTooLowServesOneClientAtATime) {
  descriptors_.assume(16, 16);
  EXPECT_TRUE(descriptors_.room());
  counts_.connections = 1;
  EXPECT_FALSE(descriptors_.room());
}

TEST_F(DescriptorsTest, WhoWaitsIsWokenOnceWhenAClientHasGone) {
  descriptors_.assume(64, 14);
  counts_.connections = 20;
  Waiter waiter;
  descriptors_.wait(waiter);
  descriptors_.wait(waiter);
  EXPECT_TRUE(descriptors_.tight());
  descriptors_.clientClosed();  // but another one took its place
  turn();
  EXPECT_EQ(waiter.woken, 0);
  counts_.connections = 19;
  descriptors_.clientClosed();
  EXPECT_EQ(waiter.woken, 0);  // its socket closes in this turn
  turn();
  EXPECT_EQ(waiter.woken, 1);
  EXPECT_FALSE(descriptors_.tight());
  descriptors_.clientClosed();
  turn();
  EXPECT_EQ(waiter.woken, 1);
}

TEST_F(DescriptorsTest, WhoIsGoneIsNotWoken) {
  descriptors_.assume(64, 14);
  Waiter waiter;
  descriptors_.wait(waiter);
  descriptors_.forget(waiter);
  descriptors_.clientClosed();
  turn();
  EXPECT_EQ(waiter.woken, 0);
}

TEST_F(DescriptorsTest, WhatIsOpenIsMeasured) {
  descriptors_.measure();
  EXPECT_TRUE(descriptors_.room());
  counts_.connections = UINT32_MAX;
  EXPECT_FALSE(descriptors_.room());
}

}  // namespace
}  // namespace convoy::worker
