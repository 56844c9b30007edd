// priority_load: how much of the load each priority of a cluster takes, after how many of its hosts
// are well (Envoy: LoadBalancerBase, "Priority levels", "Degraded endpoints", "Panic threshold"). A
// priority of which more than 1/1.4 of the hosts are well (overprovisioning factor) takes all; with
// fewer the next takes the rest. Pure functions, worker loop.
#pragma once

#include <cstdint>
#include <vector>

#include "common/config/model/load_balancing.h"

namespace convoy::worker {

// One priority's hosts; those that are excluded (new, never checked) are not counted at all.
struct LevelHealth {
  uint32_t hosts = 0;
  uint32_t healthy = 0;
  uint32_t degraded = 0;
};

struct LevelLoad {
  uint32_t healthy = 0;   // percent of all requests, to its healthy hosts
  uint32_t degraded = 0;  // to its degraded ones
  bool panic = false;     // so few are well that all take part
};

// One for each level, in order; the percents add up to 100 if there is any host.
std::vector<LevelLoad> loadOf(const std::vector<LevelHealth>& levels,
                              const config::LoadBalancing& config);

}  // namespace convoy::worker
