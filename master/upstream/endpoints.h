// endpoints: the hosts of every cluster of one configuration. STATIC ones and numeric addresses
// pass through; STRICT_DNS hosts are all addresses of each name, a LOGICAL_DNS cluster has one: the
// first, kept as long as the name still has it. Names are asked again after dns_refresh_rate (or
// their TTL, if respect_dns_ttl); a failure keeps the last good set and is counted. Owned by the
// Master with its generation; the master's loop.
//
//   start() --> every name answered (or 5 s passed) --> onEndpointsReady() once
//           --> later answers that change a cluster --> onEndpointsChanged(payload)
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/config/model/bootstrap.h"
#include "common/ipc/messages.h"
#include "common/net/event_loop.h"
#include "master/upstream/resolver.h"

namespace convoy::master {

class EndpointsCallbacks {
 public:
  virtual ~EndpointsCallbacks() = default;
  virtual void onEndpointsReady() = 0;
  virtual void onEndpointsChanged(const ipc::EndpointsPayload& changed) = 0;
  // One raw counter of Envoy's, e.g. "cluster.service.update_failure".
  virtual void onEndpointsCount(const std::string& raw_name) = 0;
};

class Endpoints {
 public:
  static constexpr uint64_t kInitialWaitMs = 5000;

  Endpoints(net::EventLoop& loop, Resolver& resolver, EndpointsCallbacks& callbacks,
            std::shared_ptr<const config::Bootstrap> bootstrap);
  ~Endpoints();
  // What names had in the last configuration, for names that cannot be resolved at this moment.
  void inherit(const Endpoints& previous);
  // The same from what workers of this configuration were told.
  void inherit(const ipc::EndpointsPayload& known);
  void start();

  const std::vector<ipc::EndpointHost>& hosts(size_t cluster) const;
  size_t size() const;
  ipc::EndpointsPayload all() const;

 private:
  struct Name;
  struct ClusterState;
  void ask(Name& name);
  void onAnswer(Name& name, const DnsAnswer& answer);
  bool rebuild(ClusterState& cluster);
  void answered(Name& name);
  uint64_t failureWaitMs(Name& name);
  void becomeReady();
  void count(const ClusterState& cluster, const char* stat);

  net::EventLoop& loop_;
  base::Random random_;
  Resolver& resolver_;
  EndpointsCallbacks& callbacks_;
  std::shared_ptr<const config::Bootstrap> bootstrap_;
  std::vector<std::unique_ptr<ClusterState>> clusters_;
  std::vector<std::unique_ptr<Name>> names_;
  size_t unanswered_ = 0;
  bool ready_ = false;
  std::unique_ptr<net::Timer> limit_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace convoy::master
