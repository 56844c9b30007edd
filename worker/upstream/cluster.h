// cluster: one upstream cluster as this worker runs it: its hosts (told by the master), load
// balancer, circuit breaker and counters. ClusterSet finds them by the index that names were
// resolved to when the configuration was loaded. Owned by the worker, outlives its pools; worker
// loop.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/http/h1_codec.h"
#include "common/ipc/handoff.h"
#include "common/ipc/messages.h"
#include "common/stats/stat_tables.h"
#include "worker/context.h"
#include "worker/http/h2_stats.h"
#include "worker/upstream/circuit_breaker.h"
#include "worker/upstream/host.h"
#include "worker/upstream/lb.h"
#include "worker/upstream/tls_origination.h"

namespace convoy::worker {

using ClusterStats = stats::StatBlock<stats::ClusterStat>;

class Cluster {
 public:
  Cluster(WorkerContext& context, const config::Cluster& config, uint32_t index,
          uint32_t first_cell);

  const config::Cluster& config() const { return config_; }
  WorkerContext& context() { return context_; }
  ClusterStats& stats() { return stats_; }
  const http::H1Settings& h1Settings() const { return h1_; }
  const http::H2Settings& h2Settings() const { return h2_; }
  http::H2Observer& h2Observer() { return h2_observer_; }

  // Hosts that stay keep their pools; those that left finish what they carry.
  void setHosts(const std::vector<ipc::EndpointHost>& hosts);
  const std::vector<HostPtr>& hosts() const { return hosts_; }
  // Null: it is none of ours.
  std::shared_ptr<ipc::HostNumbers> numbersOf(const net::Address& host) const;
  // Null: no healthy upstream (counted).
  HostPtr chooseHost(const PickContext& context = {});
  // How a request to one of our hosts went: its answer; or none, as if it had been 503 or, if that
  // was late, 504; and before either, that there was a connection.
  void onAnswer(Host& host, int status);
  void onNoAnswer(Host& host, int as_status);
  // The same of a TCP session, of which nothing else can be judged.
  void onTcpConnected(Host& host);
  void onTcpFailed(Host& host, bool timeout);
  void onReached(Host& host) {
    if (config_.outlier_detection) host.conduct.reached(*config_.outlier_detection);
  }
  // Tells the master how hosts did since the last time, where they are compared with each other.
  void reportRates();
  // With a key it lives as long as somebody holds it, its connections included.
  std::shared_ptr<ConnPool> poolOf(Host& host, bool http2, Priority priority = Priority::Default,
                                   const PoolKey& key = {});
  // Of the connections that only some requests can use, whichever. False: none is idle.
  bool closeOneKeyed();
  // To answer a client that speaks `downstream`.
  bool speaksHttp2(http::Protocol downstream) const;
  // A connection on its way to one of our hosts, with the socket options that we are to use.
  base::Result<base::UniqueFd> connectTo(const net::Address& address) const;
  TlsOrigination& tls() { return tls_; }
  void rekey(const config::Cluster& config) { tls_.rekey(config); }
  struct HealthyHosts {
    size_t healthy = 0, total = 0;
  };
  HealthyHosts healthyHosts() const;
  // Once dialling has stopped, also what is still on its way.
  void closeIdle();
  void stopDialling() { dials_ = false; }
  bool dials() const { return dials_; }
  // Draining: idle pool connections go to the successor. False: the rest goes later.
  bool handOverIdle(Handover& handover);
  // Closed if the host is not ours any more.
  void adoptIdle(const net::Address& address, ipc::Handoff& handoff);

  CircuitBreaker& breaker() { return breaker_; }

 private:
  void judge(Host& host, int status);
  void judgeNone(Host& host, int as_status);
  void report(const Host& host, const HostConduct::Reached& reached);
  void tell(Host& host, const ipc::EndpointHost& endpoint);
  static void closePools(Host& host);

  WorkerContext& context_;
  const config::Cluster& config_;
  const uint32_t index_;  // in Bootstrap::clusters
  ClusterStats stats_;
  TlsOrigination tls_;
  http::H1Settings h1_;
  http::H2Settings h2_;
  UpstreamH2Observer h2_observer_;
  CircuitBreaker breaker_;
  std::vector<HostPtr> hosts_;
  std::unique_ptr<LoadBalancer> lb_;
  bool dials_ = true;
};

class ClusterSet {
 public:
  explicit ClusterSet(WorkerContext& context);
  Cluster* at(size_t index) { return clusters_[index].get(); }
  Cluster* find(std::string_view name);
  size_t size() const { return clusters_.size(); }
  // The process ends: those who wait for a connection are cut next, and get none any more.
  void stopDialling();
  void closeIdle();
  void handOverIdle(Handover& handover);
  void adoptIdle(ipc::Handoff& handoff);
  // From time to time: what limits were reserved here and are of more use elsewhere goes back.
  void settleLimits();
  void reportRates();

 private:
  std::vector<std::unique_ptr<Cluster>> clusters_;
  std::unordered_map<std::string_view, Cluster*> by_name_;
};

}  // namespace convoy::worker
