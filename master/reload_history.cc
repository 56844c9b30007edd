#include "master/reload_history.h"

#include <utility>

namespace convoy::master {

void ReloadHistory::begin(const char* cause, int64_t now_unix, uint64_t now_ms) {
  current_ = {};
  current_.cause = cause;
  current_.at_unix = now_unix;
  begun_ms_ = now_ms;
}

void ReloadHistory::end(const char* result, uint32_t generation, std::string error,
                        uint64_t now_ms) {
  ++count_;
  current_.duration_ms = now_ms - begun_ms_;
  current_.result = result;
  current_.generation = generation;
  current_.error = std::move(error);
  entries_.push_front(std::move(current_));
  if (entries_.size() > kMax) entries_.pop_back();
  current_ = {};
}

Json::Value ReloadHistory::save() const {
  Json::Value out(Json::arrayValue);
  for (const ReloadEntry& entry : entries_) {
    Json::Value one(Json::objectValue);
    one["at"] = Json::Int64{entry.at_unix};
    one["duration_ms"] = Json::UInt64{entry.duration_ms};
    one["cause"] = entry.cause;
    one["result"] = entry.result;
    one["generation"] = entry.generation;
    one["error"] = entry.error;
    out.append(std::move(one));
  }
  return out;
}

void ReloadHistory::restore(const Json::Value& saved) {
  if (!saved.isArray()) return;
  for (const Json::Value& one : saved) {
    ReloadEntry entry;
    if (one.isObject() && base::getInt(one, "at", &entry.at_unix) &&
        base::getUint(one, "duration_ms", &entry.duration_ms) &&
        base::getString(one, "cause", &entry.cause) &&
        base::getString(one, "result", &entry.result) &&
        base::getUint(one, "generation", &entry.generation) &&
        base::getString(one, "error", &entry.error) && entries_.size() < kMax) {
      entries_.push_back(std::move(entry));
      ++count_;
    }
  }
}

}  // namespace convoy::master
