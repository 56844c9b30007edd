// reload_history: the last changes of configuration with what came of each, for people: the
// dashboard shows it. Owned by the Master; written at the begin and the end of a reload.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "common/base/json.h"

namespace convoy::master {

struct ReloadEntry {
  int64_t at_unix = 0;  // when it began
  uint64_t duration_ms = 0;
  std::string cause;        // "start", "file", "workers"
  std::string result;       // of reloadResultName()
  uint32_t generation = 0;  // that serves afterwards
  std::string error;        // rendered diagnostics
};

class ReloadHistory {
 public:
  static constexpr size_t kMax = 20;

  void begin(const char* cause, int64_t now_unix, uint64_t now_ms);
  void end(const char* result, uint32_t generation, std::string error, uint64_t now_ms);
  const std::deque<ReloadEntry>& entries() const { return entries_; }  // the newest first
  uint64_t count() const { return count_; }                            // of all that ever ended

  // For a program that takes our place. What does not parse is left out.
  Json::Value save() const;
  void restore(const Json::Value& saved);

 private:
  ReloadEntry current_;
  uint64_t begun_ms_ = 0;
  uint64_t count_ = 0;
  std::deque<ReloadEntry> entries_;
};

}  // namespace convoy::master
