// vhost_stats: the counters of virtual clusters and of routes with a stat_prefix: which of them a
// request is counted in. Owned by the HttpManager, where its configuration has some. Worker loop.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "common/config/model/route.h"
#include "common/http/header_map.h"
#include "worker/context.h"
#include "worker/record.h"
#include "worker/route/route_table.h"
#include "worker/upstream/vhost_counters.h"

namespace convoy::worker {

class VhostStats {
 public:
  // Null: nothing in `routes` has such counters.
  static std::unique_ptr<VhostStats> make(WorkerContext& context,
                                          const config::RouteConfiguration& routes);
  // REQUIRES: `match` has a route. Says the name of the virtual cluster to `record`.
  VhostCounters of(const RouteMatchResult& match, const http::RequestHead& request, Record& record);

 private:
  using Block = VhostCounters::Block;
  // By virtual host: those of its virtual clusters in order, then that of all other requests.
  std::unordered_map<const config::VirtualHost*, std::vector<Block>> hosts_;
  std::unordered_map<const config::Route*, Block> routes_;
};

}  // namespace convoy::worker
