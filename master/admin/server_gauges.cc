#include "master/admin/server_gauges.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>

#include "common/base/build_info.h"
#include "common/base/heap.h"
#include "common/stats/stat_tables.h"
#include "master/metrics/process_memory.h"
#include "master/metrics/series_table.h"

namespace convoy::master {

using stats::ClusterStat;
using stats::ServerStat;
using stats::StatType;

namespace {

constexpr std::array<std::string_view, 4> kWorkerStates = {"starting", "ready", "accepting",
                                                           "draining"};

void setServer(AdminContext& context, Aggregate& a) {
  const ServerState state = context.state();
  a.setGauge("server.state", static_cast<uint64_t>(state));
  a.setGauge("server.live", state == ServerState::Live ? 1 : 0);
  a.setGauge("server.uptime", context.uptimeSeconds());
  a.setGauge("server.concurrency", context.concurrency());
  a.setGauge("server.hot_restart_generation", context.reloads().generation);
  // Envoy: the first six hexadecimal digits of the revision.
  const std::string revision = std::string(base::buildRevision()).substr(0, 6);
  a.setGauge("server.version", std::strtoull(revision.c_str(), nullptr, 16));
}

void setCertificates(AdminContext& context, Aggregate& a) {
  constexpr const char* kName = "ssl_certificate_expiration_unix_time_seconds";
  a.dropOwn(std::string("envoy_listener_") + kName);
  a.dropOwn(std::string("envoy_cluster_") + kName);
  const int64_t now_s = std::time(nullptr);
  uint64_t first = UINT32_MAX;  // Envoy's value for "none expires"
  for (const TlsView& view : context.certificates()) {
    const std::string kind = view.downstream ? "listener" : "cluster";
    const char* label = view.downstream ? "envoy_listener_address" : "envoy_cluster_name";
    for (const auto* list : {&view.ca, &view.chains}) {
      for (const CertificateView& c : *list) {
        first = std::min(first, daysLeft(c.text, now_s));
        a.setOwn("envoy_" + kind + "_" + kName, StatType::Gauge,
                 {{label, view.stat_name}, {"envoy_tls_certificate", c.name}},
                 static_cast<uint64_t>(c.text.not_after_s),
                 kind + "." + view.stat_name + ".ssl.certificate." + c.name +
                     ".expiration_unix_time_seconds");
      }
    }
  }
  a.setGauge("server.days_until_first_cert_expiring", first);
}

// Each worker tells of its own heap (worker/heap_gauge.h), and the Aggregate adds them up.
void setMemory(const std::vector<WorkerView>& workers, Aggregate& a) {
  const base::HeapUse own = base::heapUse();
  a.setGauge("server.memory_heap_size", own.reserved);
  a.setGauge("server.memory_allocated", own.allocated);
  uint64_t resident = residentOf(0);
  for (const WorkerView& w : workers) resident += w.pid > 0 ? residentOf(w.pid) : 0;
  a.setGauge("server.memory_physical_size", resident);
}

void setListeners(AdminContext& context, const std::vector<WorkerView>& workers, Aggregate& a) {
  const size_t listeners = context.bootstrap()->listeners.size();
  const bool initializing = context.state() == ServerState::Initializing ||
                            context.state() == ServerState::PreInitializing;
  const bool draining_generation = std::any_of(
      workers.begin(), workers.end(), [](const WorkerView& w) { return w.state == "draining"; });
  a.setGauge("listener_manager.total_listeners_active", initializing ? 0 : listeners);
  a.setGauge("listener_manager.total_listeners_warming", initializing ? listeners : 0);
  a.setGauge("listener_manager.total_listeners_draining", draining_generation ? listeners : 0);
  // Workers come and go afterwards; a respawn must not make the server look unready.
  a.setGauge("listener_manager.workers_started", initializing ? 0 : 1);
}

constexpr size_t at(ClusterStat stat) {
  return static_cast<size_t>(stat);
}

void setClusters(AdminContext& context, Aggregate& a) {
  const auto bootstrap = context.bootstrap();
  a.setGauge("cluster_manager.active_clusters", bootstrap->clusters.size());
  a.setGauge("cluster_manager.warming_clusters", 0);
  std::string prefix;
  for (size_t i = 0; i < bootstrap->clusters.size(); ++i) {
    const auto& hosts = context.hosts(i);
    uint64_t healthy = 0, checked = 0, ejected = 0, degraded = 0, excluded = 0;
    uint32_t heaviest = 0;
    for (const auto& host : hosts) {
      healthy += host.healthy && !host.degraded ? 1 : 0;
      degraded += host.healthy && host.degraded ? 1 : 0;
      excluded += host.excluded ? 1 : 0;
      checked += host.failed_check ? 0 : 1;
      ejected += host.ejected ? 1 : 0;
      heaviest = std::max(heaviest, host.weight);
    }
    prefix = "cluster.";
    prefix.append(bootstrap->clusters[i].statName()).append(".");
    a.setGauges(stats::Scope::Cluster, prefix,
                {{at(ClusterStat::membership_total), hosts.size()},
                 {at(ClusterStat::membership_healthy), healthy},
                 {at(ClusterStat::membership_degraded), degraded},
                 {at(ClusterStat::membership_excluded), excluded},
                 {at(ClusterStat::max_host_weight), heaviest},
                 {at(ClusterStat::outlier_detection_ejections_active), ejected}});
    if (bootstrap->clusters[i].health_checks.empty()) continue;
    a.setGauges(stats::Scope::Cluster, prefix, {{at(ClusterStat::health_check_healthy), checked}});
  }
}

void setWorkers(const std::vector<WorkerView>& workers, Aggregate& a) {
  uint64_t connections = 0;
  uint64_t draining_connections = 0;
  for (std::string_view state : kWorkerStates) {
    const auto count = std::count_if(workers.begin(), workers.end(),
                                     [&](const WorkerView& w) { return w.state == state; });
    a.setOwn("convoy_workers", StatType::Gauge, {{"state", std::string(state)}},
             static_cast<uint64_t>(count));
  }
  for (const WorkerView& w : workers) {
    connections += w.connections;
    if (w.state == "draining") draining_connections += w.connections;
    a.addOwn("convoy_worker_restarts_total", {{"slot", std::to_string(w.slot)}}, 0);
  }
  a.setGauge("server.total_connections", connections);
  a.setGauge("server.parent_connections", draining_connections);
}

// Counters that exist from the start, so that a rate over them is right from the first event on.
void setWorkerLives(Aggregate& a) {
  for (const char* reason : {"clean", "deadline", "signal", "code"}) {
    a.addOwn("convoy_worker_exits_total", {{"reason", reason}}, 0);
  }
  a.addOwn("convoy_worker_respawns_total", {}, 0);
  a.addOwn("convoy_listener_adoptions_total", {}, 0);
  for (const char* kind : {"idle", "replayed", "refused", "cut"}) {
    a.addOwn("convoy_sentinel_rescued_total", {{"kind", kind}}, 0);
  }
}

void setHandover(Aggregate& a) {
  for (const char* kind : {"http", "tcp", "upgrade", "upstream"}) {
    a.addOwn("convoy_connections_handed_over_total", {{"kind", kind}}, 0);
  }
  for (const char* kind : {"http", "tcp", "upgrade"}) {
    a.addOwn("convoy_drain_forced_total", {{"kind", kind}}, 0);
  }
  a.showOwnHistogram("convoy_drain_seconds");
}

void setReloads(const ReloadView& reloads, Aggregate& a) {
  auto result = [&](const char* name, uint64_t count) {
    a.setOwn("convoy_reloads_total", StatType::Counter, {{"result", name}}, count);
  };
  result("ok", reloads.ok);
  result("invalid", reloads.invalid);
  result("start_failed", reloads.start_failed);
  result("bind_failed", reloads.bind_failed);
  a.setOwn("convoy_config_generation", StatType::Gauge, {}, reloads.generation);
  a.setOwn("convoy_config_last_reload_successful", StatType::Gauge, {}, reloads.last_ok ? 1 : 0);
  a.setOwn("convoy_config_last_reload_attempt_timestamp_seconds", StatType::Gauge, {},
           static_cast<uint64_t>(reloads.last_attempt_unix));
  a.setOwn("convoy_config_last_reload_success_timestamp_seconds", StatType::Gauge, {},
           static_cast<uint64_t>(reloads.last_success_unix));
}

}  // namespace

ServerMemory serverMemory(AdminContext& context) {
  Aggregate& a = context.aggregate();
  setMemory(context.workers(), a);
  a.refresh();
  const SeriesBlock* server = a.block(stats::Scope::Server, "");
  const auto value = [&](ServerStat stat) {
    return server->sum(stats::StatTable<ServerStat>::offset(stat));
  };
  return {value(ServerStat::server_memory_allocated), value(ServerStat::server_memory_heap_size),
          value(ServerStat::server_memory_physical_size)};
}

std::string serverVersion() {
  return std::string(base::buildRevision()) + "/1.37.0-convoy." + base::kVersion +
         "/Clean/RELEASE/OpenSSL";
}

void refreshServerGauges(AdminContext& context) {
  Aggregate& a = context.aggregate();
  const std::vector<WorkerView> workers = context.workers();
  setServer(context, a);
  setCertificates(context, a);
  setMemory(workers, a);
  setListeners(context, workers, a);
  setClusters(context, a);
  setWorkers(workers, a);
  setWorkerLives(a);
  setHandover(a);
  setReloads(context.reloads(), a);
  a.setOwn("convoy_build_info", StatType::Gauge,
           {{"version", base::kVersion}, {"revision", base::buildRevision()}}, 1);
  a.setText("convoy.config_path", context.configPath());
  a.setText("convoy.last_reload_error", context.reloads().last_error);
}

}  // namespace convoy::master
