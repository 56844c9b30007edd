#include <gtest/gtest.h>

#include "tests/fakes/count_allocations.h"
#include "worker/upstream/lb.h"

namespace convoy::worker {
namespace {

TEST(LbAllocation, ChoosingAllocatesNothing) {
  using Policy = config::LoadBalancing::Policy;
  for (const Policy policy : {Policy::RoundRobin, Policy::LeastRequest, Policy::Random,
                              Policy::RingHash, Policy::Maglev}) {
    for (const uint32_t last_weight : {1u, 5u}) {
      base::Random random(1);
      config::Cluster cluster;
      cluster.lb.policy = policy;
      std::vector<HostPtr> hosts;
      for (int i = 0; i < 5; ++i) hosts.push_back(std::make_shared<Host>());
      hosts.back()->weight = last_weight;
      const auto lb = LoadBalancer::make(cluster, random);
      lb->update(hosts);
      const uint64_t before = fakes::allocationCount();
      for (int i = 0; i < 1000; ++i) ASSERT_NE(lb->choose(), nullptr);
      EXPECT_EQ(fakes::allocationCount(), before);
    }
  }
}

}  // namespace
}  // namespace convoy::worker
