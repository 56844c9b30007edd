// lb_locality: spreads requests over localities by their weights, and in each by the cluster's own
// policy (Envoy: locality_weighted_lb_config). A locality of which hosts are missing gets less once
// more than two sevenths are (overprovisioning factor 1.4); one without a weight gets nothing.
// Owned by a LoadBalancer; worker loop; choose() allocates nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "worker/upstream/host_picker.h"

namespace convoy::worker {

// What each locality of `hosts` gets of the load, in no unit: its weight times how many of its
// hosts of `level` are among them.
std::map<uint32_t, double> localityShares(const std::vector<HostPtr>& hosts,
                                          const std::vector<HostPtr>& level,
                                          uint32_t overprovisioning_factor);

class LocalityWeighted final : public HostPicker {
 public:
  using Factory = std::function<std::unique_ptr<HostPicker>()>;
  // `inner` makes the picker of one locality.
  LocalityWeighted(uint32_t overprovisioning_factor, Factory inner)
      : overprovisioning_factor_(overprovisioning_factor), inner_(std::move(inner)) {}
  void update(const std::vector<HostPtr>& hosts, const std::vector<HostPtr>& level) override;
  HostPtr choose(const PickContext& context) override;

 private:
  struct Locality {
    std::unique_ptr<HostPicker> picker;
    double share = 0;
    double credit = 0;  // the one with most is next
  };
  const uint32_t overprovisioning_factor_;
  const Factory inner_;
  std::map<uint32_t, Locality> localities_;
  double total_ = 0;
};

}  // namespace convoy::worker
