// logger: the access logs of one HTTP connection manager or TCP proxy: which lines go to which
// sink. LogSinks owns one LogSink per path of the whole configuration, fed with descriptors that
// the master opened (so that a worker without rights can log, and logs can be reopened). Worker
// loop.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/config/model/core.h"
#include "common/net/event_loop.h"
#include "common/stats/stat_tables.h"
#include "worker/access_log/filter.h"
#include "worker/access_log/format.h"
#include "worker/access_log/sink.h"

namespace convoy::worker {

class LogSinks {
 public:
  explicit LogSinks(net::EventLoop& loop);
  // A new path gets a sink, a known one is reopened.
  void open(const std::string& path, base::UniqueFd fd);
  LogSink* find(const config::AccessLog& log);
  void flushAll();
  // Where writes are counted, at each flush. `cells` outlives the sinks.
  void setStats(stats::StatBlock<stats::ServerStat> cells) { stats_ = cells; }
  // Called after a line was written: makes sure a flush follows within kFlushMs.
  void scheduleFlush();

  static constexpr uint64_t kFlushMs = 250;
  static std::string pathOf(const config::AccessLog& log);  // "/dev/stdout" for Stdout

 private:
  void countWrites();
  std::map<std::string, std::unique_ptr<LogSink>> sinks_;
  std::optional<stats::StatBlock<stats::ServerStat>> stats_;
  uint64_t counted_completed_ = 0, counted_failed_ = 0, counted_dropped_ = 0;
  std::unique_ptr<net::Timer> timer_;
  bool scheduled_ = false;
};

class AccessLogger {
 public:
  AccessLogger(const std::vector<config::AccessLog>& logs, LogSinks& sinks, base::Random& random);
  bool enabled() const { return !targets_.empty(); }
  void log(const FormatContext& context);

 private:
  struct Target {
    const config::AccessLog* log;
    LogSink* sink;
    std::optional<LogFilter> filter;
  };
  std::vector<Target> targets_;
  LogSinks& sinks_;
  base::Random& random_;
  std::string line_;  // reused: no allocation per request
};

}  // namespace convoy::worker
