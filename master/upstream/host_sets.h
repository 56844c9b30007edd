// host_sets: the hosts of every cluster of one configuration as workers and the admin interface
// see them: what endpoints resolves, with what health_checks and ejections found out of each host.
// Owned by an Edition; the master's loop.
//
//   start() --> names resolved --> every checked host was checked once (or 5 s passed)
//           --> onHostsReady() once --> changes of hosts or health --> onHostsChanged(payload)
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "master/upstream/ejections.h"
#include "master/upstream/endpoints.h"
#include "master/upstream/health_checks.h"

namespace convoy::master {

class HostSetsCallbacks {
 public:
  virtual ~HostSetsCallbacks() = default;
  virtual void onHostsReady() = 0;
  virtual void onHostsChanged(const ipc::EndpointsPayload& changed) = 0;
  // One raw counter of Envoy's, e.g. "cluster.service.update_failure".
  virtual void onHostsCount(const std::string& raw_name) = 0;
  // What was counted under such a name.
  virtual uint64_t counted(const std::string& raw_name) = 0;
};

class HostSets final : private EndpointsCallbacks,
                       private HealthChecksCallbacks,
                       private EjectionsCallbacks {
 public:
  static constexpr uint64_t kFirstChecksMs = 5000;

  HostSets(net::EventLoop& loop, Resolver& resolver, HostSetsCallbacks& callbacks,
           std::shared_ptr<const config::Bootstrap> bootstrap);
  void inherit(const HostSets& previous);
  void inherit(const ipc::EndpointsPayload& known);
  void start();
  // A worker's word of a host that fails.
  void failing(const ipc::HostFailingPayload& report);
  // Or of how hosts did lately.
  void rates(const ipc::HostRatesPayload& rates);

  const std::vector<ipc::EndpointHost>& hosts(size_t cluster) const;
  const Ejections::BothRates* successRates(uint32_t cluster) const {
    return ejections_.successRates(cluster);
  }
  ipc::EndpointsPayload all() const;

 private:
  void onEndpointsReady() override;
  void onEndpointsChanged(const ipc::EndpointsPayload& changed) override;
  void onEndpointsCount(const std::string& raw_name) override;
  void onAllChecked() override;
  void onHealthChanged(uint32_t cluster) override;
  void onCheckPassed(uint32_t cluster, const std::string& host) override;
  void onHealthCount(const std::string& raw_name) override;
  bool hasTraffic(uint32_t cluster) override;
  void onEjectionsChanged(uint32_t cluster) override;
  void onEjectionCount(const std::string& raw_name) override;
  void publish(uint32_t cluster);
  void merge(uint32_t cluster);
  void becomeReady();

  HostSetsCallbacks& callbacks_;
  std::shared_ptr<const config::Bootstrap> bootstrap_;
  base::Random random_;
  Endpoints endpoints_;
  HealthChecks health_checks_;
  Ejections ejections_;
  std::vector<std::vector<ipc::EndpointHost>> hosts_;
  bool resolved_ = false;
  bool ready_ = false;
  std::unique_ptr<net::Timer> limit_;
};

}  // namespace convoy::master
