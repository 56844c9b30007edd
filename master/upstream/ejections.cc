#include "master/upstream/ejections.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "common/base/log.h"
#include "master/upstream/host_key.h"

namespace convoy::master {

enum class Ejections::Rule : uint8_t {
  ServerError,
  GatewayFailure,
  LocalOrigin,
  SuccessRate,
  FailurePercentage,
  LocalSuccessRate,
  LocalFailurePercentage
};

namespace {

// Since the last interval; [1]: whether there was an answer at all.
struct Rates {
  std::array<uint64_t, 2> good{}, all{};
};

struct RuleRow {
  const char* name;    // as its counters end
  uint32_t enforcing;  // percent
};

// Rates below `threshold` are outliers: so many standard deviations under the mean.
void setThreshold(const std::vector<std::pair<std::string, double>>& rates, double factor,
                  SuccessRates& out) {
  double sum = 0, squares = 0;
  for (const auto& [host, rate] : rates) sum += rate;
  out.average = sum / static_cast<double>(rates.size());
  for (const auto& [host, rate] : rates) squares += (rate - out.average) * (rate - out.average);
  out.threshold = out.average - factor * std::sqrt(squares / static_cast<double>(rates.size()));
}

}  // namespace

struct Ejections::Cluster {
  uint32_t index = 0;
  const config::Cluster* config = nullptr;
  std::map<std::string, Host> hosts;  // those that failed lately
  std::map<std::string, Rates> rates;
  BothRates compared;
  size_t size = 0;  // hosts
  std::unique_ptr<net::Timer> interval;
  bool running = false;  // it will be at the interval's end

  const config::OutlierDetection& settings() const { return *config->outlier_detection; }
  size_t active() const {
    return static_cast<size_t>(std::count_if(hosts.begin(), hosts.end(),
                                             [](const auto& host) { return host.second.ejected; }));
  }
};

namespace {

template <typename Rule>
RuleRow rowOf(Rule rule, const config::OutlierDetection& s) {
  switch (rule) {
    case Rule::ServerError:
      return {"consecutive_5xx", s.enforcing_consecutive_5xx};
    case Rule::GatewayFailure:
      return {"consecutive_gateway_failure", s.enforcing_consecutive_gateway_failure};
    case Rule::LocalOrigin:
      return {"consecutive_local_origin_failure", s.enforcing_consecutive_local_origin};
    case Rule::SuccessRate:
      return {"success_rate", s.enforcing_success_rate};
    case Rule::FailurePercentage:
      return {"failure_percentage", s.enforcing_failure_percentage};
    case Rule::LocalSuccessRate:
      return {"local_origin_success_rate", s.enforcing_local_origin_success_rate};
    case Rule::LocalFailurePercentage:
      break;
  }
  return {"local_origin_failure_percentage", s.enforcing_failure_percentage_local_origin};
}

}  // namespace

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
    if (!cluster->hosts.empty()) run(*cluster);
  }
}

void Ejections::failing(const ipc::HostFailingPayload& report, size_t of) {
  const auto found = clusters_.find(report.cluster);
  if (found == clusters_.end() || of == 0) return;
  const Rule rule = report.local_origin ? Rule::LocalOrigin
                    : report.gateway    ? Rule::GatewayFailure
                                        : Rule::ServerError;
  detected(*found->second, hostKey(report.ip, report.port, report.path), rule, of);
}

void Ejections::detected(Cluster& cluster, const std::string& host, Rule rule, size_t of) {
  if (const auto known = cluster.hosts.find(host);
      known != cluster.hosts.end() && known->second.ejected) {
    return;  // by another worker's report
  }
  const RuleRow row = rowOf(rule, cluster.settings());
  count(cluster, std::string("ejections_detected_") + row.name);
  count(cluster, "ejections_total");
  if (rule == Rule::ServerError) count(cluster, "ejections_consecutive_5xx");
  if (rule == Rule::SuccessRate) count(cluster, "ejections_success_rate");
  if (!hasRoom(cluster, of)) return count(cluster, "ejections_overflow");
  if (random_.below(100) >= row.enforcing) return;
  eject(cluster, host);
  count(cluster, "ejections_enforced_total");
  count(cluster, std::string("ejections_enforced_") + row.name);
  base::logger("upstream")
      .warn("cluster \"{}\": {} is ejected: {}", cluster.config->name, host, row.name);
  callbacks_.onEjectionsChanged(cluster.index);
}

bool Ejections::hasRoom(const Cluster& cluster, size_t of) const {
  const size_t active = cluster.active();
  const config::OutlierDetection& settings = cluster.settings();
  return 100 * active / of < settings.max_ejection_percent ||
         (settings.always_eject_one_host && active == 0);
}

void Ejections::eject(Cluster& cluster, const std::string& name) {
  const config::OutlierDetection& settings = cluster.settings();
  Host& host = cluster.hosts[name];
  host.ejected = true;
  ++host.times;
  const uint64_t jitter =
      settings.max_ejection_jitter_ms == 0 ? 0 : random_.below(settings.max_ejection_jitter_ms);
  const uint64_t wanted = settings.base_ejection_ms * host.times;
  if (wanted > settings.max_ejection_ms) --host.times;
  host.until_ms = loop_.nowMs() + std::min(wanted, settings.max_ejection_ms) + jitter;
  run(cluster);
}

void Ejections::run(Cluster& cluster) {
  if (std::exchange(cluster.running, true)) return;
  cluster.interval->start(cluster.settings().interval_ms);
}

void Ejections::rates(const ipc::HostRatesPayload& rates, size_t of) {
  const auto found = clusters_.find(rates.cluster);
  if (found == clusters_.end() || of == 0) return;
  Cluster& cluster = *found->second;
  cluster.size = of;
  for (const auto& host : rates.hosts) {
    const std::string name = hostKey(host.ip, host.port, host.path);
    // Hosts come and go within an interval; but a worker that has gone mad must not fill us.
    if (cluster.rates.size() > 2 * of + 100 && cluster.rates.count(name) == 0) continue;
    Rates& sum = cluster.rates[name];
    sum.good[0] += host.good;
    sum.all[0] += host.good + host.bad;
    sum.good[1] += host.local_good;
    sum.all[1] += host.local_good + host.local_bad;
  }
  run(cluster);
}

// Envoy: DetectorImpl::processSuccessRateEjections.
void Ejections::compare(Cluster& cluster, bool local_origin) {
  const config::OutlierDetection& settings = cluster.settings();
  SuccessRates& told = cluster.compared[local_origin ? 1 : 0];
  told = {};
  // Envoy tells no rates where it compares none.
  const bool enough = cluster.size >= std::min<size_t>(settings.success_rate_minimum_hosts,
                                                       settings.failure_percentage_minimum_hosts);
  const uint64_t least_volume =
      std::min(settings.success_rate_request_volume, settings.failure_percentage_request_volume);
  std::vector<std::pair<std::string, double>> by_rate, by_percentage;
  for (const auto& [host, rates] : cluster.rates) {
    const auto known = cluster.hosts.find(host);
    const uint64_t all = rates.all[local_origin ? 1 : 0];
    if (all == 0 || (known != cluster.hosts.end() && known->second.ejected)) continue;
    const double percent =
        100.0 * static_cast<double>(rates.good[local_origin ? 1 : 0]) / static_cast<double>(all);
    if (enough && all >= least_volume) told.by_host[host] = percent;
    if (all >= settings.success_rate_request_volume) by_rate.emplace_back(host, percent);
    if (all >= settings.failure_percentage_request_volume) {
      by_percentage.emplace_back(host, percent);
    }
  }
  if (!by_rate.empty() && by_rate.size() >= settings.success_rate_minimum_hosts) {
    setThreshold(by_rate, settings.success_rate_stdev_factor / 1000.0, told);
    for (const auto& [host, percent] : by_rate) {
      if (percent >= told.threshold) continue;
      detected(cluster, host, local_origin ? Rule::LocalSuccessRate : Rule::SuccessRate,
               cluster.size);
    }
  }
  if (by_percentage.empty() || by_percentage.size() < settings.failure_percentage_minimum_hosts) {
    return;
  }
  for (const auto& [host, percent] : by_percentage) {
    if (100 - percent < settings.failure_percentage_threshold) continue;
    detected(cluster, host, local_origin ? Rule::LocalFailurePercentage : Rule::FailurePercentage,
             cluster.size);
  }
}

void Ejections::onInterval(Cluster& cluster) {
  cluster.running = false;
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
  if (changed) callbacks_.onEjectionsChanged(cluster.index);
  compare(cluster, false);
  if (cluster.settings().split_local_origin) compare(cluster, true);
  const bool traffic = !std::exchange(cluster.rates, {}).empty();
  if (!cluster.hosts.empty() || traffic) run(cluster);
}

void Ejections::passed(uint32_t index, const std::string& name) {
  const auto found = clusters_.find(index);
  if (found == clusters_.end() || !found->second->settings().uneject_on_health_check) return;
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

const Ejections::BothRates* Ejections::successRates(uint32_t index) const {
  const auto found = clusters_.find(index);
  return found == clusters_.end() ? nullptr : &found->second->compared;
}

void Ejections::count(const Cluster& cluster, const std::string& stat) {
  callbacks_.onEjectionCount("cluster." + cluster.config->statName() + ".outlier_detection." +
                             stat);
}

}  // namespace convoy::master
