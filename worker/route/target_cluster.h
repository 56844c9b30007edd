// target_cluster: what the match of a route leads to before any host is chosen: the name of the
// cluster, and whether the client must come again over TLS. Pure functions of the request and the
// model: the stream acts on them, explain tells them.
#pragma once

#include <string_view>

#include "common/config/model/route.h"
#include "common/http/header_map.h"

namespace convoy::worker {

// `weighted`: the one that was picked, or null. "" if the field that names the cluster is missing.
std::string_view targetCluster(const config::RouteAction& action,
                               const config::WeightedCluster* weighted,
                               const http::RequestHead& request);

// require_tls: what came in clear, to us or to the trusted proxy before us.
bool mustUseTls(const config::VirtualHost& host, const http::RequestHead& request);

}  // namespace convoy::worker
