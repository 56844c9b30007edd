// pool_key: what a request asks of its upstream connection besides protocol and priority: the PROXY
// header that it begins with, the name that TLS asks for (upstream_http_protocol_options), and
// whether it is to carry HTTP at all.
// Requests that ask for different things never share a connection. A value, for one call; worker
// loop.
#pragma once

#include <string>
#include <string_view>

#include "common/config/model/cluster.h"
#include "common/http/codec.h"

namespace convoy::worker {

struct PoolKey {
  std::string proxy_header;      // "" for none
  std::string_view server_name;  // "": what the cluster says
  bool raw = false;              // it carries no HTTP, but one tunnel (RequestHead::to_raw)
  bool shared() const { return proxy_header.empty() && server_name.empty() && !raw; }
};

// The host of a request, or what its configured field says, without a port; "" where the cluster
// does not ask. As the route has changed it, but for auto_host_rewrite, which comes later.
std::string_view serverName(const config::Cluster& cluster, const http::RequestHead& request);

}  // namespace convoy::worker
