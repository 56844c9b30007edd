#include "worker/access_log/logger.h"

#include <utility>

#include "common/base/log.h"

namespace convoy::worker {

LogSinks::LogSinks(net::EventLoop& loop) {
  timer_ = loop.createTimer([this] {
    scheduled_ = false;
    flushAll();
    // A disk that was full is tried again even if no further line comes.
    for (const auto& [path, sink] : sinks_) {
      if (!sink->empty()) scheduleFlush();
    }
  });
}

std::string LogSinks::pathOf(const config::AccessLog& log) {
  switch (log.target) {
    case config::AccessLog::Target::Stdout:
      return "/dev/stdout";
    case config::AccessLog::Target::Stderr:
      return "/dev/stderr";
    case config::AccessLog::Target::File:
      break;
  }
  return log.path;
}

void LogSinks::open(const std::string& path, base::UniqueFd fd) {
  auto it = sinks_.find(path);
  if (it != sinks_.end()) {
    it->second->reopen(std::move(fd));
  } else {
    sinks_.emplace(path, std::make_unique<LogSink>(std::move(fd)));
  }
}

LogSink* LogSinks::find(const config::AccessLog& log) {
  auto it = sinks_.find(pathOf(log));
  return it == sinks_.end() ? nullptr : it->second.get();
}

void LogSinks::flushAll() {
  for (auto& [path, sink] : sinks_) sink->flush();
  countWrites();
}

void LogSinks::countWrites() {
  if (!stats_) return;
  uint64_t completed = 0, failed = 0, dropped = 0;
  for (const auto& [path, sink] : sinks_) {
    completed += sink->writesCompleted();
    failed += sink->writesFailed();
    dropped += sink->linesDropped();
  }
  stats_->add(stats::ServerStat::filesystem_write_completed,
              completed - std::exchange(counted_completed_, completed));
  stats_->add(stats::ServerStat::filesystem_write_failed,
              failed - std::exchange(counted_failed_, failed));
  stats_->add(stats::ServerStat::filesystem_write_dropped,
              dropped - std::exchange(counted_dropped_, dropped));
}

void LogSinks::scheduleFlush() {
  if (scheduled_) return;
  scheduled_ = true;
  timer_->start(kFlushMs);
}

AccessLogger::AccessLogger(const std::vector<config::AccessLog>& logs, LogSinks& sinks,
                           base::Random& random)
    : sinks_(sinks), random_(random) {
  for (const config::AccessLog& log : logs) {
    LogSink* sink = sinks.find(log);
    if (sink != nullptr) {
      targets_.push_back({&log, sink, {}});
      if (log.filter != nullptr) targets_.back().filter.emplace(*log.filter);
    } else {
      base::logger("access_log")
          .error("no descriptor for {}: its lines are lost", LogSinks::pathOf(log));
    }
  }
}

void AccessLogger::log(const FormatContext& context) {
  for (const Target& target : targets_) {
    if (target.filter && !target.filter->passes(context, random_)) continue;
    line_.clear();
    appendLogLine(*target.log, context, line_);
    target.sink->write(line_);
  }
  if (!targets_.empty()) sinks_.scheduleFlush();
}

}  // namespace convoy::worker
