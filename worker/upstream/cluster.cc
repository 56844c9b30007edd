#include "worker/upstream/cluster.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/net/socket.h"
#include "worker/upstream/conn_pool.h"
#include "worker/upstream/limit_place.h"

namespace convoy::worker {

using stats::ClusterStat;

namespace {

stats::StatBlock<stats::ClusterTlsStat> tlsStatsOf(WorkerContext& context,
                                                   const config::Cluster& config, uint32_t index) {
  using Block = stats::StatBlock<stats::ClusterTlsStat>;
  return config.tls ? Block(context.cells(context.directory.clusterTls(index))) : Block();
}

}  // namespace

Cluster::Cluster(WorkerContext& context, const config::Cluster& config, uint32_t index,
                 uint32_t first_cell)
    : context_(context),
      config_(config),
      index_(index),
      stats_(context.cells(first_cell)),
      tls_(config, stats_, tlsStatsOf(context, config, index)),
      h2_observer_(stats_),
      breaker_(config.circuit_breakers, limitPlace(context, index), context.concurrency),
      lb_(LoadBalancer::make(config, context.random)) {
  h1_.max_head_bytes = size_t{config.max_response_headers_kb} * 1024;
  h1_.max_fields = config.max_headers_count;
  h1_.proper_case = config.header_key_format == config::HeaderKeyFormat::ProperCase;
  h1_.keep_spelling = config.header_key_format == config::HeaderKeyFormat::Preserve;
  h2_ = h2SettingsOf(config.http2, h1_);
}

namespace {

HostPtr makeHost(const ipc::EndpointHost& endpoint) {
  auto host = std::make_shared<Host>();
  auto address = endpoint.path.empty() ? net::Address::fromIp(endpoint.ip, endpoint.port)
                                       : net::Address::fromUnixPath(endpoint.path);
  if (!address.ok()) {
    base::logger("upstream").error("endpoint left out: {}", address.error().context);
    return nullptr;
  }
  host->address = *address;
  host->address_text = host->address.toString();
  return host;
}

}  // namespace

void Cluster::setHosts(const std::vector<ipc::EndpointHost>& hosts) {
  std::unordered_map<std::string, HostPtr> old;
  for (HostPtr& host : hosts_) old.emplace(host->address_text, host);
  std::vector<HostPtr> next;
  next.reserve(hosts.size());
  for (const ipc::EndpointHost& endpoint : hosts) {
    HostPtr host = makeHost(endpoint);
    if (host == nullptr) continue;
    auto it = old.find(host->address_text);
    if (it != old.end()) {
      host = it->second;
      old.erase(it);
    }
    tell(*host, endpoint);
    next.push_back(std::move(host));
  }
  if (config_.close_connections_on_host_set_change && next != hosts_) {
    for (auto& host : hosts_) closePools(*host);
  }
  for (auto& [text, host] : old) closePools(*host);
  hosts_ = std::move(next);
  lb_->update(hosts_);
  // A gauge is the sum over workers, and all have the same.
  if (context_.slab->header().slot == 0) {
    stats_.set(ClusterStat::lb_subsets_active, lb_->subsets());
  }
}

std::shared_ptr<ipc::HostNumbers> Cluster::numbersOf(const net::Address& address) const {
  for (const HostPtr& host : hosts_) {
    if (host->address == address) return host->numbers;
  }
  return nullptr;
}

// What the master knows of a host, and what is configured of its endpoint.
void Cluster::tell(Host& host, const ipc::EndpointHost& endpoint) {
  const bool well = endpoint.healthy && !endpoint.excluded;
  const bool was_well = host.healthy && !host.excluded && host.well_since_ms != 0;
  if (well && !was_well) host.well_since_ms = context_.loop.nowMs();
  host.hostname = endpoint.hostname;
  host.weight = endpoint.weight;
  host.priority = endpoint.priority;
  host.locality = endpoint.locality;
  host.locality_weight = endpoint.locality_weight;
  host.healthy = endpoint.healthy;
  host.degraded = endpoint.degraded;
  host.excluded = endpoint.excluded;
  if (endpoint.endpoint >= config_.endpoints.size()) return;
  const config::LbEndpoint& configured = config_.endpoints[endpoint.endpoint];
  host.metadata = &configured.metadata;
  host.canary = configured.canary;
  const std::string* key = config::findMetadata(configured.metadata, "hash_key");
  // As JSON text a string stands in quotes; Envoy takes no other value.
  if (key != nullptr && key->size() > 2 && key->front() == '"') {
    host.hash_key = key->substr(1, key->size() - 2);
  }
}

void Cluster::closePools(Host& host) {
  for (auto& pool : host.pools) {
    if (pool != nullptr) pool->closeIdle();
  }
  host.keyed_pools.closeIdle();
}

HostPtr Cluster::chooseHost(const PickContext& context) {
  PickContext now = context;
  now.now_ms = context_.loop.nowMs();
  HostPtr host = lb_->choose(now);
  const LoadBalancer::Notes& notes = lb_->notes();
  if (notes.panic) stats_.inc(ClusterStat::lb_healthy_panic);
  if (notes.subset) stats_.inc(ClusterStat::lb_subsets_selected);
  if (notes.fallback) stats_.inc(ClusterStat::lb_subsets_fallback);
  if (notes.fallback_panic) stats_.inc(ClusterStat::lb_subsets_fallback_panic);
  if (host == nullptr) stats_.inc(ClusterStat::upstream_cx_none_healthy);
  return host;
}

std::shared_ptr<ConnPool> Cluster::poolOf(Host& host, bool http2, Priority priority,
                                          const PoolKey& key) {
  if (!key.shared()) return host.keyed_pools.get(*this, host, http2, priority, key);
  auto& pool = host.pools[2 * static_cast<size_t>(priority) + (http2 ? 1 : 0)];
  if (pool == nullptr) pool = std::make_shared<ConnPool>(*this, host, http2, priority);
  return pool;
}

bool Cluster::closeOneKeyed() {
  return std::any_of(hosts_.begin(), hosts_.end(),
                     [](const HostPtr& host) { return host->keyed_pools.closeOneIdle(); });
}

bool Cluster::speaksHttp2(http::Protocol downstream) const {
  using Protocol = config::Cluster::Protocol;
  if (config_.protocol == Protocol::Http1) return false;
  return config_.protocol == Protocol::Http2 || downstream == http::Protocol::Http2;
}

void Cluster::onAnswer(Host& host, int status) {
  ++(status >= 500 ? host.numbers->rq_error : host.numbers->rq_success);
  judge(host, status);
}

void Cluster::onNoAnswer(Host& host, int as_status) {
  ++host.numbers->rq_error;
  judgeNone(host, as_status);
}

void Cluster::onTcpConnected(Host& host) {
  ++host.numbers->tcp_success;
  judge(host, 200);
}

void Cluster::onTcpFailed(Host& host, bool timeout) {
  ++host.numbers->tcp_error;
  judgeNone(host, timeout ? 504 : 503);
}

void Cluster::judge(Host& host, int status) {
  if (!config_.outlier_detection) return;
  report(host, host.conduct.answered(*config_.outlier_detection, status));
}

void Cluster::judgeNone(Host& host, int as_status) {
  if (!config_.outlier_detection) return;
  report(host, host.conduct.failed(*config_.outlier_detection, as_status));
}

void Cluster::report(const Host& host, const HostConduct::Reached& reached) {
  if (context_.master == nullptr) return;
  const bool unix_path = !host.address.isIp();
  ipc::HostFailingPayload report;
  report.cluster = index_;
  report.ip = unix_path ? "" : host.address.ip();
  report.port = unix_path ? uint16_t{0} : host.address.port();
  report.path = unix_path ? host.address_text : "";
  if (reached.server_errors) context_.master->hostFailing(report);
  report.gateway = true;
  if (reached.gateway_failures) context_.master->hostFailing(report);
  report.gateway = false;
  report.local_origin = true;
  if (reached.local_failures) context_.master->hostFailing(report);
}

void Cluster::reportRates() {
  if (!config_.outlier_detection || context_.master == nullptr) return;
  ipc::HostRatesPayload payload;
  payload.cluster = index_;
  for (const HostPtr& host : hosts_) {
    const HostConduct::Rates rates = host->conduct.takeRates();
    if (rates.good + rates.bad + rates.local_good + rates.local_bad == 0) continue;
    const bool unix_path = !host->address.isIp();
    payload.hosts.push_back({unix_path ? "" : host->address.ip(),
                             unix_path ? uint16_t{0} : host->address.port(),
                             unix_path ? host->address_text : "", rates.good, rates.bad,
                             rates.local_good, rates.local_bad});
  }
  if (!payload.hosts.empty()) context_.master->hostRates(payload);
}

base::Result<base::UniqueFd> Cluster::connectTo(const net::Address& address) const {
  auto fd = net::connectTo(address);
  if (fd.ok() && config_.tcp_keepalive && address.isIp()) {
    const config::TcpKeepalive& keepalive = *config_.tcp_keepalive;
    net::setKeepalive(fd->get(), keepalive.probes, keepalive.time_s, keepalive.interval_s);
  }
  return fd;
}

Cluster::HealthyHosts Cluster::healthyHosts() const {
  HealthyHosts out{0, hosts_.size()};
  for (const HostPtr& host : hosts_) out.healthy += host->healthy ? 1 : 0;
  return out;
}

void Cluster::closeIdle() {
  for (HostPtr& host : hosts_) closePools(*host);
}

bool Cluster::handOverIdle(Handover& handover) {
  for (HostPtr& host : hosts_) {
    host->keyed_pools.closeIdle();
    for (auto& pool : host->pools) {
      if (pool != nullptr && !pool->handOverIdle(handover)) return false;
    }
  }
  return true;
}

void Cluster::adoptIdle(const net::Address& address, ipc::Handoff& handoff) {
  if (tls_.enabled() || config_.proxy) return;  // it is plain
  for (HostPtr& host : hosts_) {
    if (host->address == address) return poolOf(*host, false)->adoptIdle(handoff);
  }
}

ClusterSet::ClusterSet(WorkerContext& context) {
  const auto& configs = context.bootstrap->clusters;
  clusters_.reserve(configs.size());
  for (size_t i = 0; i < configs.size(); ++i) {
    clusters_.push_back(std::make_unique<Cluster>(context, configs[i], static_cast<uint32_t>(i),
                                                  context.directory.cluster(i)));
    by_name_.emplace(configs[i].name, clusters_.back().get());
  }
}

Cluster* ClusterSet::find(std::string_view name) {
  auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

void ClusterSet::handOverIdle(Handover& handover) {
  for (auto& cluster : clusters_) {
    if (!cluster->handOverIdle(handover)) return;
  }
}

void ClusterSet::adoptIdle(ipc::Handoff& handoff) {
  ipc::WireReader in(handoff.state);
  Cluster* cluster = find(in.text());
  const net::Address address = ipc::getAddress(in);
  if (in.done() && cluster != nullptr) cluster->adoptIdle(address, handoff);
}

void ClusterSet::reportRates() {
  for (auto& cluster : clusters_) cluster->reportRates();
}

void ClusterSet::settleLimits() {
  for (auto& cluster : clusters_) cluster->breaker().settle();
}

void ClusterSet::stopDialling() {
  for (auto& cluster : clusters_) cluster->stopDialling();
}

void ClusterSet::closeIdle() {
  for (auto& cluster : clusters_) cluster->closeIdle();
}

}  // namespace convoy::worker
