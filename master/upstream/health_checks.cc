#include "master/upstream/health_checks.h"

#include <algorithm>
#include <utility>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "master/upstream/event_logs.h"
#include "master/upstream/host_key.h"

namespace convoy::master {

using ipc::EndpointHost;

struct HealthChecks::Cluster {
  uint32_t index = 0;
  const config::Cluster* config = nullptr;
  std::map<std::string, bool> known;  // inherited health, by host
  std::map<std::string, std::unique_ptr<Checked>> hosts;
  std::shared_ptr<const net::TlsContext> tls;  // made for the first host
  std::unique_ptr<EventLogs> events;
  const config::HealthCheck& check() const { return config->health_checks.front(); }
  void secure(ProbeTarget& target, const EndpointHost& host);
};

// As connections of requests are, but for the protocols that are offered.
void HealthChecks::Cluster::secure(ProbeTarget& target, const EndpointHost& host) {
  if (!config->tls) return;
  if (tls == nullptr) {
    config::UpstreamTls settings = *config->tls;
    if (!check().alpn.empty()) settings.alpn = check().alpn;
    if (settings.alpn.empty() && check().http2) settings.alpn = {"h2"};
    net::TlsContext::Fault fault;
    tls = net::TlsContext::forClient(settings, fault);
    // The same was built when the configuration was loaded.
    if (tls == nullptr) base::logger("upstream").error("{}: {}", config->name, fault.why);
  }
  target.tls = tls;
  target.sni =
      config->tls->auto_host_sni && !host.hostname.empty() ? host.hostname : config->tls->sni;
  target.san_is_sni = config->tls->auto_sni_san_validation;
}

struct HealthChecks::Checked : HealthSessionCallbacks {
  Checked(HealthChecks& checks, Cluster& in, const EndpointHost& what)
      : owner(checks), cluster(in), host(what), name(hostKey(what.ip, what.port, what.path)) {}
  void onCheckStarted(HealthSession&) override { owner.count(cluster, "attempt"); }
  void onCheckEnded(HealthSession& ended, const ProbeResult& result, bool changed) override;
  bool hasTraffic(HealthSession&) override { return owner.callbacks_.hasTraffic(cluster.index); }
  void log(const HealthSession& ended, const ProbeResult& result, bool changed) const;
  void record(const ProbeResult& result, bool changed) const;

  HealthChecks& owner;
  Cluster& cluster;
  const EndpointHost host;
  const std::string name;
  bool first = true;  // no check has ended yet
  std::unique_ptr<HealthSession> session;
};

void HealthChecks::Checked::onCheckEnded(HealthSession& ended, const ProbeResult& result,
                                         bool changed) {
  using Kind = ProbeResult::Kind;
  owner.count(cluster, result.kind == Kind::Success ? "success" : "failure");
  if (result.kind == Kind::Network) owner.count(cluster, "network_failure");
  if (cluster.check().service_name && result.kind != Kind::Network) {
    owner.count(cluster, "verify_cluster");
  }
  log(ended, result, changed);
  if (cluster.events != nullptr) record(result, changed);
  const bool was_first = std::exchange(first, false);
  const bool all = owner.unchecked() == 0;
  const bool counts_now = was_first && cluster.config->ignore_new_hosts_until_first_hc;
  if (changed || counts_now) owner.callbacks_.onHealthChanged(cluster.index);
  if (result.kind == Kind::Success && ended.healthy()) {
    owner.callbacks_.onCheckPassed(cluster.index, name);
  }
  if (all) owner.callbacks_.onAllChecked();
}

void HealthChecks::Checked::log(const HealthSession& ended, const ProbeResult& result,
                                bool changed) const {
  auto& out = base::logger("upstream");
  const std::string& in = cluster.config->name;
  const bool success = result.kind == ProbeResult::Kind::Success;
  if (changed && success) {
    out.info("cluster \"{}\": {} is healthy", in, name);
  } else if (changed) {
    out.warn("cluster \"{}\": {} is unhealthy: {}", in, name, result.why);
  } else if (!success && (cluster.check().log_every_failure || !ended.healthy())) {
    out.debug("cluster \"{}\": {} fails its health check: {}", in, name, result.why);
  } else if (success && cluster.check().log_every_success) {
    out.info("cluster \"{}\": {} passes its health check", in, name);
  }
}

void HealthChecks::Checked::record(const ProbeResult& result, bool changed) const {
  using Event = HealthEvent::Kind;
  const bool success = result.kind == ProbeResult::Kind::Success;
  const auto say = [&](Event kind) {
    cluster.events->write(*cluster.config, host,
                          {kind, result.kind == ProbeResult::Kind::Network, first},
                          owner.loop_.clock().wallUs());
  };
  if (changed) say(success ? Event::Added : Event::Ejected);
  if (success && cluster.check().log_every_success) say(Event::Passed);
  if (!success && (first || cluster.check().log_every_failure)) say(Event::Failed);
}

HealthChecks::HealthChecks(net::EventLoop& loop, base::Random& random,
                           HealthChecksCallbacks& callbacks,
                           std::shared_ptr<const config::Bootstrap> bootstrap, ProbeFactory probes)
    : loop_(loop),
      random_(random),
      callbacks_(callbacks),
      bootstrap_(std::move(bootstrap)),
      probes_(std::move(probes)) {
  for (uint32_t i = 0; i < bootstrap_->clusters.size(); ++i) {
    if (bootstrap_->clusters[i].health_checks.empty()) continue;
    auto cluster = std::make_unique<Cluster>();
    cluster->index = i;
    cluster->config = &bootstrap_->clusters[i];
    if (!cluster->check().event_logs.empty()) {
      cluster->events = std::make_unique<EventLogs>(cluster->check().event_logs);
    }
    clusters_.emplace(i, std::move(cluster));
  }
}

HealthChecks::~HealthChecks() = default;

void HealthChecks::inherit(const HealthChecks& previous) {
  for (auto& [index, cluster] : clusters_) {
    for (const auto& [old_index, old] : previous.clusters_) {
      if (old->config->name != cluster->config->name) continue;
      for (const auto& [name, host] : old->hosts) {
        if (host->session->known()) cluster->known[name] = host->session->healthy();
      }
    }
  }
}

void HealthChecks::inherit(const ipc::EndpointsPayload& known) {
  for (const auto& told : known.clusters) {
    const auto found = clusters_.find(told.cluster);
    if (found == clusters_.end()) continue;
    for (const EndpointHost& host : told.hosts)
      found->second->known[hostKey(host.ip, host.port, host.path)] = host.healthy;
  }
}

std::unique_ptr<HealthChecks::Checked> HealthChecks::checked(Cluster& cluster,
                                                             const EndpointHost& host) {
  const config::LbEndpoint& endpoint = cluster.config->endpoints[host.endpoint];
  if (endpoint.health_check_disabled) return nullptr;
  const uint16_t port = endpoint.health_check_port != 0 ? endpoint.health_check_port
                        : cluster.check().alt_port != 0 ? cluster.check().alt_port
                                                        : host.port;
  auto address = host.path.empty() ? net::Address::fromIp(host.ip, port)
                                   : net::Address::fromUnixPath(host.path);
  if (!address.ok()) return nullptr;
  const config::HealthCheck& check = cluster.check();
  const std::string& configured =
      check.kind == config::HealthCheck::Kind::Grpc ? check.grpc_authority : check.host;
  ProbeTarget target{*address, !endpoint.health_check_hostname.empty()
                                   ? endpoint.health_check_hostname
                               : !configured.empty() ? configured
                                                     : cluster.config->name};
  cluster.secure(target, host);
  auto out = std::make_unique<Checked>(*this, cluster, host);
  out->session = std::make_unique<HealthSession>(loop_, random_, check,
                                                 probes_(loop_, check, std::move(target)), *out);
  const auto known = cluster.known.find(out->name);
  if (known != cluster.known.end()) out->session->assume(known->second);
  return out;
}

void HealthChecks::setHosts(uint32_t index, const std::vector<EndpointHost>& hosts) {
  const auto found = clusters_.find(index);
  if (found == clusters_.end()) return;
  Cluster& cluster = *found->second;
  auto old = std::exchange(cluster.hosts, {});
  for (const EndpointHost& host : hosts) {
    const std::string key = hostKey(host.ip, host.port, host.path);
    if (cluster.hosts.count(key) != 0) continue;
    if (const auto kept = old.find(key); kept != old.end()) {
      cluster.hosts.emplace(key, std::move(kept->second));
    } else if (auto made = checked(cluster, host)) {
      made->session->start();
      cluster.hosts.emplace(key, std::move(made));
    }
  }
}

void HealthChecks::judge(uint32_t index, std::vector<EndpointHost>& hosts) const {
  const auto found = clusters_.find(index);
  if (found == clusters_.end()) return;
  for (EndpointHost& host : hosts) {
    const auto checked = found->second->hosts.find(hostKey(host.ip, host.port, host.path));
    if (checked == found->second->hosts.end()) continue;
    host.failed_check = !checked->second->session->healthy();
    host.excluded = found->second->config->ignore_new_hosts_until_first_hc &&
                    !checked->second->session->known();
  }
}

size_t HealthChecks::unchecked() const {
  size_t out = 0;
  for (const auto& [index, cluster] : clusters_) {
    out += static_cast<size_t>(
        std::count_if(cluster->hosts.begin(), cluster->hosts.end(),
                      [](const auto& host) { return !host.second->session->known(); }));
  }
  return out;
}

void HealthChecks::count(const Cluster& cluster, const char* stat) {
  callbacks_.onHealthCount("cluster." + cluster.config->statName() + ".health_check." + stat);
}

}  // namespace convoy::master
