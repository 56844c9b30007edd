#include "worker/upstream/lb.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

using Policy = config::LoadBalancing::Policy;

HostPtr host(const std::string& name, uint32_t weight = 1, uint32_t priority = 0,
             bool healthy = true) {
  auto made = std::make_shared<Host>();
  made->hostname = name;
  made->weight = weight;
  made->priority = priority;
  made->healthy = healthy;
  return made;
}

class LbTest : public ::testing::Test {
 protected:
  std::unique_ptr<LoadBalancer> make(Policy policy, const std::vector<HostPtr>& hosts,
                                     uint32_t panic = 50) {
    clusters_.push_back(std::make_unique<config::Cluster>());
    config::Cluster& cluster = *clusters_.back();
    cluster.lb.policy = policy;
    cluster.lb.healthy_panic_threshold = panic;
    auto lb = LoadBalancer::make(cluster, random_);
    lb->update(hosts);
    return lb;
  }
  static std::string name(LoadBalancer& lb) {
    const HostPtr chosen = lb.choose();
    return chosen == nullptr ? "none" : chosen->hostname;
  }
  static std::map<std::string, int> count(LoadBalancer& lb, int picks) {
    std::map<std::string, int> counts;
    for (int i = 0; i < picks; ++i) ++counts[name(lb)];
    return counts;
  }
  std::vector<std::unique_ptr<config::Cluster>> clusters_;  // outlive their balancers
  base::Random random_{42};
};

TEST_F(LbTest, TwoEqualHostsAlternateExactly) {
  auto lb = make(Policy::RoundRobin, {host("a"), host("b")});
  std::string last = name(*lb);
  for (int i = 0; i < 1000; ++i) {
    const std::string next = name(*lb);
    ASSERT_NE(next, last);
    last = next;
  }
}

TEST_F(LbTest, EqualHostsTakeTurnsInOneFixedOrder) {
  auto lb = make(Policy::RoundRobin, {host("a"), host("b"), host("c"), host("d")});
  std::vector<std::string> first;
  for (int i = 0; i < 4; ++i) first.push_back(name(*lb));
  for (int i = 0; i < 400; ++i) ASSERT_EQ(name(*lb), first[static_cast<size_t>(i % 4)]);
  for (const auto& [chosen, times] : count(*lb, 40)) EXPECT_EQ(times, 10) << chosen;
}

TEST_F(LbTest, WeightsHoldInEveryShortStretch) {
  auto lb = make(Policy::RoundRobin, {host("a", 5), host("b", 2), host("c", 1)});
  for (int round = 0; round < 100; ++round) {
    const auto counts = count(*lb, 8);
    ASSERT_EQ(counts.at("a"), 5);
    ASSERT_EQ(counts.at("b"), 2);
    ASSERT_EQ(counts.at("c"), 1);
  }
}

TEST_F(LbTest, SharesStayExactOverMillionsOfPicks) {
  auto lb = make(Policy::RoundRobin, {host("a", 1), host("b", 1)});
  const auto counts = count(*lb, 2200000);  // beyond the point where deadlines are rebased
  EXPECT_EQ(counts.at("a"), counts.at("b"));
}

TEST_F(LbTest, AnUpdateWithTheSameHostsKeepsTheTurn) {
  const std::vector<HostPtr> hosts = {host("a"), host("b"), host("c")};
  auto lb = make(Policy::RoundRobin, hosts);
  std::vector<std::string> order = {name(*lb), name(*lb), name(*lb)};
  EXPECT_EQ(name(*lb), order[0]);
  lb->update(hosts);
  EXPECT_EQ(name(*lb), order[1]);
  EXPECT_EQ(name(*lb), order[2]);
}

TEST_F(LbTest, ANewHostGetsItsShareWithoutAFlood) {
  std::vector<HostPtr> hosts = {host("a"), host("b")};
  auto lb = make(Policy::RoundRobin, hosts);
  count(*lb, 1000);
  hosts.push_back(host("c"));
  lb->update(hosts);
  const auto counts = count(*lb, 30);
  EXPECT_NEAR(counts.at("c"), 10, 1);
}

TEST_F(LbTest, WorkersBeginAtDifferentHosts) {
  std::map<std::string, int> firsts;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    random_ = base::Random(seed);
    auto lb = make(Policy::RoundRobin, {host("a"), host("b"), host("c")});
    ++firsts[name(*lb)];
  }
  for (const auto& [first, times] : firsts) EXPECT_NEAR(times, 100, 40) << first;
  EXPECT_EQ(firsts.size(), 3u);
}

TEST_F(LbTest, NoHostGivesNone) {
  for (const Policy policy : {Policy::RoundRobin, Policy::LeastRequest, Policy::Random}) {
    auto lb = make(policy, {});
    EXPECT_EQ(lb->choose(), nullptr);
  }
}

TEST_F(LbTest, RandomIsUniform) {
  auto lb = make(Policy::Random, {host("a"), host("b", 7), host("c"), host("d")});
  const auto counts = count(*lb, 40000);
  for (const auto& [chosen, times] : counts) EXPECT_NEAR(times, 10000, 500) << chosen;
}

TEST_F(LbTest, LeastRequestTakesTheIdleOfTwo) {
  const HostPtr busy = host("busy"), idle = host("idle");
  busy->active_requests = 1;
  auto lb = make(Policy::LeastRequest, {busy, idle});
  EXPECT_EQ(count(*lb, 100).at("idle"), 100);
}

TEST_F(LbTest, LeastRequestSpreadsTies) {
  auto lb = make(Policy::LeastRequest, {host("a"), host("b")});
  EXPECT_NEAR(count(*lb, 10000).at("a"), 5000, 300);
}

TEST_F(LbTest, TwoChoicesAvoidABusyHostAsOftenAsProbabilitySays) {
  std::vector<HostPtr> hosts = {host("a"), host("b"), host("c"), host("busy")};
  hosts[3]->active_requests = 100;
  auto lb = make(Policy::LeastRequest, hosts);
  // Only if both draws hit it: 1/16.
  EXPECT_NEAR(count(*lb, 16000).at("busy"), 1000, 150);
}

TEST_F(LbTest, MoreChoicesFindTheIdleHostMoreOften) {
  config::Cluster cluster;
  cluster.lb.policy = Policy::LeastRequest;
  cluster.lb.choice_count = 4;
  auto lb = LoadBalancer::make(cluster, random_);
  const HostPtr idle = host("idle");
  std::vector<HostPtr> hosts = {idle};
  for (int i = 0; i < 3; ++i) hosts.push_back(host("busy"));
  for (size_t i = 1; i < hosts.size(); ++i) hosts[i]->active_requests = 5;
  lb->update(hosts);
  EXPECT_EQ(count(*lb, 100).at("idle"), 100);
}

TEST_F(LbTest, WeightedLeastRequestFollowsWeightsWhenIdleAndLoadWhenNot) {
  const HostPtr heavy = host("heavy", 3), light = host("light", 1);
  auto lb = make(Policy::LeastRequest, {heavy, light});
  EXPECT_NEAR(count(*lb, 400).at("heavy"), 300, 2);
  heavy->active_requests = 8;  // 3 / 9 against 1 / 1
  EXPECT_NEAR(count(*lb, 400).at("heavy"), 100, 5);
}

TEST_F(LbTest, UnhealthyHostsAreLeftOut) {
  auto lb = make(Policy::RoundRobin, {host("a"), host("b"), host("sick", 1, 0, false)});
  EXPECT_EQ(count(*lb, 100).count("sick"), 0u);
}

TEST_F(LbTest, BelowThePanicThresholdEveryHostCounts) {
  const std::vector<HostPtr> hosts = {host("a"), host("s1", 1, 0, false), host("s2", 1, 0, false)};
  EXPECT_EQ(count(*make(Policy::RoundRobin, hosts, 50), 30).size(), 3u);
  EXPECT_EQ(count(*make(Policy::RoundRobin, hosts, 33), 30).size(), 1u);
}

TEST_F(LbTest, WithoutPanicNothingHealthyMeansNoHost) {
  auto lb = make(Policy::RoundRobin, {host("sick", 1, 0, false)}, 0);
  EXPECT_EQ(lb->choose(), nullptr);
  lb = make(Policy::RoundRobin, {host("sick", 1, 0, false)}, 50);
  EXPECT_EQ(name(*lb), "sick");
}

TEST_F(LbTest, ALowerPriorityIsUsedOnlyWhenTheHigherIsDown) {
  const HostPtr first = host("first", 1, 0), second = host("second", 1, 1);
  const std::vector<HostPtr> hosts = {second, first};
  auto lb = make(Policy::RoundRobin, hosts);
  EXPECT_EQ(count(*lb, 10).at("first"), 10);
  first->healthy = false;
  lb->update(hosts);
  EXPECT_EQ(count(*lb, 10).at("second"), 10);
  second->healthy = false;
  lb->update(hosts);
  const auto counts = count(*lb, 1000);  // a panic: by the number of hosts
  EXPECT_NEAR(counts.at("first"), 500, 60);
  EXPECT_NEAR(counts.at("second"), 500, 60);
}

TEST_F(LbTest, WhatAPriorityCannotTakeGoesToTheNext) {
  // Half of the hosts take 1.4 times half of the load.
  auto lb = make(Policy::RoundRobin, {host("a"), host("sick", 1, 0, false), host("b", 1, 1)});
  const auto counts = count(*lb, 10000);
  EXPECT_NEAR(counts.at("a"), 7000, 200);
  EXPECT_NEAR(counts.at("b"), 3000, 200);
}

TEST_F(LbTest, DegradedHostsTakeWhatHealthyOnesCannot) {
  const HostPtr slow = host("slow");
  slow->degraded = true;
  auto lb = make(Policy::RoundRobin, {host("a"), slow});
  EXPECT_NEAR(count(*lb, 10000).at("slow"), 3000, 200);
  auto well = make(Policy::RoundRobin, {host("a"), host("b"), host("c"), slow});
  EXPECT_EQ(count(*well, 100).count("slow"), 0u);
}

TEST_F(LbTest, HostsThatWereNeverCheckedAreNotMissed) {
  const HostPtr fresh = host("fresh", 1, 0, false);
  fresh->excluded = true;
  auto lb = make(Policy::RoundRobin, {host("a"), fresh, host("b", 1, 1)});
  EXPECT_EQ(count(*lb, 100).at("a"), 100);
}

TEST_F(LbTest, APanicMayFailInsteadOfTryingAll) {
  auto lb = make(Policy::RoundRobin, {host("a"), host("s1", 1, 0, false), host("s2", 1, 0, false)});
  EXPECT_NE(lb->choose(), nullptr);
  EXPECT_TRUE(lb->notes().panic);
  clusters_.back()->lb.fail_traffic_on_panic = true;
  EXPECT_EQ(lb->choose(), nullptr);
}

TEST_F(LbTest, ARetryLeavesOutPrioritiesThatWereTried) {
  auto lb = make(Policy::RoundRobin, {host("a"), host("b", 1, 1)});
  PickContext retry;
  retry.spent_priorities = 1;
  EXPECT_EQ(lb->choose(retry)->hostname, "b");
  retry.spent_priorities = 3;
  EXPECT_EQ(lb->choose(retry)->hostname, "a");
}

TEST_F(LbTest, AHostInSlowStartGetsLessAtFirst) {
  const HostPtr old = host("old"), fresh = host("fresh");
  auto lb = make(Policy::RoundRobin, {});
  clusters_.back()->lb.slow_start = config::SlowStart{10000, 1.0, 10};
  fresh->well_since_ms = 100000;
  lb->update({old, fresh});
  const auto share = [&](uint64_t now_ms) {
    PickContext at;
    at.now_ms = now_ms;
    int picks = 0;
    for (int i = 0; i < 1000; ++i) picks += lb->choose(at) == fresh ? 1 : 0;
    return picks;
  };
  EXPECT_NEAR(share(100001), 1000 / 11, 5);  // a tenth, the least
  EXPECT_NEAR(share(105000), 1000 / 3, 12);  // half
  EXPECT_NEAR(share(110000), 500, 12);
}

TEST_F(LbTest, TheBiasSaysHowMuchBusyHostsAreAvoided) {
  const HostPtr heavy = host("heavy", 3), light = host("light", 1);
  auto lb = make(Policy::LeastRequest, {heavy, light});
  clusters_.back()->lb.active_request_bias = 0;
  heavy->active_requests = 8;
  EXPECT_NEAR(count(*lb, 400).at("heavy"), 300, 5);
}

}  // namespace
}  // namespace convoy::worker
