// directory: which cell of a slab means what, for one configuration. A pure function of the
// Bootstrap, so master and worker compute the same one (layout_hash proves it). Only this names
// stats; workers only add. Objects with the same tag (two HTTP connection managers with one
// stat_prefix) share one block, so no series appears twice. Blocks begin on cache lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/config/model/bootstrap.h"
#include "common/stats/counters.h"
#include "common/stats/histogram_bounds.h"

namespace convoy::stats {

struct Block {
  Scope scope;
  std::string raw_prefix;  // "cluster.service.", "http.ingress_http.", "listener.0.0.0.0_80."
  std::vector<std::pair<std::string, std::string>> tags;  // Prometheus labels, extracted
  uint32_t first_cell;
  std::shared_ptr<const BlockBounds> bounds = nullptr;  // null: the usual ones
};

// Envoy's name for a virtual cluster of what matches no other.
inline constexpr const char* kOtherRequests = "other";

class Directory {
 public:
  static Directory build(const config::Bootstrap& bootstrap);

  size_t cellCount() const { return cell_count_; }
  uint64_t layoutHash() const { return layout_hash_; }
  const std::vector<Block>& blocks() const { return blocks_; }

  // First cell of the block of listeners[i], clusters[i]; for the http() and tcp() chains of a
  // listener their filter's, kNone for the others.
  static constexpr uint32_t kNone = UINT32_MAX;
  uint32_t server() const { return 0; }
  uint32_t listener(size_t index) const { return listener_[index]; }
  uint32_t http(size_t listener, size_t chain = 0) const { return chains_[listener][chain].http; }
  uint32_t listenerHttp(size_t listener, size_t chain = 0) const {
    return chains_[listener][chain].listener_http;
  }
  uint32_t tcp(size_t listener, size_t chain = 0) const { return chains_[listener][chain].tcp; }
  // Of the network filter before the last one; kNone if it counts nothing.
  uint32_t networkFilter(size_t listener, size_t chain, size_t filter) const {
    return chains_[listener][chain].filters[filter];
  }
  uint32_t proxyProto(size_t version) const { return proxy_proto_[version - 1]; }
  uint32_t cluster(size_t index) const { return cluster_[index]; }
  // kNone for those without TLS.
  uint32_t listenerTls(size_t index) const { return listener_tls_[index]; }
  uint32_t clusterTls(size_t index) const { return cluster_tls_[index]; }
  // Who counts in the LimitsPage, by names that last over reloads: the clusters, in their order,
  // then the filters that limit over all workers (directory_seats.cc).
  const std::vector<std::string>& seatNames() const { return seat_names_; }
  static constexpr size_t kNoSeat = SIZE_MAX;
  // Of a network filter, into seatNames().
  size_t filterSeat(size_t listener, size_t chain, size_t filter) const {
    return chains_[listener][chain].seats[filter];
  }
  // Of the settings of an HTTP local_ratelimit: an object of the Bootstrap this was built of.
  struct HttpRate {
    uint32_t first_cell = kNone;
    size_t seat = kNoSeat;
  };
  HttpRate httpRate(const config::RateLimitFilter& settings) const;
  // Of a virtual cluster of the virtual host `host` (kOtherRequests: of the requests that are in
  // none of its virtual clusters), and of its routes with that stat_prefix.
  // REQUIRES: the configuration has it.
  uint32_t virtualCluster(const std::string& host, const std::string& name) const;
  uint32_t route(const std::string& host, const std::string& stat_prefix) const;
  // Of the calls of a cluster, or of one method of a service; kNone if no filter counts them.
  uint32_t grpc(const config::Cluster& cluster) const;
  uint32_t grpc(const config::Cluster& cluster, const config::GrpcMethod& method) const;
  // What the worker holds of shared limits (limits_page.h): no stats, behind all blocks.
  uint32_t holdings() const { return holdings_; }
  // The bounds of the block's histograms where they are not the usual ones, for a CellRef.
  const BoundsUs* const* boundsAt(uint32_t first_cell) const;

 private:
  // Prefix and scope of a block that is there already -> its index, while it is built.
  using Known = std::unordered_map<std::string, uint32_t>;
  uint32_t addBlock(Block block, Known& known);
  void addListener(const config::Listener& listener, Known& known);
  void addVirtualHost(const config::VirtualHost& host, Known& known);
  void addProxyProto(Known& known);
  uint32_t addNetworkFilter(const config::NetworkFilter& filter, Known& known);
  size_t addSeat(std::string name);
  size_t addOwnSeat(const std::string& name);
  size_t seatOf(const config::NetworkFilter& filter, const std::string& place);
  void addHttpRates(const config::HttpConnectionManager& http, const std::string& place,
                    Known& known);
  void addHttpRate(const config::FilterSettings* settings, const std::string& place, Known& known);
  void addGrpc(const config::HttpConnectionManager& http, const config::Bootstrap& bootstrap,
               Known& known);
  void setBounds(const config::StatsConfig& config);

  std::vector<Block> blocks_;
  struct Chain {
    uint32_t http = kNone, listener_http = kNone, tcp = kNone;
    std::vector<uint32_t> filters;
    std::vector<size_t> seats;  // kNoSeat: nothing is limited
  };
  std::vector<uint32_t> listener_, cluster_, listener_tls_, cluster_tls_;
  std::vector<std::string> seat_names_;
  std::unordered_map<std::string, size_t> filter_seats_;  // into seat_names_
  std::unordered_map<const config::RateLimitFilter*, HttpRate> http_rates_;
  std::unordered_map<std::string, uint32_t> vhost_;  // by raw prefix
  std::unordered_map<std::string, uint32_t> grpc_;   // by prefix
  uint32_t proxy_proto_[2] = {kNone, kNone};
  std::unordered_map<uint32_t, std::shared_ptr<const BlockBounds>> bounds_;  // by first cell
  std::vector<std::vector<Chain>> chains_;
  uint32_t holdings_ = 0;
  size_t cell_count_ = 0;
  uint64_t layout_hash_ = 0;
};

// The defs of a scope, in cell order.
const StatDef* defsOf(Scope scope, size_t* count);
size_t cellsOfScope(Scope scope);
// "envoy_cluster_": what stands before a raw name (dots as underscores) in its Prometheus family.
std::string_view familyPrefix(Scope scope);

}  // namespace convoy::stats
