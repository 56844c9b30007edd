#include "worker/upstream/usable_hosts.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace convoy::worker {
namespace {

struct Level {
  std::vector<HostPtr> all;
  std::vector<HostPtr> healthy;
  bool isGood(uint32_t panic_threshold) const {
    return !healthy.empty() && healthy.size() * 100 >= all.size() * panic_threshold;
  }
};

}  // namespace

std::vector<HostPtr> usableHosts(const std::vector<HostPtr>& hosts, uint32_t panic_threshold) {
  std::map<uint32_t, Level> levels;
  for (const HostPtr& host : hosts) {
    Level& level = levels[host->priority];
    level.all.push_back(host);
    if (host->healthy) level.healthy.push_back(host);
  }
  for (const auto& [priority, level] : levels) {
    if (level.isGood(panic_threshold)) return level.healthy;
  }
  if (panic_threshold == 0 || levels.empty()) return {};
  for (const auto& [priority, level] : levels) {
    if (!level.healthy.empty()) return level.all;
  }
  return levels.begin()->second.all;
}

}  // namespace convoy::worker
