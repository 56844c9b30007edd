// keyed_pools: the pools of one host whose connections are not for everybody (PoolKey): one for
// each key while it has connections, and the TLS sessions of its name for longer. Clients choose
// the keys, so what nobody uses is swept out. Owned by its Host; worker loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "common/config/model/cluster.h"
#include "common/net/tls_context.h"
#include "worker/upstream/pool_key.h"

namespace convoy::worker {

class Cluster;
class ConnPool;
struct Host;

class KeyedPools {
 public:
  // REQUIRES: !key.shared(). It lives as long as somebody holds it, its connections included.
  std::shared_ptr<ConnPool> get(Cluster& cluster, Host& host, bool http2, config::Priority priority,
                                const PoolKey& key);
  void closeIdle();
  // Whichever has one, to make room for another. False: none has.
  bool closeOneIdle();
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::weak_ptr<ConnPool> pool;
    std::shared_ptr<net::TlsSessions> sessions;
  };
  void sweep();

  std::unordered_map<std::string, Entry> entries_;
  std::string wanted_;  // kept for its memory
  size_t sweep_at_ = 64;
};

}  // namespace convoy::worker
