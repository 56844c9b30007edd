#include "worker/upstream/host_numbers.h"

#include <algorithm>

namespace convoy::worker {

ipc::HostStatsToldPayload hostNumbers(ClusterSet& clusters, const ipc::HostStatsPayload& asked) {
  ipc::HostStatsToldPayload out;
  out.question = asked.question;
  for (uint32_t index : asked.clusters) {
    if (index >= clusters.size()) continue;
    const auto& hosts = clusters.at(index)->hosts();
    const size_t end = std::min(hosts.size(), asked.first + ipc::HostStatsToldPayload::kMaxHosts);
    for (size_t i = asked.first; i < end; ++i) {
      ipc::HostNumbers numbers = *hosts[i]->numbers;
      numbers.active = hosts[i]->active_requests;
      out.hosts.push_back({index, hosts[i]->address_text, numbers});
    }
  }
  return out;
}

}  // namespace convoy::worker
