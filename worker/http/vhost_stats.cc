#include "worker/http/vhost_stats.h"

#include <algorithm>

#include "worker/route/match_predicates.h"

namespace convoy::worker {

std::unique_ptr<VhostStats> VhostStats::make(WorkerContext& context,
                                             const config::RouteConfiguration& routes) {
  auto out = std::make_unique<VhostStats>();
  const stats::Directory& directory = context.directory;
  for (const config::VirtualHost& host : routes.virtual_hosts) {
    const auto add = [&](const std::string& name) {
      out->hosts_[&host].emplace_back(context.cells(directory.virtualCluster(host.name, name)));
    };
    for (const config::VirtualCluster& cluster : host.virtual_clusters) add(cluster.name);
    if (!host.virtual_clusters.empty()) add(stats::kOtherRequests);
    for (const config::Route& route : host.routes) {
      if (route.stat_prefix.empty()) continue;
      out->routes_.emplace(&route,
                           Block(context.cells(directory.route(host.name, route.stat_prefix))));
    }
  }
  if (out->hosts_.empty() && out->routes_.empty()) return nullptr;
  return out;
}

VhostCounters VhostStats::of(const RouteMatchResult& match, const http::RequestHead& request,
                             Record& record) {
  VhostCounters out;
  if (const auto route = routes_.find(match.route); route != routes_.end()) {
    out.route = &route->second;
  }
  const auto host = hosts_.find(match.virtual_host);
  if (host == hosts_.end()) return out;
  const auto& clusters = match.virtual_host->virtual_clusters;
  const auto found = std::find_if(clusters.begin(), clusters.end(), [&](const auto& cluster) {
    return std::all_of(cluster.headers.begin(), cluster.headers.end(),
                       [&](const auto& matcher) { return matchesHeader(matcher, request); });
  });
  if (found != clusters.end()) record.virtual_cluster = found->name;
  out.virtual_cluster = &host->second[static_cast<size_t>(found - clusters.begin())];
  return out;
}

}  // namespace convoy::worker
