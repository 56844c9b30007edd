#include "common/base/log.h"

#include <map>
#include <memory>
#include <mutex>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace convoy::base {

namespace {

constexpr const char* kDefaultPattern = "[%Y-%m-%d %T.%e][%P][%l][%n] %v";

spdlog::level::level_enum toSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::Trace:
      return spdlog::level::trace;
    case LogLevel::Debug:
      return spdlog::level::debug;
    case LogLevel::Info:
      return spdlog::level::info;
    case LogLevel::Warning:
      return spdlog::level::warn;
    case LogLevel::Error:
      return spdlog::level::err;
    case LogLevel::Critical:
      return spdlog::level::critical;
    case LogLevel::Off:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

}  // namespace

// Process-wide: a log line has no owner. One thread, so no locks.
struct LogRegistry {
  std::map<std::string, std::unique_ptr<Logger>, std::less<>> loggers;
  std::shared_ptr<spdlog::sinks::sink> sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
  std::string pattern = kDefaultPattern;
  LogLevel level = LogLevel::Info;

  LogRegistry() { sink->set_pattern(pattern); }
  static LogRegistry& get() {
    static auto* registry = new LogRegistry;  // never destroyed: the last words come after main
    return *registry;
  }
  static void setLevel(Logger& logger, LogLevel level) { logger.level_ = level; }
  static LogLevel levelOf(const Logger& logger) { return logger.level_; }
};

Logger::Logger(std::string_view component) : component_(component), level_(LogLevel::Info) {}

void Logger::write(LogLevel level, std::string_view text) const {
  LogRegistry& registry = LogRegistry::get();
  const spdlog::details::log_msg message(spdlog::string_view_t(component_), toSpdlog(level),
                                         spdlog::string_view_t(text.data(), text.size()));
  try {
    registry.sink->log(message);
    registry.sink->flush();
  } catch (const std::exception&) {
    // A full disk must not stop a proxy; there is nowhere left to say so.
  }
}

Logger& logger(std::string_view component) {
  LogRegistry& registry = LogRegistry::get();
  auto it = registry.loggers.find(component);
  if (it == registry.loggers.end()) {
    it =
        registry.loggers.emplace(std::string(component), std::make_unique<Logger>(component)).first;
    LogRegistry::setLevel(*it->second, registry.level);
  }
  return *it->second;
}

void setLogLevel(LogLevel level) {
  LogRegistry& registry = LogRegistry::get();
  registry.level = level;
  for (auto& [name, logger] : registry.loggers) LogRegistry::setLevel(*logger, level);
}

Status setLogLevel(std::string_view component, LogLevel level) {
  LogRegistry& registry = LogRegistry::get();
  auto it = registry.loggers.find(component);
  if (it == registry.loggers.end()) {
    return Error::make(ErrorKind::NotFound, "no logger named \"" + std::string(component) + "\"");
  }
  LogRegistry::setLevel(*it->second, level);
  return {};
}

std::vector<std::pair<std::string, LogLevel>> logLevels() {
  std::vector<std::pair<std::string, LogLevel>> levels;
  for (const auto& [name, logger] : LogRegistry::get().loggers) {
    levels.emplace_back(name, LogRegistry::levelOf(*logger));
  }
  return levels;
}

void setLogPattern(const std::string& pattern) {
  LogRegistry& registry = LogRegistry::get();
  registry.pattern = pattern.empty() ? kDefaultPattern : pattern;
  registry.sink->set_pattern(registry.pattern);
}

Status setLogPath(const std::string& path) {
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_st>(path);
    sink->set_pattern(LogRegistry::get().pattern);
    LogRegistry::get().sink = std::move(sink);
  } catch (const std::exception& e) {
    return Error::make(ErrorKind::Io, "cannot open the log file " + path + ": " + e.what());
  }
  return {};
}

Result<LogLevel> parseLogLevel(std::string_view name) {
  static constexpr std::pair<std::string_view, LogLevel> kNames[] = {
      {"trace", LogLevel::Trace},       {"debug", LogLevel::Debug},  {"info", LogLevel::Info},
      {"warning", LogLevel::Warning},   {"warn", LogLevel::Warning}, {"error", LogLevel::Error},
      {"critical", LogLevel::Critical}, {"off", LogLevel::Off},
  };
  for (const auto& [text, level] : kNames) {
    if (text == name) return level;
  }
  return Error::make(ErrorKind::InvalidArgument,
                     "unknown log level \"" + std::string(name) +
                         "\"; one of trace, debug, info, warning, error, critical, off");
}

std::string_view logLevelName(LogLevel level) {
  static constexpr std::string_view kNames[] = {"trace", "debug",    "info", "warning",
                                                "error", "critical", "off"};
  return kNames[static_cast<size_t>(level)];
}

}  // namespace convoy::base
