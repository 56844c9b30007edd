#include "master/steering.h"

#include <poll.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "common/net/socket.h"

namespace convoy::master {
namespace {

class Steering : public ::testing::Test {
 protected:
  Steering() {
    net::Address address = *net::Address::fromIp("127.0.0.1", 0);
    for (int i = 0; i < 4; ++i) {
      group_.push_back(std::move(*net::listenOn(address, {})));
      address = *net::Address::localOf(group_[0].get());
    }
    address_ = address;
  }
  // How many of `n` new connections each socket got.
  std::vector<int> spread(int n) {
    std::vector<int> out(group_.size(), 0);
    for (int i = 0; i < n; ++i) {
      base::UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      EXPECT_EQ(::connect(client.get(), address_.sockaddrPtr(), address_.sockaddrLength()), 0);
      for (size_t s = 0; s < group_.size(); ++s) {
        base::UniqueFd taken(::accept4(group_[s].get(), nullptr, nullptr, SOCK_CLOEXEC));
        out[s] += taken.valid() ? 1 : 0;
      }
    }
    return out;
  }
  std::vector<base::UniqueFd> group_;
  net::Address address_;
};

TEST_F(Steering, OnlyTheFirstOnesGetConnectionsAndEvenly) {
  ASSERT_TRUE(steerGroup(group_[0].get(), 3).ok());
  const std::vector<int> got = spread(300);
  EXPECT_EQ(got[3], 0);
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(got[static_cast<size_t>(i)], 100, 60);
}

TEST_F(Steering, ReplacingItAndTakingItAwayWorkThroughAnyMember) {
  ASSERT_TRUE(steerGroup(group_[0].get(), 1).ok());
  EXPECT_EQ(spread(20), (std::vector<int>{20, 0, 0, 0}));
  ASSERT_TRUE(steerGroup(group_[2].get(), 2).ok());
  EXPECT_EQ(spread(40)[3], 0);
  unsteerGroup(group_[3].get());
  // 4 * (3/4)^200 that one of them gets nothing.
  for (int count : spread(200)) EXPECT_GT(count, 0);
  unsteerGroup(group_[3].get());
}

TEST_F(Steering, ASocketThatJoinsASteeredGroupGetsNothing) {
  ASSERT_TRUE(steerGroup(group_[0].get(), 4).ok());
  group_.push_back(std::move(*net::listenOn(address_, {})));
  EXPECT_EQ(spread(100)[4], 0);
}

TEST(SteeringErrors, WhatIsNoGroupIsAnError) {
  base::UniqueFd plain(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_FALSE(steerGroup(plain.get(), 2).ok());
}

}  // namespace
}  // namespace convoy::master
