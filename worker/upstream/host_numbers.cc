#include "worker/upstream/host_numbers.h"

#include <algorithm>

namespace convoy::worker {

ipc::HostStatsToldPayload hostNumbers(ClusterSet& clusters, const ipc::HostStatsPayload& asked) {
  ipc::HostStatsToldPayload out;
  for (uint32_t index : asked.clusters) {
    if (index >= clusters.size()) continue;
    const auto& hosts = clusters.at(index)->hosts();
    const size_t told = std::min(hosts.size(), ipc::HostStatsToldPayload::kMaxHosts);
    for (size_t i = 0; i < told; ++i) {
      ipc::HostNumbers numbers = hosts[i]->numbers;
      numbers.active = hosts[i]->active_requests;
      out.hosts.push_back({index, hosts[i]->address_text, numbers});
    }
  }
  return out;
}

}  // namespace convoy::worker
