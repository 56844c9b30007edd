// host_numbers: what this worker counted of single hosts, for the master's question
// (common/ipc/host_stats.h). Counting is a few additions per answer; telling happens when somebody
// looks at the dashboard. Worker loop.
#pragma once

#include "common/ipc/host_stats.h"
#include "worker/upstream/cluster.h"

namespace convoy::worker {

ipc::HostStatsToldPayload hostNumbers(ClusterSet& clusters, const ipc::HostStatsPayload& asked);

}  // namespace convoy::worker
