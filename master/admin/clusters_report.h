// clusters_report: the answer of /clusters in Envoy's two forms: limits, hosts with what is known
// of their health, and what the workers count of each. Stateless; the master's loop.
#pragma once

#include <functional>
#include <string>

#include "common/base/json.h"
#include "common/config/model/bootstrap.h"
#include "master/host_book.h"
#include "master/upstream/ejections.h"

namespace convoy::master {

// One cluster and what is known of it.
struct ClusterReport {
  const config::Cluster& cluster;
  uint32_t index = 0;  // in Bootstrap::clusters
  const std::vector<ipc::EndpointHost>& hosts;
  const Ejections::BothRates* rates = nullptr;  // null: no outlier_detection
  const HostSums& sums;
};

void appendClusterText(const ClusterReport& report, std::string& out);
// admin.v3.ClusterStatus
Json::Value clusterStatusJson(const ClusterReport& report);

}  // namespace convoy::master
