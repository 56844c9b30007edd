// host: one upstream endpoint as this worker sees it. Owned by its Cluster
// (worker/upstream/cluster); pools and requests in flight keep it alive through shared_ptr, so an
// endpoint update never pulls it away under them. Worker loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/net/address.h"
#include "common/net/tls_context.h"
#include "worker/upstream/outlier.h"

namespace convoy::worker {

class ConnPool;

struct Host {
  net::Address address;
  std::string address_text;  // "127.0.0.1:80", for logs
  std::string hostname;
  uint32_t weight = 1;
  uint32_t priority = 0;
  uint32_t locality = 0;
  uint32_t locality_weight = 0;
  bool healthy = true;
  uint32_t active_requests = 0;
  FailureStreaks streaks;
  std::shared_ptr<ConnPool> pool;        // made on first use
  std::shared_ptr<ConnPool> http2_pool;  // the same
  // Behind a PROXY header, which speaks for one client: a pool for each, while it has connections.
  std::unordered_map<std::string, std::weak_ptr<ConnPool>> proxy_pools;
  size_t sweep_proxy_pools_at = 64;
  std::shared_ptr<net::TlsSessions> tls_sessions;  // null until one is kept
};
using HostPtr = std::shared_ptr<Host>;

}  // namespace convoy::worker
