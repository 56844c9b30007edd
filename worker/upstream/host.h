// host: one upstream endpoint as this worker sees it. Owned by its Cluster
// (worker/upstream/cluster); pools and requests in flight keep it alive through shared_ptr, so an
// endpoint update never pulls it away under them. Worker loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/ipc/host_stats.h"
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
  ipc::HostNumbers numbers;                        // `active` is active_requests
  std::shared_ptr<ConnPool> pool;                  // made on first use
  std::shared_ptr<ConnPool> http2_pool;            // the same
  std::shared_ptr<net::TlsSessions> tls_sessions;  // null until one is kept
};
using HostPtr = std::shared_ptr<Host>;

}  // namespace convoy::worker
