// lb: chooses a host of one cluster. Weighted ROUND_ROBIN (earliest deadline first), LEAST_REQUEST
// (power of N choices; weighted: weight / (active + 1)), RANDOM. Unhealthy hosts are left out
// unless fewer than the panic threshold are healthy (Envoy: 50 %), then all count. The lowest
// priority number with a usable host is taken. Owned by a Cluster; worker loop; choose() allocates
// nothing.
#pragma once

#include <memory>
#include <vector>

#include "common/base/random.h"
#include "common/config/model/cluster.h"
#include "worker/upstream/host.h"
#include "worker/upstream/pick_context.h"

namespace convoy::worker {

class LoadBalancer {
 public:
  // `random` outlives it. Each worker starts its round robin at a random host.
  static std::unique_ptr<LoadBalancer> make(const config::Cluster& cluster, base::Random& random);
  virtual ~LoadBalancer() = default;
  // Call after each change of membership, weight or health. Keeps the rotation where it can.
  virtual void update(const std::vector<HostPtr>& hosts) = 0;
  virtual HostPtr choose(const PickContext& context) = 0;  // null if there is no host to try
  HostPtr choose() { return choose(PickContext{}); }
};

}  // namespace convoy::worker
