#include "worker/upstream/lb_hash.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "worker/upstream/lb.h"

namespace convoy::worker {
namespace {

using Policy = config::LoadBalancing::Policy;

class LbHashTest : public ::testing::Test {
 protected:
  explicit LbHashTest(Policy policy = Policy::RingHash) { cluster_.lb.policy = policy; }
  // 127.0.0.1:first, and so on.
  void fill(int first, int count) {
    for (int i = 0; i < count; ++i) {
      auto host = std::make_shared<Host>();
      host->address_text = "127.0.0.1:" + std::to_string(first + i);
      host->hostname = "h" + std::to_string(first + i);
      hosts_.push_back(host);
    }
  }
  HostPtr hostOf(uint64_t hash, uint32_t attempt = 0) {
    if (lb_ == nullptr) {
      lb_ = LoadBalancer::make(cluster_, random_);
      lb_->update(hosts_);
    }
    PickContext context;
    context.hash = hash;
    context.attempt = attempt;
    return lb_->choose(context);
  }
  std::string portOf(uint64_t hash) { return hostOf(hash)->address_text.substr(10); }
  std::map<std::string, int> shares(int hashes) {
    base::Random hash(7);
    std::map<std::string, int> out;
    for (int i = 0; i < hashes; ++i) ++out[portOf(hash.next())];
    return out;
  }

  config::Cluster cluster_;
  std::vector<HostPtr> hosts_;
  base::Random random_{3};
  std::unique_ptr<LoadBalancer> lb_;
};

// The points of Envoy's ring for these hosts and sizes.
TEST_F(LbHashTest, TheRingIsEnvoys) {
  cluster_.lb.min_ring_size = 12;
  fill(90, 6);
  EXPECT_EQ(portOf(0), "94");
  EXPECT_EQ(portOf(3551244743356806947u), "95");
  EXPECT_EQ(portOf(3551244743356806948u), "93");
  EXPECT_EQ(portOf(16117243373044804880u), "90");
  EXPECT_EQ(portOf(UINT64_MAX), "94");
}

TEST_F(LbHashTest, TheRingOfMurmurHashIsEnvoys) {
  cluster_.lb.min_ring_size = 12;
  cluster_.lb.murmur_hash = true;
  fill(80, 6);
  EXPECT_EQ(portOf(0), "85");
  EXPECT_EQ(portOf(1358027074129602068u), "85");
  EXPECT_EQ(portOf(1358027074129602069u), "83");
}

TEST_F(LbHashTest, AHostThatLeavesTakesOnlyItsOwnHashesAlong) {
  fill(1, 5);
  std::map<uint64_t, HostPtr> before;
  base::Random hash(1);
  for (int i = 0; i < 1000; ++i) {
    const uint64_t value = hash.next();
    before[value] = hostOf(value);
  }
  const HostPtr gone = hosts_.back();
  hosts_.pop_back();
  lb_->update(hosts_);
  for (const auto& [value, host] : before) {
    if (host != gone) EXPECT_EQ(hostOf(value), host);
  }
}

TEST_F(LbHashTest, WeightsAreSharesOfTheRing) {
  fill(1, 2);
  hosts_[1]->weight = 3;
  EXPECT_NEAR(shares(10000)["2"], 7500, 600);
}

TEST_F(LbHashTest, AnotherAttemptMayMeetAnotherHost) {
  fill(1, 4);
  const HostPtr first = hostOf(12345);
  bool other = false;
  for (uint32_t attempt = 1; attempt < 20; ++attempt) other |= hostOf(12345, attempt) != first;
  EXPECT_TRUE(other);
  EXPECT_EQ(hostOf(12345), first);
}

TEST_F(LbHashTest, WhatIsHashedOfAHost) {
  Host host;
  host.hostname = "name";
  host.address_text = "10.0.0.1:80";
  EXPECT_EQ(hashKeyOf(host, false), "10.0.0.1:80");
  EXPECT_EQ(hashKeyOf(host, true), "name");
  host.hash_key = "key";
  EXPECT_EQ(hashKeyOf(host, true), "key");
}

TEST_F(LbHashTest, ABusyHostPassesOnWhatIsTooMuch) {
  cluster_.lb.hash_balance_factor = 150;
  fill(1, 3);
  const HostPtr first = hostOf(99);
  first->active_requests = 3;
  const HostPtr other = hostOf(99);
  EXPECT_NE(other, first);
  EXPECT_EQ(hostOf(99), other) << "the same hash, the same order";
  first->active_requests = 0;
  EXPECT_EQ(hostOf(99), first);
}

class MaglevTest : public LbHashTest {
 protected:
  MaglevTest() : LbHashTest(Policy::Maglev) {}
};

// The tables of Envoy for these hosts and sizes.
TEST_F(MaglevTest, TheTableIsEnvoys) {
  cluster_.lb.table_size = 7;
  fill(90, 6);
  const std::vector<std::string> expected = {"92", "94", "90", "91", "95", "90", "93"};
  for (uint64_t i = 0; i < 2 * expected.size(); ++i) {
    EXPECT_EQ(portOf(i), expected[i % expected.size()]) << i;
  }
}

TEST_F(MaglevTest, HostsHaveEqualPartsOfTheTable) {
  fill(1, 4);
  for (const auto& [port, times] : shares(40000)) EXPECT_NEAR(times, 10000, 500) << port;
}

TEST_F(MaglevTest, WeightsAreShares) {
  fill(1, 2);
  hosts_[1]->weight = 3;
  EXPECT_NEAR(shares(10000)["2"], 7500, 300);
}

}  // namespace
}  // namespace convoy::worker
