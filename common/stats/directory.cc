#include "common/stats/directory.h"

#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "common/stats/limits_page.h"
#include "common/stats/stat_tables.h"

namespace convoy::stats {

namespace {

constexpr uint32_t kCellsPerCacheLine = 8;

// FNV-1a: master and worker are the same program, so it only has to notice a difference.
void mix(uint64_t& hash, std::string_view bytes) {
  for (char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  hash = (hash ^ 0xff) * 0x100000001b3ULL;
}

void mixScope(uint64_t& hash, Scope scope) {
  size_t count = 0;
  const StatDef* defs = defsOf(scope, &count);
  for (size_t i = 0; i < count; ++i) {
    mix(hash, defs[i].name);
    mix(hash, std::to_string(static_cast<int>(defs[i].type)));
  }
}

template <typename E>
const StatDef* table(size_t* count) {
  *count = StatTable<E>::defs().size();
  return StatTable<E>::defs().data();
}

std::string grpcPrefix(const config::Cluster& cluster) {
  return "cluster." + cluster.statName() + ".grpc.";
}

std::string grpcPrefix(const config::Cluster& cluster, const config::GrpcMethod& method) {
  return grpcPrefix(cluster) + method.service + "." + method.name + ".";
}

constexpr char kVirtualCluster[] = "vcluster";
constexpr char kRoute[] = "route";

std::string vhostPrefix(const std::string& host, const char* kind, const std::string& name) {
  return "vhost." + host + "." + kind + "." + name + ".";
}

// The clusters that the routes name; nothing if a request may name any.
std::optional<std::set<std::string_view>> clustersOf(const config::RouteConfiguration& routes) {
  std::set<std::string_view> out;
  for (const config::VirtualHost& host : routes.virtual_hosts) {
    for (const config::Route& route : host.routes) {
      if (route.kind != config::Route::Kind::Forward) continue;
      if (!route.action.cluster_header.empty()) return std::nullopt;
      out.insert(route.action.cluster);
      for (const config::WeightedCluster& weighted : route.action.weighted_clusters) {
        if (!weighted.cluster_header.empty()) return std::nullopt;
        out.insert(weighted.name);
      }
    }
  }
  return out;
}

}  // namespace

const StatDef* defsOf(Scope scope, size_t* count) {
  switch (scope) {
    case Scope::Server:
      return table<ServerStat>(count);
    case Scope::Listener:
      return table<ListenerStat>(count);
    case Scope::Http:
      return table<HttpStat>(count);
    case Scope::ListenerHttp:
      return table<ListenerHttpStat>(count);
    case Scope::Tcp:
      return table<TcpStat>(count);
    case Scope::ProxyProto:
      return table<ProxyProtoStat>(count);
    case Scope::ConnectionLimit:
      return table<ConnectionLimitStat>(count);
    case Scope::ConnectionRate:
      return table<ConnectionRateStat>(count);
    case Scope::ListenerTls:
      return table<ListenerTlsStat>(count);
    case Scope::ClusterTls:
      return table<ClusterTlsStat>(count);
    case Scope::NetworkRbac:
      return table<NetworkRbacStat>(count);
    case Scope::HttpRate:
      return table<HttpRateStat>(count);
    case Scope::VirtualCluster:
    case Scope::VhostRoute:
      return table<VhostStat>(count);
    case Scope::Grpc:
      return table<GrpcStat>(count);
    case Scope::Cluster:
      break;
  }
  return table<ClusterStat>(count);
}

size_t cellsOfScope(Scope scope) {
  size_t count = 0;
  const StatDef* defs = defsOf(scope, &count);
  size_t cells = 0;
  for (size_t i = 0; i < count; ++i) cells += cellsOf(defs[i].type);
  return cells;
}

std::string_view familyPrefix(Scope scope) {
  switch (scope) {
    case Scope::Server:
      return "envoy_";
    case Scope::Listener:
    case Scope::ListenerTls:
      return "envoy_listener_";
    case Scope::Http:
      return "envoy_http_";
    case Scope::ListenerHttp:
      return "envoy_listener_http_";
    case Scope::Tcp:
      return "envoy_tcp_";
    case Scope::ProxyProto:
      return "envoy_proxy_proto_";
    case Scope::ConnectionLimit:
      return "envoy_connection_limit_";
    case Scope::ConnectionRate:
      return "envoy_local_rate_limit_";
    case Scope::NetworkRbac:
      return "envoy_rbac_";
    case Scope::HttpRate:
      return "envoy_http_local_rate_limit_";
    case Scope::VirtualCluster:
      return "envoy_vhost_vcluster_";
    case Scope::VhostRoute:
      return "envoy_vhost_route_";
    case Scope::Grpc:
      return "envoy_cluster_grpc_";
    case Scope::Cluster:
    case Scope::ClusterTls:
      break;
  }
  return "envoy_cluster_";
}

uint32_t Directory::addBlock(Block block, Known& known) {
  const auto [same, added] =
      known.try_emplace(std::to_string(static_cast<int>(block.scope)) + block.raw_prefix,
                        static_cast<uint32_t>(blocks_.size()));
  if (!added) return blocks_[same->second].first_cell;
  block.first_cell = static_cast<uint32_t>(cell_count_);
  cell_count_ += cellsOfScope(block.scope);
  cell_count_ = (cell_count_ + kCellsPerCacheLine - 1) / kCellsPerCacheLine * kCellsPerCacheLine;
  blocks_.push_back(std::move(block));
  return blocks_.back().first_cell;
}

void Directory::addListener(const config::Listener& listener, Known& known) {
  const std::string address = listener.statName();
  const std::string prefix = "listener." + address + ".";
  const std::pair<std::string, std::string> tag{"envoy_listener_address", address};
  listener_.push_back(addBlock({Scope::Listener, prefix, {tag}, 0}, known));
  listener_tls_.push_back(
      listener.hasTls() ? addBlock({Scope::ListenerTls, prefix, {tag}, 0}, known) : kNone);
  if (listener.proxy_protocol) addProxyProto(known);
  std::vector<Chain>& chains = chains_.emplace_back();
  for (size_t i = 0; i < listener.chainCount(); ++i) {
    Chain& chain = chains.emplace_back();
    if (const auto* http = listener.chain(i).http()) {
      const std::string& p = http->stat_prefix;
      const std::pair<std::string, std::string> http_tag{"envoy_http_conn_manager_prefix", p};
      chain.http = addBlock({Scope::Http, "http." + p + ".", {http_tag}, 0}, known);
      chain.listener_http =
          addBlock({Scope::ListenerHttp, prefix + "http." + p + ".", {http_tag, tag}, 0}, known);
      for (const auto& host : http->route_config.virtual_hosts) addVirtualHost(host, known);
    } else if (const auto* tcp = listener.chain(i).tcp()) {
      const std::string& p = tcp->stat_prefix;
      chain.tcp = addBlock({Scope::Tcp, "tcp." + p + ".", {{"envoy_tcp_prefix", p}}, 0}, known);
    }
    // A chain without a name is told by its place.
    const config::FilterChain& of = listener.chain(i);
    const std::string place =
        "\n" + listener.name + "\n" + (of.name.empty() ? std::to_string(i) : of.name) + "\n";
    for (const auto& filter : of.filters) {
      chain.filters.push_back(addNetworkFilter(filter, known));
      chain.seats.push_back(seatOf(filter, place));
    }
    if (of.http() != nullptr) addHttpRates(*of.http(), place, known);
  }
}

void Directory::addVirtualHost(const config::VirtualHost& host, Known& known) {
  const auto add = [&](Scope scope, const char* kind, const char* label, const std::string& name) {
    const std::string prefix = vhostPrefix(host.name, kind, name);
    const uint32_t cells =
        addBlock({scope, prefix, {{"envoy_virtual_host", host.name}, {label, name}}, 0}, known);
    vhost_.emplace(prefix, cells);
  };
  for (const config::VirtualCluster& cluster : host.virtual_clusters) {
    add(Scope::VirtualCluster, kVirtualCluster, "envoy_virtual_cluster", cluster.name);
  }
  if (!host.virtual_clusters.empty()) {
    add(Scope::VirtualCluster, kVirtualCluster, "envoy_virtual_cluster", kOtherRequests);
  }
  for (const config::Route& route : host.routes) {
    if (!route.stat_prefix.empty()) {
      add(Scope::VhostRoute, kRoute, "envoy_route", route.stat_prefix);
    }
  }
}

uint32_t Directory::virtualCluster(const std::string& host, const std::string& name) const {
  return vhost_.at(vhostPrefix(host, kVirtualCluster, name));
}

uint32_t Directory::route(const std::string& host, const std::string& stat_prefix) const {
  return vhost_.at(vhostPrefix(host, kRoute, stat_prefix));
}

void Directory::addProxyProto(Known& known) {
  for (const size_t version : {1U, 2U}) {
    const std::string number = std::to_string(version);
    proxy_proto_[version - 1] = addBlock({Scope::ProxyProto,
                                          "proxy_proto.versions.v" + number + ".",
                                          {{"envoy_proxy_protocol_version", number}},
                                          0},
                                         known);
  }
}

uint32_t Directory::addNetworkFilter(const config::NetworkFilter& filter, Known& known) {
  if (const auto* limit = std::get_if<config::ConnectionLimit>(&filter)) {
    const std::string& p = limit->stat_prefix;
    return addBlock({Scope::ConnectionLimit,
                     "connection_limit." + p + ".",
                     {{"envoy_connection_limit_prefix", p}},
                     0},
                    known);
  }
  if (const auto* rate = std::get_if<config::ConnectionRate>(&filter)) {
    const std::string& p = rate->stat_prefix;
    return addBlock({Scope::ConnectionRate,
                     "local_rate_limit." + p + ".",
                     {{"envoy_local_network_ratelimit_prefix", p}},
                     0},
                    known);
  }
  if (const auto* rbac = std::get_if<config::NetworkRbac>(&filter)) {
    std::string p = rbac->stat_prefix;
    if (p.ends_with('.')) p.pop_back();
    return addBlock({Scope::NetworkRbac, p + ".rbac.", {{"envoy_rbac_prefix", p}}, 0}, known);
  }
  return kNone;
}

// Of each cluster that calls may go to: one block for all of them, and one for each method.
void Directory::addGrpc(const config::HttpConnectionManager& http,
                        const config::Bootstrap& bootstrap, Known& known) {
  for (const config::HttpFilter& filter : http.http_filters) {
    if (filter.kind != config::HttpFilter::Kind::GrpcStats) continue;
    const auto& settings = std::get<config::GrpcStatsFilter>(*filter.settings);
    const auto reached = clustersOf(http.route_config);
    for (const config::Cluster& cluster : bootstrap.clusters) {
      if (reached && reached->count(cluster.name) == 0) continue;
      const auto add = [&](const std::string& prefix, decltype(Block::tags) tags) {
        grpc_[prefix] = addBlock({Scope::Grpc, prefix, std::move(tags), 0}, known);
      };
      const std::pair<std::string, std::string> name{"envoy_cluster_name", cluster.statName()};
      add(grpcPrefix(cluster), {name});
      for (const config::GrpcMethod& method : settings.methods) {
        add(grpcPrefix(cluster, method), {{"envoy_grpc_bridge_method", method.name},
                                          {"envoy_grpc_bridge_service", method.service},
                                          name});
      }
    }
  }
}

uint32_t Directory::grpc(const config::Cluster& cluster) const {
  const auto found = grpc_.find(grpcPrefix(cluster));
  return found == grpc_.end() ? kNone : found->second;
}

uint32_t Directory::grpc(const config::Cluster& cluster, const config::GrpcMethod& method) const {
  const auto found = grpc_.find(grpcPrefix(cluster, method));
  return found == grpc_.end() ? kNone : found->second;
}

void Directory::setBounds(const config::StatsConfig& config) {
  const BoundsTable table(config);
  if (table.empty()) return;
  for (Block& block : blocks_) {
    size_t count = 0;
    const StatDef* defs = defsOf(block.scope, &count);
    block.bounds = table.of(block.raw_prefix, defs, count);
    if (block.bounds != nullptr) bounds_[block.first_cell] = block.bounds;
  }
}

const BoundsUs* const* Directory::boundsAt(uint32_t first_cell) const {
  const auto found = bounds_.find(first_cell);
  return found == bounds_.end() ? nullptr : found->second->by_stat.data();
}

Directory Directory::build(const config::Bootstrap& bootstrap) {
  Directory d;
  Known known;
  d.addBlock({Scope::Server, "", {}, 0}, known);
  for (const auto& cluster : bootstrap.clusters) d.seat_names_.push_back(cluster.name);
  for (const auto& listener : bootstrap.listeners) d.addListener(listener, known);
  for (const auto& cluster : bootstrap.clusters) {
    const std::string name = cluster.statName();
    const std::string prefix = "cluster." + name + ".";
    const std::pair<std::string, std::string> tag{"envoy_cluster_name", name};
    d.cluster_.push_back(d.addBlock({Scope::Cluster, prefix, {tag}, 0}, known));
    d.cluster_tls_.push_back(cluster.tls ? d.addBlock({Scope::ClusterTls, prefix, {tag}, 0}, known)
                                         : kNone);
  }
  for (const auto& listener : bootstrap.listeners) {
    for (size_t i = 0; i < listener.chainCount(); ++i) {
      if (const auto* http = listener.chain(i).http()) d.addGrpc(*http, bootstrap, known);
    }
  }
  d.holdings_ = static_cast<uint32_t>(d.cell_count_);
  d.cell_count_ += holdingCell(d.seat_names_.size());
  d.setBounds(bootstrap.stats_config);
  d.layout_hash_ = 0xcbf29ce484222325ULL;
  for (int s = 0; s < kScopes; ++s) mixScope(d.layout_hash_, static_cast<Scope>(s));
  for (const Block& block : d.blocks_) {
    mix(d.layout_hash_, std::to_string(static_cast<int>(block.scope)));
    mix(d.layout_hash_, block.raw_prefix);
    mix(d.layout_hash_, std::to_string(block.first_cell));
  }
  mix(d.layout_hash_, std::to_string(d.cell_count_));
  return d;
}

}  // namespace convoy::stats
