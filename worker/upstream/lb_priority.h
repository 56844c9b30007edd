// lb_priority: the balancer of a set of hosts: chooses a priority and, in it, healthy, degraded or
// (in a panic) all hosts, by the load that each is to take (priority_load); a picker of the
// cluster's policy chooses among those. Owned by a Cluster or an lb_subset; worker loop.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "worker/upstream/host_picker.h"
#include "worker/upstream/lb.h"
#include "worker/upstream/priority_load.h"

namespace convoy::worker {

class PriorityBalancer final : public LoadBalancer {
 public:
  PriorityBalancer(const config::LoadBalancing& config, base::Random& random)
      : config_(config), random_(random) {}
  void update(const std::vector<HostPtr>& hosts) override;
  HostPtr choose(const PickContext& context) override;
  bool empty() const { return levels_.empty(); }

 private:
  struct Level {
    uint32_t priority = 0;
    std::unique_ptr<HostPicker> healthy, degraded, all;
    LevelHealth health;
    LevelLoad load;
  };
  void fill(Level& level, const std::vector<HostPtr>& hosts);
  void refresh(std::unique_ptr<HostPicker>& picker, const std::vector<HostPtr>& hosts,
               const std::vector<HostPtr>& level);
  HostPtr from(Level& level, bool degraded, const PickContext& context);
  HostPtr elsewhere(const PickContext& context);
  HostPtr at(uint64_t percent, const std::vector<LevelLoad>* loads, const PickContext& context);

  const config::LoadBalancing& config_;
  base::Random& random_;
  std::vector<std::unique_ptr<Level>> levels_;  // by priority
  bool one_takes_all_ = false;                  // the first, with healthy hosts
};

}  // namespace convoy::worker
