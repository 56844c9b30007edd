// admin_context: an AdminContext without a master: two workers, one listener pair and two clusters
// (stats_world.h), and a record of what was asked of it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "master/admin/context.h"
#include "tests/fakes/stats_world.h"

namespace convoy::fakes {

class FakeAdminContext : public master::AdminContext {
 public:
  explicit FakeAdminContext(const std::vector<std::string>& clusters = {"service", "a.b"});

  std::shared_ptr<const config::Bootstrap> bootstrap() const override { return config; }
  const std::string& canonicalConfig() const override { return canonical; }
  const std::string& configPath() const override { return path; }
  master::ServerState state() const override { return server_state; }
  uint64_t uptimeSeconds() const override { return 61; }
  int64_t startUnix() const override { return 1700000000; }
  uint32_t concurrency() const override { return 2; }
  std::vector<std::pair<std::string, std::string>> commandLine() const override;
  config::Node node() const override;
  std::vector<master::WorkerView> workers() const override { return worker_views; }
  master::ReloadView reloads() const override { return reload_view; }
  const master::ReloadHistory& history() const override { return reload_history; }
  const master::Provenance& provenance() const override { return origin; }
  master::Aggregate& aggregate() override { return totals; }
  const std::vector<master::TlsView>& certificates() override {
    return read_certificates.of(config);
  }
  void refreshGauges() override;
  const std::vector<ipc::EndpointHost>& hosts(size_t cluster_index) const override {
    return cluster_hosts[cluster_index];
  }

  const master::Ejections::BothRates* successRates(size_t cluster_index) const override {
    return cluster_index == 0 ? rates.get() : nullptr;
  }

  const master::HostBook& hostBook(const ipc::HostStatsPayload& next) override {
    hosts_asked = next.clusters;
    return host_book;
  }
  void surveyHosts(const std::vector<uint32_t>& clusters, master::HostSurvey::Done done) override {
    hosts_asked = clusters;
    done(host_sums);
  }
  void setHealthcheckFailed(bool failed) override;
  void quit() override { calls.push_back("quit"); }
  void drainListeners(bool graceful) override {
    calls.push_back(graceful ? "drain graceful" : "drain");
  }
  void reopenLogs() override { calls.push_back("reopen"); }
  base::Status setLogLevel(const std::string& component, const std::string& level) override;
  void reload(std::function<void(const std::string& error)> done) override;
  void modifyRuntime(const std::vector<std::pair<std::string, std::string>>& changes,
                     std::function<void(const std::string& error)> done) override {
    for (const auto& [key, value] : changes) calls.push_back("runtime " + key + "=" + value);
    done(reload_error);
  }
  bool dashboardActions() const override { return actions; }
  void testRoute(const Json::Value& request,
                 std::function<void(bool ok, const std::string& text)> done) override;

  std::shared_ptr<config::Bootstrap> config;
  std::string canonical;
  std::string path = "/etc/convoy/envoy.yaml";
  master::ServerState server_state = master::ServerState::Live;
  std::vector<master::WorkerView> worker_views;
  master::ReloadView reload_view;
  master::ReloadHistory reload_history;
  master::Provenance origin;
  bool actions = false;
  master::HostBook host_book;
  master::HostSums host_sums;
  std::unique_ptr<master::Ejections::BothRates> rates;  // of the first cluster
  std::vector<uint32_t> hosts_asked;
  Json::Value route_asked;
  bool route_ok = true;
  std::string route_answer;
  master::Aggregate totals;
  master::Certificates read_certificates;
  std::vector<std::vector<ipc::EndpointHost>> cluster_hosts;
  std::vector<WorkerSlab> slabs;  // of the two workers
  std::vector<std::string> calls;
  std::string reload_error;
  bool hold_reload = false;  // true: `pending_reload` is kept instead of answered
  std::function<void(const std::string&)> pending_reload;
};

}  // namespace convoy::fakes
