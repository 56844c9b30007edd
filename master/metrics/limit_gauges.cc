#include "master/metrics/limit_gauges.h"

#include <algorithm>
#include <array>
#include <utility>

namespace convoy::master {

namespace {

constexpr std::array<const char*, stats::kPriorities> kPriority = {"default", "high"};
constexpr std::array<const char*, stats::kLimits> kOpen = {"cx_open", "rq_pending_open", "rq_open",
                                                           "rq_retry_open"};
constexpr std::array<const char*, stats::kLimits> kRemaining = {
    "remaining_cx", "remaining_pending", "remaining_rq", "remaining_retries"};

std::string gaugeName(const std::string& cluster, size_t word, const char* what) {
  return cluster + "circuit_breakers." + kPriority[word / stats::kLimits] + "." + what;
}

std::array<uint64_t, stats::kLimits> limitsOf(const config::CircuitBreakers::Thresholds& t,
                                              uint64_t active) {
  return {t.max_connections, t.max_pending_requests, t.max_requests, t.retriesAllowed(active)};
}

}  // namespace

void LimitGauges::refresh(const config::Bootstrap& bootstrap, const SharedLimits::Seats& seats,
                          const SharedLimits& limits, Aggregate& aggregate) {
  std::map<std::string, uint32_t> before = std::exchange(open_, {});
  for (size_t i = 0; i < bootstrap.clusters.size(); ++i) {
    const config::Cluster& cluster = bootstrap.clusters[i];
    const stats::LimitRow used = limits.totals(seats.numbers()[i]);
    uint32_t open = 0;
    std::string prefix;
    for (size_t word = 0; word < used.size(); ++word) {
      const auto& thresholds = cluster.circuit_breakers.thresholds[word / stats::kLimits];
      const size_t first = word / stats::kLimits * stats::kLimits;
      const uint64_t limit = limitsOf(thresholds, used[first + 1] + used[first + 2])[word - first];
      if (used[word] >= limit && used[word] > 0) open |= 1u << word;
      if (!thresholds.track_remaining) continue;
      if (prefix.empty()) prefix = "cluster." + cluster.statName() + ".";
      aggregate.setGauge(gaugeName(prefix, word, kRemaining[word - first]),
                         limit - std::min(limit, used[word]));
    }
    if (open != 0) open_["cluster." + cluster.statName() + "."] = open;
  }
  // Of most clusters nothing was ever reached: nothing is set for them.
  for (const auto& [name, bits] : open_) before[name] |= bits;
  for (const auto& [name, bits] : before) {
    const auto now = open_.find(name);
    for (size_t word = 0; word < stats::kLimitWords; ++word) {
      if ((bits >> word & 1) == 0) continue;
      const bool open = now != open_.end() && (now->second >> word & 1) != 0;
      aggregate.setGauge(gaugeName(name, word, kOpen[word % stats::kLimits]), open ? 1 : 0);
    }
  }
}

}  // namespace convoy::master
