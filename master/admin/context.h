// context: what the admin server may see and do of the master. Implemented by Master, faked in
// tests.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/config/load.h"
#include "common/ipc/messages.h"
#include "master/admin/certificates.h"
#include "master/host_book.h"
#include "master/host_survey.h"
#include "master/metrics/aggregate.h"
#include "master/reload_history.h"
#include "master/server_state.h"
#include "master/upstream/ejections.h"

namespace convoy::master {

struct WorkerView {
  uint32_t slot = 0;
  uint32_t generation = 0;
  int pid = 0;
  std::string state;      // starting ready accepting draining
  uint64_t restarts = 0;  // of the slot
  uint64_t connections = 0;
  uint64_t requests_inflight = 0;
  uint64_t uptime_s = 0;
  uint64_t draining_ms = 0;  // of its generation; 0: it does not drain
};

// What the running configuration was made of, and what its loader doubted.
struct Provenance {
  struct File {
    std::string name, sha256;
    uint64_t bytes = 0;
  };
  std::vector<File> files;
  std::vector<config::Diagnostic> warnings;
};

struct ReloadView {
  uint32_t generation = 0;
  uint64_t ok = 0, invalid = 0, start_failed = 0, bind_failed = 0;  // by result
  bool last_ok = true;
  int64_t last_attempt_unix = 0;
  int64_t last_success_unix = 0;
  std::string last_error;  // rendered diagnostics of the last rejected one
};

class AdminContext {
 public:
  virtual ~AdminContext() = default;
  virtual std::shared_ptr<const config::Bootstrap> bootstrap() const = 0;  // the running one
  virtual const std::string& canonicalConfig() const = 0;                  // its v3 JSON
  virtual const std::string& configPath() const = 0;
  virtual ServerState state() const = 0;
  virtual uint64_t uptimeSeconds() const = 0;
  virtual int64_t startUnix() const = 0;
  virtual uint32_t concurrency() const = 0;
  virtual std::vector<std::pair<std::string, std::string>> commandLine()
      const = 0;                          // long option -> value
  virtual config::Node node() const = 0;  // with --service-node etc. applied
  virtual std::vector<WorkerView> workers() const = 0;
  virtual ReloadView reloads() const = 0;
  virtual const ReloadHistory& history() const = 0;
  virtual const Provenance& provenance() const = 0;
  virtual Aggregate& aggregate() = 0;
  virtual const std::vector<TlsView>& certificates() = 0;  // of the running configuration
  virtual void refreshGauges() = 0;  // master-computed gauges, right before a scrape
  // Resolved hosts of bootstrap()->clusters[index].
  virtual const std::vector<ipc::EndpointHost>& hosts(size_t cluster_index) const = 0;

  // How often they answered well, as outlier_detection compares it; null: that is not configured.
  virtual const Ejections::BothRates* successRates(size_t cluster_index) const = 0;

  // What workers said of hosts the last time, and asks them about `next`.
  virtual const HostBook& hostBook(const ipc::HostStatsPayload& next) = 0;
  // Asks them about all hosts of these clusters; `done` is called once, later, with what they
  // count since the last reload.
  virtual void surveyHosts(const std::vector<uint32_t>& clusters, HostSurvey::Done done) = 0;

  virtual void setHealthcheckFailed(bool failed) = 0;
  virtual void quit() = 0;  // /quitquitquit: graceful, as SIGTERM
  virtual void drainListeners(bool graceful) = 0;
  virtual void reopenLogs() = 0;
  // component "" = all; sent to the workers too.
  virtual base::Status setLogLevel(const std::string& component, const std::string& level) = 0;
  // `done` is called once with "" or the reason of the failure.
  virtual void reload(std::function<void(const std::string& error)> done) = 0;
  // POST /runtime_modify: "" takes an override away. A reload; `done` as above.
  virtual void modifyRuntime(const std::vector<std::pair<std::string, std::string>>& changes,
                             std::function<void(const std::string& error)> done) = 0;
  // The dashboard offers buttons that change the server's state.
  virtual bool dashboardActions() const = 0;
  // Which way `request` (worker/explain.h) would take through bootstrap(). `done` is called once:
  // with the answer as JSON, or with why there is none.
  virtual void testRoute(const Json::Value& request,
                         std::function<void(bool ok, const std::string& text)> done) = 0;
};

}  // namespace convoy::master
