#include "worker/upstream/lb_locality.h"

#include <algorithm>

#include "worker/upstream/usable_hosts.h"

namespace convoy::worker {

namespace {
constexpr double kOverprovisioning = 1.4;
}

void LocalityWeighted::update(const std::vector<HostPtr>& hosts) {
  const std::vector<HostPtr> usable = usableHosts(hosts, panic_threshold_);
  std::map<uint32_t, std::vector<HostPtr>> here;
  for (const HostPtr& host : usable) here[host->locality].push_back(host);
  std::erase_if(localities_, [&](const auto& entry) { return here.count(entry.first) == 0; });
  total_ = 0;
  for (auto& [id, members] : here) {
    Locality& locality = localities_[id];
    if (locality.balancer == nullptr) locality.balancer = inner_();
    locality.balancer->update(members);
    const uint32_t wanted = id, level = members.front()->priority;
    const auto all = std::count_if(hosts.begin(), hosts.end(), [&](const HostPtr& host) {
      return host->locality == wanted && host->priority == level;
    });
    const double available = static_cast<double>(members.size()) / static_cast<double>(all);
    locality.share =
        members.front()->locality_weight * std::min(1.0, kOverprovisioning * available);
    total_ += locality.share;
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
  return best->balancer->choose(context);
}

}  // namespace convoy::worker
