#include "master/upstream/endpoints.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/net/address.h"

namespace convoy::master {
namespace {

using config::Cluster;
using ipc::EndpointHost;

bool isNumeric(const config::SocketAddress& address) {
  return address.is_pipe || net::Address::fromIp(address.address, 0).ok();
}

EndpointHost hostOf(const Cluster& cluster, size_t index, const std::string& ip) {
  const config::LbEndpoint& endpoint = cluster.endpoints[index];
  EndpointHost host;
  host.endpoint = static_cast<uint32_t>(index);
  host.locality = endpoint.locality;
  host.locality_weight = cluster.lb.locality_weighted ? endpoint.locality_weight : 0;
  host.ip = endpoint.address.is_pipe ? "" : ip;
  host.port = endpoint.address.is_pipe ? uint16_t{0} : endpoint.address.port_value;
  host.path = endpoint.address.is_pipe ? endpoint.address.path : "";
  host.hostname = endpoint.hostname;
  if (host.hostname.empty() && !isNumeric(endpoint.address)) {
    host.hostname = endpoint.address.address;
  }
  host.weight = endpoint.load_balancing_weight;
  host.priority = endpoint.priority;
  host.healthy = !endpoint.unhealthy;
  host.degraded = endpoint.degraded;
  return host;
}

bool sameHost(const EndpointHost& a, const EndpointHost& b) {
  return a.ip == b.ip && a.port == b.port && a.path == b.path && a.hostname == b.hostname &&
         a.weight == b.weight && a.priority == b.priority && a.healthy == b.healthy &&
         a.degraded == b.degraded && a.endpoint == b.endpoint;
}

bool sameHosts(const std::vector<EndpointHost>& a, const std::vector<EndpointHost>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), sameHost);
}

}  // namespace

struct Endpoints::ClusterState {
  uint32_t index = 0;
  const Cluster* config = nullptr;
  std::vector<Name*> names;  // one per endpoint; null if its address is numeric
  std::vector<EndpointHost> hosts;
};

// One name of one cluster, asked on its own schedule.
struct Endpoints::Name {
  std::string text;
  ClusterState* cluster = nullptr;
  std::vector<std::string> addresses;  // the last good answer
  bool answered = false;
  bool failing = false;
  uint32_t failures = 0;  // in a row
  std::unique_ptr<net::Timer> refresh;
};

Endpoints::Endpoints(net::EventLoop& loop, Resolver& resolver, EndpointsCallbacks& callbacks,
                     std::shared_ptr<const config::Bootstrap> bootstrap)
    : loop_(loop), resolver_(resolver), callbacks_(callbacks), bootstrap_(std::move(bootstrap)) {
  for (uint32_t i = 0; i < bootstrap_->clusters.size(); ++i) {
    clusters_.push_back(std::make_unique<ClusterState>());
    ClusterState& cluster = *clusters_.back();
    cluster.index = i;
    cluster.config = &bootstrap_->clusters[i];
    for (const config::LbEndpoint& endpoint : cluster.config->endpoints) {
      cluster.names.push_back(nullptr);
      if (isNumeric(endpoint.address)) continue;
      names_.push_back(std::make_unique<Name>());
      Name& name = *names_.back();
      name.text = endpoint.address.address;
      name.cluster = &cluster;
      name.refresh = loop_.createTimer([this, &name] { ask(name); });
      cluster.names.back() = &name;
    }
    rebuild(cluster);
  }
}

Endpoints::~Endpoints() = default;

void Endpoints::inherit(const Endpoints& previous) {
  for (auto& name : names_) {
    for (const auto& old : previous.names_) {
      if (old->text == name->text &&
          old->cluster->config->dns_lookup_family == name->cluster->config->dns_lookup_family) {
        name->addresses = old->addresses;
      }
    }
    rebuild(*name->cluster);
  }
}

void Endpoints::inherit(const ipc::EndpointsPayload& known) {
  for (const ipc::EndpointsPayload::ClusterHosts& told : known.clusters) {
    if (told.cluster >= clusters_.size()) continue;
    ClusterState& cluster = *clusters_[told.cluster];
    for (size_t i = 0; i < cluster.names.size(); ++i) {
      if (cluster.names[i] == nullptr) continue;
      for (const EndpointHost& host : told.hosts) {
        const EndpointHost ours = hostOf(*cluster.config, i, host.ip);
        if (ours.hostname == host.hostname && ours.port == host.port) {
          cluster.names[i]->addresses.push_back(host.ip);
        }
      }
    }
    rebuild(cluster);
  }
}

void Endpoints::start() {
  unanswered_ = names_.size();
  limit_ = loop_.createTimer([this] {
    base::logger("upstream").warn("going on with {} names not resolved yet", unanswered_);
    becomeReady();
  });
  limit_->start(kInitialWaitMs);
  if (names_.empty()) {
    loop_.post([this, alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired()) becomeReady();
    });
  }
  for (auto& name : names_) ask(*name);
}

void Endpoints::ask(Name& name) {
  count(*name.cluster, "update_attempt");
  resolver_.resolve(name.text, name.cluster->config->dns_lookup_family,
                    [this, &name, alive = std::weak_ptr<int>(alive_)](const DnsAnswer& answer) {
                      if (!alive.expired()) onAnswer(name, answer);
                    });
}

void Endpoints::onAnswer(Name& name, const DnsAnswer& answer) {
  ClusterState& cluster = *name.cluster;
  uint64_t wait_ms = cluster.config->dns_refresh_rate_ms;
  if (answer.ok) {
    name.failures = 0;
    if (name.failing) base::logger("upstream").info("\"{}\" resolves again", name.text);
    name.failing = false;
    if (cluster.config->respect_dns_ttl && answer.ttl_ms != 0) wait_ms = answer.ttl_ms;
    name.addresses = answer.addresses;
    count(cluster, "update_success");
    if (!rebuild(cluster)) {
      count(cluster, "update_no_rebuild");
    } else {
      count(cluster, "membership_change");
      if (ready_) callbacks_.onEndpointsChanged({{{cluster.index, cluster.hosts}}});
    }
  } else {
    count(cluster, "update_failure");
    wait_ms = failureWaitMs(name);
    // Once per outage, not once per refresh.
    if (!name.failing) {
      base::logger("upstream")
          .warn(
              "cluster \"{}\": cannot resolve \"{}\": {}; {} known addresses stay, next try in {} "
              "ms",
              cluster.config->name, name.text, answer.error, name.addresses.size(), wait_ms);
    }
    name.failing = true;
  }
  if (cluster.config->dns_jitter_ms != 0) wait_ms += random_.below(cluster.config->dns_jitter_ms);
  name.refresh->start(std::max<uint64_t>(wait_ms, 1));
  answered(name);
}

// Anything up to base_interval, twice, four times as much ... as max_interval allows.
uint64_t Endpoints::failureWaitMs(Name& name) {
  const Cluster& config = *name.cluster->config;
  if (config.dns_failure_base_ms == 0) return config.dns_refresh_rate_ms;
  const uint32_t doublings = std::min<uint32_t>(name.failures++, 20);
  const uint64_t most =
      std::min(config.dns_failure_base_ms << doublings, config.dns_failure_max_ms);
  return random_.below(most) + 1;
}

void Endpoints::answered(Name& name) {
  if (name.answered) return;
  name.answered = true;
  if (--unanswered_ == 0) becomeReady();
}

void Endpoints::becomeReady() {
  if (ready_) return;
  ready_ = true;
  limit_->stop();
  callbacks_.onEndpointsReady();
}

// True if the cluster's hosts are now others.
bool Endpoints::rebuild(ClusterState& cluster) {
  const bool logical = cluster.config->discovery == Cluster::Discovery::LogicalDns;
  std::vector<EndpointHost> hosts;
  for (size_t i = 0; i < cluster.names.size(); ++i) {
    const config::LbEndpoint& endpoint = cluster.config->endpoints[i];
    const Name* name = cluster.names[i];
    if (name == nullptr) {
      hosts.push_back(hostOf(*cluster.config, i, endpoint.address.address));
      continue;
    }
    std::vector<std::string> addresses = name->addresses;
    if (logical && !addresses.empty()) {
      // Moving to another address of the same answer would only cost connections.
      std::string chosen = addresses[0];
      if (!cluster.hosts.empty()) {
        const auto kept = std::find(addresses.begin(), addresses.end(), cluster.hosts[0].ip);
        if (kept != addresses.end()) chosen = *kept;
      }
      addresses = {chosen};
    } else {
      // Servers rotate their answers; the order means nothing and must not look like a change.
      std::sort(addresses.begin(), addresses.end());
      addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    }
    for (const std::string& ip : addresses) hosts.push_back(hostOf(*cluster.config, i, ip));
  }
  if (sameHosts(hosts, cluster.hosts)) return false;
  cluster.hosts = std::move(hosts);
  return true;
}

void Endpoints::count(const ClusterState& cluster, const char* stat) {
  callbacks_.onEndpointsCount("cluster." + cluster.config->statName() + "." + stat);
}

const std::vector<EndpointHost>& Endpoints::hosts(size_t cluster) const {
  static const std::vector<EndpointHost> kNone;
  return cluster < clusters_.size() ? clusters_[cluster]->hosts : kNone;
}

size_t Endpoints::size() const {
  return clusters_.size();
}

ipc::EndpointsPayload Endpoints::all() const {
  ipc::EndpointsPayload out;
  for (const auto& cluster : clusters_) out.clusters.push_back({cluster->index, cluster->hosts});
  return out;
}

}  // namespace convoy::master
