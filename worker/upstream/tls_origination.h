// tls_origination: TLS towards the hosts of one cluster: its context, and the counters of its
// handshakes. Owned by its Cluster; worker loop.
#pragma once

#include <memory>
#include <string>

#include "common/config/model/cluster.h"
#include "common/net/connection.h"
#include "common/net/tls_context.h"
#include "common/stats/stat_tables.h"

namespace convoy::worker {

class TlsOrigination {
 public:
  // `tls_stats`: REQUIRED where the cluster has TLS.
  TlsOrigination(const config::Cluster& config, stats::StatBlock<stats::ClusterStat> stats,
                 stats::StatBlock<stats::ClusterTlsStat> tls_stats);
  bool enabled() const { return tls_ != nullptr; }
  // Other certificates for the same cluster; sessions that were kept are of no use with them.
  void rekey(const config::Cluster& config);
  // Before start(): a no-op unless enabled. `hostname` is the endpoint's; `sessions` those of its
  // host, made if null.
  void secure(net::Connection& connection, const std::string& hostname,
              std::shared_ptr<net::TlsSessions>& sessions, bool http2 = false) const;
  // The handshake of one of ours is over, well or not; a no-op for a plain connection.
  void succeeded(const net::Connection& connection);
  void failed(const net::Connection& connection);

 private:
  const config::Cluster& config_;
  uint32_t keys_ = 0;  // how often there were new ones
  // The latter offers "h2" where the configuration names no protocols.
  std::shared_ptr<const net::TlsContext> tls_, tls_http2_;
  stats::StatBlock<stats::ClusterStat> stats_;
  stats::StatBlock<stats::ClusterTlsStat> tls_stats_;
};

}  // namespace convoy::worker
