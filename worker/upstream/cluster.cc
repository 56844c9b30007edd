#include "worker/upstream/cluster.h"

#include "common/base/log.h"
#include "common/net/socket.h"
#include "worker/upstream/conn_pool.h"

namespace convoy::worker {

using stats::ClusterStat;

Cluster::Cluster(WorkerContext& context, const config::Cluster& config, uint32_t index,
                 uint32_t first_cell)
    : context_(context),
      config_(config),
      index_(index),
      stats_(context.cells(first_cell)),
      tls_(config, stats_),
      h2_observer_(stats_),
      lb_(LoadBalancer::make(config, context.random)) {
  h1_.max_head_bytes = 64 * 1024;
  h1_.max_fields = 200;
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
    host->hostname = endpoint.hostname;
    host->weight = endpoint.weight;
    host->priority = endpoint.priority;
    host->locality = endpoint.locality;
    host->locality_weight = endpoint.locality_weight;
    host->healthy = endpoint.healthy;
    next.push_back(std::move(host));
  }
  for (auto& [text, host] : old) {
    if (host->pool != nullptr) host->pool->closeIdle();
    if (host->http2_pool != nullptr) host->http2_pool->closeIdle();
  }
  hosts_ = std::move(next);
  lb_->update(hosts_);
}

HostPtr Cluster::chooseHost() {
  HostPtr host = lb_->choose();
  if (host == nullptr) stats_.inc(ClusterStat::upstream_cx_none_healthy);
  return host;
}

ConnPool& Cluster::poolOf(Host& host, bool http2) {
  std::shared_ptr<ConnPool>& pool = http2 ? host.http2_pool : host.pool;
  if (pool == nullptr) pool = std::make_shared<ConnPool>(*this, host, http2);
  return *pool;
}

bool Cluster::speaksHttp2(http::Protocol downstream) const {
  using Protocol = config::Cluster::Protocol;
  if (config_.protocol == Protocol::Http1) return false;
  return config_.protocol == Protocol::Http2 || downstream == http::Protocol::Http2;
}

void Cluster::onOutcome(Host& host, int status) {
  ++host.numbers.answers;
  if (status >= 500) ++host.numbers.errors;
  if (!config_.outlier_detection) return;
  const FailureStreaks::Reached reached = host.streaks.count(*config_.outlier_detection, status);
  if (context_.master == nullptr) return;
  const bool unix_path = !host.address.isIp();
  ipc::HostFailingPayload report{index_, unix_path ? "" : host.address.ip(),
                                 unix_path ? uint16_t{0} : host.address.port(),
                                 unix_path ? host.address_text : "", false};
  if (reached.server_errors) context_.master->hostFailing(report);
  report.gateway = true;
  if (reached.gateway_failures) context_.master->hostFailing(report);
}

base::Result<base::UniqueFd> Cluster::connectTo(const net::Address& address) const {
  auto fd = net::connectTo(address);
  if (fd.ok() && config_.tcp_keepalive && address.isIp()) {
    const config::TcpKeepalive& keepalive = *config_.tcp_keepalive;
    net::setKeepalive(fd->get(), keepalive.probes, keepalive.time_s, keepalive.interval_s);
  }
  return fd;
}

void Cluster::closeIdle() {
  for (HostPtr& host : hosts_) {
    if (host->pool != nullptr) host->pool->closeIdle();
    if (host->http2_pool != nullptr) host->http2_pool->closeIdle();
  }
}

bool Cluster::handOverIdle(Handover& handover) {
  for (HostPtr& host : hosts_) {
    if (host->http2_pool != nullptr) host->http2_pool->closeIdle();
    if (host->pool != nullptr && !host->pool->handOverIdle(handover)) return false;
  }
  return true;
}

void Cluster::adoptIdle(const net::Address& address, ipc::Handoff& handoff) {
  if (tls_.enabled()) return;  // it is plain
  for (HostPtr& host : hosts_) {
    if (host->address == address) return poolOf(*host, false).adoptIdle(handoff);
  }
}

bool Cluster::connectionAllowed() const {
  return stats_.get(ClusterStat::upstream_cx_active) < config_.max_connections;
}

bool Cluster::pendingAllowed() const {
  return stats_.get(ClusterStat::upstream_rq_pending_active) < config_.max_pending_requests;
}

bool Cluster::requestAllowed() const {
  return stats_.get(ClusterStat::upstream_rq_active) < config_.max_requests;
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

void ClusterSet::closeIdle() {
  for (auto& cluster : clusters_) cluster->closeIdle();
}

}  // namespace convoy::worker
