#include "worker/upstream/priority_load.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace convoy::worker {

namespace {

// Percent of its share of the load that so many hosts can take.
uint32_t availability(uint32_t well, const LevelHealth& level, uint32_t factor) {
  if (level.hosts == 0) return 0;
  return static_cast<uint32_t>(std::min<uint64_t>(100, uint64_t{factor} * well / level.hosts));
}

// Of what is left, `health` parts of `total`.
uint32_t takeOf(uint32_t& left, uint32_t health, uint32_t total) {
  const uint32_t taken = std::min(left, total == 0 ? 0 : health * 100 / total);
  left -= taken;
  return taken;
}

// All hosts of all priorities, by their number.
void shareInPanic(const std::vector<LevelHealth>& levels, std::vector<LevelLoad>& out) {
  const uint32_t total =
      std::accumulate(levels.begin(), levels.end(), 0u,
                      [](uint32_t sum, const LevelHealth& level) { return sum + level.hosts; });
  uint32_t left = 100;
  size_t first = levels.size();
  for (size_t i = 0; i < levels.size(); ++i) {
    out[i].degraded = 0;
    out[i].healthy = total == 0 ? 0 : 100 * levels[i].hosts / total;
    left -= out[i].healthy;
    if (levels[i].hosts != 0) first = std::min(first, i);
  }
  if (first < levels.size()) out[first].healthy += left;
}

}  // namespace

std::vector<LevelLoad> loadOf(const std::vector<LevelHealth>& levels,
                              const config::LoadBalancing& config) {
  std::vector<LevelLoad> out(levels.size());
  if (levels.empty()) return out;
  std::vector<uint32_t> healthy, degraded;
  uint32_t sum = 0;
  for (const LevelHealth& level : levels) {
    healthy.push_back(availability(level.healthy, level, config.overprovisioning_factor));
    degraded.push_back(availability(level.degraded, level, config.overprovisioning_factor));
    sum += healthy.back() + degraded.back();
  }
  const uint32_t total = std::min(sum, 100u);
  uint32_t left = 100;
  for (size_t i = 0; i < levels.size(); ++i) out[i].healthy = takeOf(left, healthy[i], total);
  for (size_t i = 0; i < levels.size(); ++i) out[i].degraded = takeOf(left, degraded[i], total);
  // What rounding left over.
  for (size_t i = 0; left != 0 && i < levels.size(); ++i) {
    if (healthy[i] != 0) {
      out[i].healthy += std::exchange(left, 0);
    } else if (degraded[i] != 0 && sum == degraded[i]) {
      out[i].degraded += std::exchange(left, 0);
    }
  }
  if (config.healthy_panic_threshold == 0 && total == 0) {
    out.front().healthy = 100;  // and there will be no host
    return out;
  }
  bool all = true;
  for (size_t i = 0; i < levels.size(); ++i) {
    const LevelHealth& level = levels[i];
    const uint32_t percent =
        level.hosts == 0 ? 0
                         : 100 * level.healthy / level.hosts + 100 * level.degraded / level.hosts;
    out[i].panic = total != 100 && percent < config.healthy_panic_threshold;
    all &= out[i].panic;
  }
  if (all) shareInPanic(levels, out);
  return out;
}

}  // namespace convoy::worker
