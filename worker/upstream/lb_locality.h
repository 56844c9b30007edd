// lb_locality: spreads requests over localities by their weights, and in each by the cluster's own
// policy (Envoy: locality_weighted_lb_config). A locality of which hosts are missing gets less once
// more than two sevenths are (overprovisioning factor 1.4); one without a weight gets nothing.
// Owned by a Cluster; worker loop; choose() allocates nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "worker/upstream/lb.h"

namespace convoy::worker {

class LocalityWeighted final : public LoadBalancer {
 public:
  using Factory = std::function<std::unique_ptr<LoadBalancer>()>;
  // `inner` makes the balancer of one locality.
  LocalityWeighted(uint32_t panic_threshold, Factory inner)
      : panic_threshold_(panic_threshold), inner_(std::move(inner)) {}
  void update(const std::vector<HostPtr>& hosts) override;
  HostPtr choose(const PickContext& context) override;

 private:
  struct Locality {
    std::unique_ptr<LoadBalancer> balancer;
    double share = 0;   // of the load, in no unit
    double credit = 0;  // the one with most is next
  };
  const uint32_t panic_threshold_;
  const Factory inner_;
  std::map<uint32_t, Locality> localities_;
  double total_ = 0;
};

}  // namespace convoy::worker
