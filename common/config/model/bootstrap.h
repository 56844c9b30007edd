// model/bootstrap: config.bootstrap.v3.Bootstrap, the root: one whole configuration.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/config/model/cluster.h"
#include "common/config/model/core.h"
#include "common/config/model/listener.h"
#include "common/config/model/stats.h"

namespace convoy::config {

struct Admin {
  std::optional<SocketAddress> address;          // absent: no admin server
  std::vector<AccessLog> access_log;             // access_log_path becomes a File entry
  std::vector<base::StringMatcher> allow_paths;  // empty: all
};

struct Bootstrap {
  Node node;
  Admin admin;
  StatsConfig stats_config;
  std::vector<Listener> listeners;
  std::vector<Cluster> clusters;

  // Index into `clusters`, or -1.
  int findCluster(const std::string& name) const;
};

}  // namespace convoy::config
