#include "master/upstream/host_sets.h"

#include "common/base/log.h"

namespace convoy::master {

namespace {

template <typename Callbacks>
Callbacks& as(Callbacks& callbacks) {
  return callbacks;
}

}  // namespace

HostSets::HostSets(net::EventLoop& loop, Resolver& resolver, HostSetsCallbacks& callbacks,
                   std::shared_ptr<const config::Bootstrap> bootstrap)
    : callbacks_(callbacks),
      bootstrap_(std::move(bootstrap)),
      endpoints_(loop, resolver, as<EndpointsCallbacks>(*this), bootstrap_),
      health_checks_(loop, random_, as<HealthChecksCallbacks>(*this), bootstrap_),
      ejections_(loop, random_, as<EjectionsCallbacks>(*this), bootstrap_),
      hosts_(bootstrap_->clusters.size()) {
  limit_ = loop.createTimer([this] {
    base::logger("upstream")
        .warn("going on with {} hosts whose first health check has not ended",
              health_checks_.unchecked());
    becomeReady();
  });
}

void HostSets::inherit(const HostSets& previous) {
  endpoints_.inherit(previous.endpoints_);
  health_checks_.inherit(previous.health_checks_);
  ejections_.inherit(previous.ejections_);
}

void HostSets::inherit(const ipc::EndpointsPayload& known) {
  endpoints_.inherit(known);
  health_checks_.inherit(known);
}

void HostSets::start() {
  endpoints_.start();
}

void HostSets::onEndpointsReady() {
  resolved_ = true;
  for (uint32_t i = 0; i < hosts_.size(); ++i) {
    health_checks_.setHosts(i, endpoints_.hosts(i));
    merge(i);
  }
  if (health_checks_.unchecked() == 0) return becomeReady();
  limit_->start(kFirstChecksMs);
}

void HostSets::onEndpointsChanged(const ipc::EndpointsPayload& changed) {
  ipc::EndpointsPayload out;
  for (const auto& cluster : changed.clusters) {
    health_checks_.setHosts(cluster.cluster, cluster.hosts);
    merge(cluster.cluster);
    out.clusters.push_back({cluster.cluster, hosts_[cluster.cluster]});
  }
  if (ready_) callbacks_.onHostsChanged(out);
}

void HostSets::publish(uint32_t cluster) {
  merge(cluster);
  if (ready_) callbacks_.onHostsChanged({{{cluster, hosts_[cluster]}}});
}

void HostSets::onHealthChanged(uint32_t cluster) {
  publish(cluster);
}

void HostSets::onCheckPassed(uint32_t cluster, const std::string& host) {
  ejections_.passed(cluster, host);
}

void HostSets::failing(const ipc::HostFailingPayload& report) {
  ejections_.failing(report, hosts(report.cluster).size());
}

void HostSets::rates(const ipc::HostRatesPayload& rates) {
  ejections_.rates(rates, hosts(rates.cluster).size());
}

void HostSets::onEjectionsChanged(uint32_t cluster) {
  publish(cluster);
}

void HostSets::onEjectionCount(const std::string& raw_name) {
  callbacks_.onHostsCount(raw_name);
}

void HostSets::onAllChecked() {
  if (resolved_) becomeReady();
}

void HostSets::becomeReady() {
  if (ready_) return;
  ready_ = true;
  limit_->stop();
  callbacks_.onHostsReady();
}

void HostSets::merge(uint32_t cluster) {
  hosts_[cluster] = endpoints_.hosts(cluster);
  health_checks_.judge(cluster, hosts_[cluster]);
  ejections_.judge(cluster, hosts_[cluster]);
  for (ipc::EndpointHost& host : hosts_[cluster]) {
    host.healthy = host.healthy && !host.failed_check && !host.ejected;
  }
}

bool HostSets::hasTraffic(uint32_t cluster) {
  const std::string name = "cluster." + bootstrap_->clusters[cluster].statName();
  return callbacks_.counted(name + ".upstream_cx_total") > 0;
}

void HostSets::onEndpointsCount(const std::string& raw_name) {
  callbacks_.onHostsCount(raw_name);
}

void HostSets::onHealthCount(const std::string& raw_name) {
  callbacks_.onHostsCount(raw_name);
}

const std::vector<ipc::EndpointHost>& HostSets::hosts(size_t cluster) const {
  static const std::vector<ipc::EndpointHost> kNone;
  return cluster < hosts_.size() ? hosts_[cluster] : kNone;
}

ipc::EndpointsPayload HostSets::all() const {
  ipc::EndpointsPayload out;
  for (uint32_t i = 0; i < hosts_.size(); ++i) out.clusters.push_back({i, hosts_[i]});
  return out;
}

}  // namespace convoy::master
