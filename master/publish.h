// publish: what a worker is given, as messages: configuration, listening sockets, access-log files,
// endpoints. The one place that knows their order (common/ipc/messages.h). Also LogFiles: the
// access logs, opened by the master (a worker without rights can log, and SIGUSR1 reopens them
// all).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/config/model/bootstrap.h"
#include "common/ipc/channel.h"
#include "common/stats/directory.h"
#include "common/stats/slab.h"
#include "master/listeners.h"
#include "master/upstream/shared_limits.h"

namespace convoy::master {

class LogFiles {
 public:
  // Every access log of the listeners. /dev/stdout and /dev/stderr are duplicates of 1 and 2, since
  // opening those paths fails on sockets and for other users. The error names file and line.
  static base::Result<std::shared_ptr<LogFiles>> open(const config::Bootstrap& bootstrap,
                                                      const std::string& config_name);
  // Opens every path again; a path that fails keeps its old file and is named in the error.
  base::Status reopen();
  void send(ipc::Channel& channel) const;
  size_t size() const { return files_.size(); }

 private:
  std::map<std::string, base::UniqueFd> files_;
};

// All that the workers of one generation have in common. Const for the generation's life.
struct Plan {
  uint32_t number = 0;
  uint32_t concurrency = 1;
  std::shared_ptr<const config::Bootstrap> bootstrap;
  std::string canonical_json;
  std::shared_ptr<const stats::Directory> directory;
  std::shared_ptr<const ListenerSet> listeners;
  std::shared_ptr<LogFiles> logs;
  std::shared_ptr<const SharedLimits::Seats> seats;  // null: each worker counts on its own
  uint64_t start_timeout_ms = 15000;                 // until a worker accepts
  bool sentinel = false;                             // each worker gets one (sentinel_end.h)
  ipc::ConfigPayload identity;  // uid, gid, log level, service_*; the rest is filled in per worker
};

// Config, Listeners (at most 250 descriptors each), Logs. Endpoints, the last one, is the caller's.
base::Status publishPlan(ipc::Channel& channel, const Plan& plan, uint32_t slot,
                         const stats::Slab& slab);

}  // namespace convoy::master
