// lb_subset: hosts in subsets by their metadata (Envoy: lb_subset_config): for each selector and
// each combination of values of its keys a balancer of its own. A request whose route names such a
// combination gets a host of that subset; what else happens is for the fallback policies to say.
// Owned by a Cluster; worker loop.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "worker/upstream/lb_priority.h"

namespace convoy::worker {

class SubsetBalancer final : public LoadBalancer {
 public:
  SubsetBalancer(const config::LoadBalancing& config, base::Random& random);
  void update(const std::vector<HostPtr>& hosts) override;
  HostPtr choose(const PickContext& context) override;
  size_t subsets() const override { return subsets_.size(); }

 private:
  using Fallback = config::LbSubset::Fallback;
  HostPtr chooseFrom(PriorityBalancer& balancer, const PickContext& context);
  HostPtr fallBack(const config::LbMetadata& wanted, const PickContext& context);
  HostPtr byPolicy(Fallback policy, const PickContext& context);
  const config::LbSubset::Selector* selectorOf(const config::LbMetadata& wanted) const;

  const config::LoadBalancing& config_;
  base::Random& random_;
  std::map<config::LbMetadata, std::unique_ptr<PriorityBalancer>> subsets_;
  PriorityBalancer all_;
  PriorityBalancer default_;
};

}  // namespace convoy::worker
