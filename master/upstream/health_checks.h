// health_checks: the active health checks of every cluster of one configuration: a session for each
// host, made when the host comes and ended when it goes. What a host's health means for requests is
// the workers' business (worker/upstream/usable_hosts). Owned by HostSets; the master's loop.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/config/model/bootstrap.h"
#include "common/ipc/messages.h"
#include "common/net/event_loop.h"
#include "master/upstream/health_session.h"

namespace convoy::master {

class HealthChecksCallbacks {
 public:
  virtual ~HealthChecksCallbacks() = default;
  // Every host has been checked once. May be called several times, as hosts come.
  virtual void onAllChecked() = 0;
  virtual void onHealthChanged(uint32_t cluster) = 0;
  // `host` by its hostKey; it is well.
  virtual void onCheckPassed(uint32_t cluster, const std::string& host) = 0;
  virtual void onHealthCount(const std::string& raw_name) = 0;
  virtual bool hasTraffic(uint32_t cluster) = 0;
};

class HealthChecks {
 public:
  HealthChecks(net::EventLoop& loop, base::Random& random, HealthChecksCallbacks& callbacks,
               std::shared_ptr<const config::Bootstrap> bootstrap, ProbeFactory probes = makeProbe);
  ~HealthChecks();
  // What hosts of the same cluster and address were in the last configuration.
  void inherit(const HealthChecks& previous);
  void inherit(const ipc::EndpointsPayload& known);

  void setHosts(uint32_t cluster, const std::vector<ipc::EndpointHost>& hosts);
  // Says of each host of a checked cluster whether it failed.
  void judge(uint32_t cluster, std::vector<ipc::EndpointHost>& hosts) const;
  size_t unchecked() const;

 private:
  struct Checked;
  struct Cluster;
  std::unique_ptr<Checked> checked(Cluster& cluster, const ipc::EndpointHost& host);
  void count(const Cluster& cluster, const char* stat);

  net::EventLoop& loop_;
  base::Random& random_;
  HealthChecksCallbacks& callbacks_;
  std::shared_ptr<const config::Bootstrap> bootstrap_;
  ProbeFactory probes_;
  std::map<uint32_t, std::unique_ptr<Cluster>> clusters_;  // those that are checked
};

}  // namespace convoy::master
