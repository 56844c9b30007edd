// host: one upstream endpoint as this worker sees it. Owned by its Cluster
// (worker/upstream/cluster); pools and requests in flight keep it alive through shared_ptr, so an
// endpoint update never pulls it away under them. Worker loop.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/config/model/load_balancing.h"
#include "common/ipc/host_stats.h"
#include "common/net/address.h"
#include "common/net/tls_context.h"
#include "worker/upstream/keyed_pools.h"
#include "worker/upstream/outlier.h"

namespace convoy::worker {

struct Host {
  net::Address address;
  std::string address_text;  // "127.0.0.1:80", for logs
  std::string hostname;
  uint32_t weight = 1;
  uint32_t priority = 0;
  uint32_t locality = 0;
  uint32_t locality_weight = 0;
  bool healthy = true;
  bool degraded = false;
  bool excluded = false;                         // new and not checked yet
  uint64_t well_since_ms = 0;                    // when it came, or became healthy
  const config::LbMetadata* metadata = nullptr;  // of its endpoint
  bool canary = false;
  std::string hash_key;  // of its metadata; "": its address
  uint32_t active_requests = 0;
  HostConduct conduct;
  // `active` is active_requests. Shared with the pools, which may outlive this.
  std::shared_ptr<ipc::HostNumbers> numbers = std::make_shared<ipc::HostNumbers>();
  // Made on first use: by priority, for each HTTP/1.1 and HTTP/2.
  std::array<std::shared_ptr<ConnPool>, 4> pools;
  KeyedPools keyed_pools;
  std::shared_ptr<net::TlsSessions> tls_sessions;  // null until one is kept
};
using HostPtr = std::shared_ptr<Host>;

}  // namespace convoy::worker
