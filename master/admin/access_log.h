// access_log: the admin server's own log: one line per request, in the format of the configuration
// (Envoy's default if none is given). What only proxied traffic has (upstream, response flags,
// route) is "-". Unbuffered: an operator's request is rare and its line should survive a crash.
// Master only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/config/model/core.h"
#include "common/http/header_map.h"
#include "common/net/address.h"

namespace convoy::master {

struct AdminLogEntry {
  const http::RequestHead* request = nullptr;
  std::string_view target;  // as it came
  int status = 0;
  uint64_t bytes_received = 0, bytes_sent = 0;  // of bodies
  int64_t start_wall_us = 0;
  uint64_t duration_us = 0;
  const net::Address* peer = nullptr;
  const net::Address* local = nullptr;
};

class AdminAccessLog {
 public:
  // Opens the files again, also those that are open: also for log rotation. A file that cannot be
  // opened is reported in the application log and skipped.
  void open(const std::vector<config::AccessLog>& logs);
  void write(const AdminLogEntry& entry) const;
  bool empty() const { return targets_.empty(); }

 private:
  struct Target {
    config::AccessLog log;
    base::UniqueFd own;
    int fd = -1;
  };
  std::vector<Target> targets_;
};

std::string adminLogLine(const config::AccessLog& log, const AdminLogEntry& entry);

}  // namespace convoy::master
