#include "worker/upstream/keyed_pools.h"

#include <algorithm>

#include "worker/upstream/cluster.h"
#include "worker/upstream/conn_pool.h"

namespace convoy::worker {

std::shared_ptr<ConnPool> KeyedPools::get(Cluster& cluster, Host& host, bool http2,
                                          config::Priority priority, const PoolKey& key) {
  const char kind = key.raw ? 'a' : '0';
  wanted_.assign(1, static_cast<char>(kind + 2 * static_cast<int>(priority) + (http2 ? 1 : 0)));
  wanted_ += key.server_name;  // without a NUL, and the other part may have any octet
  wanted_ += '\0';
  wanted_ += key.proxy_header;
  Entry& entry = entries_[wanted_];
  if (auto pool = entry.pool.lock()) return pool;
  entry.sessions = cluster.tls().sessions(std::move(entry.sessions));
  auto pool = std::make_shared<ConnPool>(cluster, host, http2, priority, key, entry.sessions);
  entry.pool = pool;
  if (entries_.size() > sweep_at_) sweep();
  return pool;
}

void KeyedPools::sweep() {
  std::erase_if(entries_, [](const auto& entry) { return entry.second.pool.expired(); });
  sweep_at_ = std::max<size_t>(64, entries_.size() * 2);
}

void KeyedPools::closeIdle() {
  for (auto& [key, entry] : entries_) {
    if (auto pool = entry.pool.lock()) pool->closeIdle();
  }
}

bool KeyedPools::closeOneIdle() {
  return std::any_of(entries_.begin(), entries_.end(), [](const auto& entry) {
    const auto pool = entry.second.pool.lock();
    return pool != nullptr && pool->closeOneIdle();
  });
}

}  // namespace convoy::worker
