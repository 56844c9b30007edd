// ejections: which hosts are kept from requests for a while because they failed several in a row,
// or more often than others (Envoy: outlier detection). Workers count and report; here is decided,
// once for all of them: at most max_ejection_percent of a cluster, each time longer. Rates are
// compared over all workers, once in an interval. Owned by HostSets; the master's loop.
//
//   In --report--> Ejected --base_ejection_time x times--> In (times falls with every quiet
//   interval)
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/config/model/bootstrap.h"
#include "common/ipc/messages.h"
#include "common/net/event_loop.h"

namespace convoy::master {

class EjectionsCallbacks {
 public:
  virtual ~EjectionsCallbacks() = default;
  virtual void onEjectionsChanged(uint32_t cluster) = 0;
  virtual void onEjectionCount(const std::string& raw_name) = 0;
};

// What came of the last comparison, in percent of the answers; -1: too few hosts or requests.
struct SuccessRates {
  double average = -1;
  double threshold = -1;                  // a host below it was an outlier
  std::map<std::string, double> by_host;  // host_key; the others: -1
};

class Ejections {
 public:
  Ejections(net::EventLoop& loop, base::Random& random, EjectionsCallbacks& callbacks,
            std::shared_ptr<const config::Bootstrap> bootstrap);
  ~Ejections();
  // Ejected hosts of clusters of the same name stay so.
  void inherit(const Ejections& previous);
  // A worker's word; `of` how many hosts there are.
  void failing(const ipc::HostFailingPayload& report, size_t of);
  // Another, for the comparison at the end of the interval.
  void rates(const ipc::HostRatesPayload& rates, size_t of);
  // It answers its health checks: it is back at once.
  void passed(uint32_t cluster, const std::string& host);
  // Says of each host whether it is ejected.
  void judge(uint32_t cluster, std::vector<ipc::EndpointHost>& hosts) const;
  // [0] of all answers, [1] of whether there was one. Null without outlier_detection.
  using BothRates = std::array<SuccessRates, 2>;
  const BothRates* successRates(uint32_t cluster) const;

 private:
  struct Host {
    bool ejected = false;
    uint32_t times = 0;  // how often lately
    uint64_t until_ms = 0;
  };
  struct Cluster;
  enum class Rule : uint8_t;
  void detected(Cluster& cluster, const std::string& host, Rule rule, size_t of);
  bool hasRoom(const Cluster& cluster, size_t of) const;
  void eject(Cluster& cluster, const std::string& host);
  void compare(Cluster& cluster, bool local_origin);
  void run(Cluster& cluster);
  void onInterval(Cluster& cluster);
  void count(const Cluster& cluster, const std::string& stat);

  net::EventLoop& loop_;
  base::Random& random_;
  EjectionsCallbacks& callbacks_;
  std::shared_ptr<const config::Bootstrap> bootstrap_;
  std::map<uint32_t, std::unique_ptr<Cluster>> clusters_;  // those with outlier_detection
};

}  // namespace convoy::master
