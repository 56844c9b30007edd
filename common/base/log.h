// Application log: one line per event to stderr, in Envoy's default format
// "[2026-11-23 07:12:01.123][pid][level][component] text". Levels can be changed at run time for
// all components or one (admin /logging, --log-level, --component-log-level). spdlog is fenced in
// log.cc; this header costs nothing to include. Any process; never called on the request path
// except for errors, and rate limited there by the caller.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/result.h"

namespace convoy::base {

enum class LogLevel : uint8_t { Trace, Debug, Info, Warning, Error, Critical, Off };

// Accepts trace debug info warning warn error critical off.
Result<LogLevel> parseLogLevel(std::string_view name);
std::string_view logLevelName(LogLevel level);

class Logger {
 public:
  explicit Logger(std::string_view component);  // e.g. "main", "admin", "http", "upstream"
  bool enabled(LogLevel level) const { return level >= level_; }
  void write(LogLevel level, std::string_view text) const;

  template <typename... Args>
  void debug(fmt::format_string<Args...> f, Args&&... args) const {
    log(LogLevel::Debug, f, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void info(fmt::format_string<Args...> f, Args&&... args) const {
    log(LogLevel::Info, f, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void warn(fmt::format_string<Args...> f, Args&&... args) const {
    log(LogLevel::Warning, f, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void error(fmt::format_string<Args...> f, Args&&... args) const {
    log(LogLevel::Error, f, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void critical(fmt::format_string<Args...> f, Args&&... args) const {
    log(LogLevel::Critical, f, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void log(LogLevel level, fmt::format_string<Args...> f, Args&&... args) const {
    if (enabled(level)) write(level, fmt::format(f, std::forward<Args>(args)...));
  }

 private:
  friend struct LogRegistry;
  std::string component_;
  LogLevel level_;
};

// The process's logger of that component; created on first use, lives for ever. The one sanctioned
// process-wide registry: a log line has no owner.
Logger& logger(std::string_view component);
void setLogLevel(LogLevel level);                                // all, present and future
Status setLogLevel(std::string_view component, LogLevel level);  // NotFound if unknown
std::vector<std::pair<std::string, LogLevel>> logLevels();       // sorted by component
void setLogPattern(const std::string& pattern);  // spdlog's, as --log-format; "" = the default
Status setLogPath(const std::string& path);      // a file instead of stderr

}  // namespace convoy::base
