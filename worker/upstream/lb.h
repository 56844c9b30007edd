// lb: chooses a host of one cluster: first a subset of its hosts (lb_subset), if the cluster has
// such, then a priority by how many of its hosts are well (lb_priority), then a host by the
// cluster's policy (host_picker). Owned by a Cluster; worker loop; choose() allocates nothing.
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
  // What was particular about the last choice, for the cluster's counters.
  struct Notes {
    bool panic = false;
    bool subset = false;
    bool fallback = false;
    bool fallback_panic = false;
  };

  // `random` and `cluster` outlive it. Each worker starts its round robin at a random host.
  static std::unique_ptr<LoadBalancer> make(const config::Cluster& cluster, base::Random& random);
  virtual ~LoadBalancer() = default;
  // Call after each change of membership, weight or health. Keeps the rotation where it can.
  virtual void update(const std::vector<HostPtr>& hosts) = 0;
  virtual HostPtr choose(const PickContext& context) = 0;  // null if there is no host to try
  HostPtr choose() { return choose(PickContext{}); }
  const Notes& notes() const { return notes_; }
  // Subsets that exist now; 0 without subsets.
  virtual size_t subsets() const { return 0; }

 protected:
  Notes notes_;
};

}  // namespace convoy::worker
