// event_logs: changes of health as lines of JSON in files (Envoy: event_log_path, the file sink of
// event_logger; one HealthCheckEvent a line). A file is opened for each line: they are rare, and so
// a rotation needs no word to us. Owned by HealthChecks; the master's loop.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/config/model/cluster.h"
#include "common/ipc/messages.h"

namespace convoy::master {

struct HealthEvent {
  enum class Kind : uint8_t { Ejected, Added, Failed, Passed };
  Kind kind = Kind::Added;
  bool network = false;  // Ejected, Failed: there was no answer
  bool first = false;    // check of this host
};

class EventLogs {
 public:
  explicit EventLogs(std::vector<std::string> paths) : paths_(std::move(paths)) {}
  void write(const config::Cluster& cluster, const ipc::EndpointHost& host,
             const HealthEvent& event, int64_t wall_us);

 private:
  const std::vector<std::string> paths_;
  bool failing_ = false;  // said once, until it works again
};

// One line, its newline included.
std::string healthEventLine(const config::Cluster& cluster, const ipc::EndpointHost& host,
                            const HealthEvent& event, int64_t wall_us);

}  // namespace convoy::master
