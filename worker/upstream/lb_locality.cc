#include "worker/upstream/lb_locality.h"

#include <algorithm>

namespace convoy::worker {

std::map<uint32_t, double> localityShares(const std::vector<HostPtr>& hosts,
                                          const std::vector<HostPtr>& level,
                                          uint32_t overprovisioning_factor) {
  std::map<uint32_t, size_t> here, all;
  for (const HostPtr& host : hosts) ++here[host->locality];
  for (const HostPtr& host : level) ++all[host->locality];
  std::map<uint32_t, double> out;
  for (const HostPtr& host : hosts) {
    const double available = static_cast<double>(here[host->locality]) /
                             static_cast<double>(std::max<size_t>(all[host->locality], 1));
    out[host->locality] =
        host->locality_weight * std::min(1.0, overprovisioning_factor / 100.0 * available);
  }
  return out;
}

void LocalityWeighted::update(const std::vector<HostPtr>& hosts,
                              const std::vector<HostPtr>& level) {
  std::map<uint32_t, std::vector<HostPtr>> here;
  for (const HostPtr& host : hosts) here[host->locality].push_back(host);
  std::erase_if(localities_, [&](const auto& entry) { return here.count(entry.first) == 0; });
  total_ = 0;
  for (const auto& [id, share] : localityShares(hosts, level, overprovisioning_factor_)) {
    Locality& locality = localities_[id];
    if (locality.picker == nullptr) locality.picker = inner_();
    locality.picker->update(here[id], here[id]);
    locality.share = share;
    total_ += share;
  }
}

// Smooth weighted turns: each gains its share, the richest pays for all.
HostPtr LocalityWeighted::choose(const PickContext& context) {
  Locality* best = nullptr;
  for (auto& [id, locality] : localities_) {
    locality.credit += locality.share;
    if (locality.share > 0 && (best == nullptr || locality.credit > best->credit)) best = &locality;
  }
  if (best == nullptr) return nullptr;
  best->credit -= total_;
  return best->picker->choose(context);
}

}  // namespace convoy::worker
