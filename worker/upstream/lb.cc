#include "worker/upstream/lb.h"

#include "worker/upstream/lb_priority.h"
#include "worker/upstream/lb_subset.h"

namespace convoy::worker {

std::unique_ptr<LoadBalancer> LoadBalancer::make(const config::Cluster& cluster,
                                                 base::Random& random) {
  if (cluster.lb.subset) return std::make_unique<SubsetBalancer>(cluster.lb, random);
  return std::make_unique<PriorityBalancer>(cluster.lb, random);
}

}  // namespace convoy::worker
