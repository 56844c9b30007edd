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
  // Whose name is asked for, if the endpoint's, or the request's, is of importance.
  struct Names {
    std::string_view endpoint;
    std::string_view request = {};  // PoolKey::server_name
  };
  // `kept`, or others where it is of no use any more; null where none are to be kept.
  std::shared_ptr<net::TlsSessions> sessions(std::shared_ptr<net::TlsSessions> kept) const;
  // Before start(): a no-op unless enabled. `sessions`: those of the names, made if null.
  void secure(net::Connection& connection, const Names& names,
              std::shared_ptr<net::TlsSessions>& sessions, bool http2 = false) const;
  // The handshake of one of ours is over, well or not; a no-op for a plain connection.
  void succeeded(const net::Connection& connection);
  void failed(const net::Connection& connection);

 private:
  std::string_view sniOf(const Names& names) const;
  std::string_view sanOf(const Names& names, std::string_view sni) const;

  const config::Cluster& config_;
  uint32_t keys_ = 0;  // how often there were new ones
  // The latter offers "h2" where the configuration names no protocols.
  std::shared_ptr<const net::TlsContext> tls_, tls_http2_;
  stats::StatBlock<stats::ClusterStat> stats_;
  stats::StatBlock<stats::ClusterTlsStat> tls_stats_;
};

}  // namespace convoy::worker
