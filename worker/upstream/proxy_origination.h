// proxy_origination: the PROXY header that a cluster's connections begin with: what it says of the
// client. Connections with one are never shared between clients (conn_pool). No state; worker loop.
#pragma once

#include <string>

#include "common/config/model/cluster.h"
#include "common/net/address.h"
#include "worker/listener/client_origin.h"

namespace convoy::worker {

// "" if the cluster has none. `origin` may be null.
std::string proxyHeader(const config::Cluster& cluster, const net::Address& client,
                        const net::Address& local, const ClientOrigin* origin);

}  // namespace convoy::worker
