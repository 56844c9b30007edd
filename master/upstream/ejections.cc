#include "master/upstream/ejections.h"

#include <algorithm>

#include "common/base/log.h"
#include "master/upstream/host_key.h"

namespace convoy::master {

struct Ejections::Cluster {
  uint32_t index = 0;
  const config::Cluster* config = nullptr;
  std::map<std::string, Host> hosts;  // those that failed lately
  std::unique_ptr<net::Timer> interval;

  const config::OutlierDetection& settings() const { return *config->outlier_detection; }
  size_t active() const {
    return static_cast<size_t>(std::count_if(hosts.begin(), hosts.end(),
                                             [](const auto& host) { return host.second.ejected; }));
  }
};

Ejections::Ejections(net::EventLoop& loop, base::Random& random, EjectionsCallbacks& callbacks,
                     std::shared_ptr<const config::Bootstrap> bootstrap)
    : loop_(loop), random_(random), callbacks_(callbacks), bootstrap_(std::move(bootstrap)) {
  for (uint32_t i = 0; i < bootstrap_->clusters.size(); ++i) {
    if (!bootstrap_->clusters[i].outlier_detection) continue;
    auto made = std::make_unique<Cluster>();
    Cluster& cluster = *made;
    cluster.index = i;
    cluster.config = &bootstrap_->clusters[i];
    cluster.interval = loop_.createTimer([this, &cluster] { onInterval(cluster); });
    clusters_.emplace(i, std::move(made));
  }
}

Ejections::~Ejections() = default;

void Ejections::inherit(const Ejections& previous) {
  for (auto& [index, cluster] : clusters_) {
    for (const auto& [old_index, old] : previous.clusters_) {
      if (old->config->name == cluster->config->name) cluster->hosts = old->hosts;
    }
    if (!cluster->hosts.empty()) cluster->interval->start(cluster->settings().interval_ms);
  }
}

void Ejections::failing(const ipc::HostFailingPayload& report, size_t of) {
  const auto found = clusters_.find(report.cluster);
  if (found == clusters_.end() || of == 0) return;
  Cluster& cluster = *found->second;
  const std::string host = hostKey(report.ip, report.port, report.path);
  if (const auto known = cluster.hosts.find(host);
      known != cluster.hosts.end() && known->second.ejected) {
    return;  // by another worker's report
  }
  const std::string rule = report.gateway ? "consecutive_gateway_failure" : "consecutive_5xx";
  const uint32_t enforcing = report.gateway
                                 ? cluster.settings().enforcing_consecutive_gateway_failure
                                 : cluster.settings().enforcing_consecutive_5xx;
  count(cluster, "ejections_detected_" + rule);
  if (random_.below(100) >= enforcing) return;
  if (!eject(cluster, host, of)) {
    count(cluster, "ejections_overflow");
    return;
  }
  count(cluster, "ejections_enforced_total");
  count(cluster, "ejections_enforced_" + rule);
  base::logger("upstream")
      .warn("cluster \"{}\": {} is ejected: {}", cluster.config->name, host, rule);
  callbacks_.onEjectionsChanged(cluster.index);
}

bool Ejections::eject(Cluster& cluster, const std::string& name, size_t of) {
  const config::OutlierDetection& settings = cluster.settings();
  const size_t active = cluster.active();
  const bool room = 100 * active / of < settings.max_ejection_percent;
  if (!room && !(settings.always_eject_one_host && active == 0)) return false;
  Host& host = cluster.hosts[name];
  host.ejected = true;
  ++host.times;
  const uint64_t jitter =
      settings.max_ejection_jitter_ms == 0 ? 0 : random_.below(settings.max_ejection_jitter_ms);
  const uint64_t wanted = settings.base_ejection_ms * host.times;
  if (wanted > settings.max_ejection_ms) --host.times;
  host.until_ms = loop_.nowMs() + std::min(wanted, settings.max_ejection_ms) + jitter;
  if (cluster.hosts.size() == 1) cluster.interval->start(settings.interval_ms);
  return true;
}

void Ejections::onInterval(Cluster& cluster) {
  bool changed = false;
  for (auto& [name, host] : cluster.hosts) {
    if (!host.ejected) {
      if (host.times > 0) --host.times;
    } else if (loop_.nowMs() >= host.until_ms) {
      host.ejected = false;
      changed = true;
      base::logger("upstream")
          .info("cluster \"{}\": {} is no longer ejected", cluster.config->name, name);
    }
  }
  std::erase_if(cluster.hosts,
                [](const auto& host) { return !host.second.ejected && host.second.times == 0; });
  if (!cluster.hosts.empty()) cluster.interval->start(cluster.settings().interval_ms);
  if (changed) callbacks_.onEjectionsChanged(cluster.index);
}

void Ejections::passed(uint32_t index, const std::string& name) {
  const auto found = clusters_.find(index);
  if (found == clusters_.end()) return;
  const auto host = found->second->hosts.find(name);
  if (host == found->second->hosts.end() || !host->second.ejected) return;
  host->second.ejected = false;
  base::logger("upstream")
      .info("cluster \"{}\": {} passes its health check and is no longer ejected",
            found->second->config->name, name);
  callbacks_.onEjectionsChanged(index);
}

void Ejections::judge(uint32_t index, std::vector<ipc::EndpointHost>& hosts) const {
  const auto found = clusters_.find(index);
  if (found == clusters_.end()) return;
  for (ipc::EndpointHost& host : hosts) {
    const auto known = found->second->hosts.find(hostKey(host.ip, host.port, host.path));
    host.ejected = known != found->second->hosts.end() && known->second.ejected;
  }
}

void Ejections::count(const Cluster& cluster, const std::string& stat) {
  callbacks_.onEjectionCount("cluster." + cluster.config->statName() + ".outlier_detection." +
                             stat);
}

}  // namespace convoy::master
