// server_gauges: all that the master alone knows, put into the Aggregate right before a scrape:
// server.*, cluster_manager.*, listener_manager.*, the membership of clusters, and Convoy's own
// series (convoy_*). Master::refreshGauges is one call of this.
#pragma once

#include <string>
#include <vector>

#include "master/admin/context.h"

namespace convoy::master {

void refreshServerGauges(AdminContext& context);

// The master and its workers together, in bytes.
struct ServerMemory {
  uint64_t allocated = 0;
  uint64_t heap = 0;  // that, and what is free
  uint64_t resident = 0;
};
ServerMemory serverMemory(AdminContext& context);

// "<revision>/1.37.0-convoy.0.1.0/Clean/RELEASE/OpenSSL": Envoy's five fields, which scripts split.
// The second says which Envoy's interface this is, and which Convoy.
std::string serverVersion();

}  // namespace convoy::master
