// local_ratelimit: envoy.filters.http.local_ratelimit: requests for which the bucket of their route
// (or of the filter, or of their connection) has no token are refused, or only counted. One bucket
// for all workers: its word is in the LimitsPage.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>

#include "worker/context.h"
#include "worker/filters/filter.h"
#include "worker/rate_bucket.h"

namespace convoy::worker {

// What the settings of one message come to in this worker. Made when the first request needs it.
struct RateLimit {
  std::optional<RateBucket> bucket;
  uint64_t* word = nullptr;  // of all workers; null: of each connection
  uint64_t own = 0;          // where there is no page
  stats::StatBlock<stats::HttpRateStat> stats;
};

class RateLimits final : public FilterState {
 public:
  explicit RateLimits(WorkerContext& context) : context_(context) {}
  RateLimit& of(const config::RateLimitFilter& settings);
  WorkerContext& context() { return context_; }

 private:
  WorkerContext& context_;
  std::unordered_map<const config::RateLimitFilter*, std::unique_ptr<RateLimit>> limits_;
};

class LocalRateLimitFilter final : public Filter {
 public:
  LocalRateLimitFilter(const config::HttpFilter& config, RateLimits& limits)
      : config_(config), limits_(limits) {}
  FilterStatus decodeHeaders(FilterContext& context, bool end) override;
  void encodeHeaders(FilterContext& context, bool end) override;
  void reset() override;

 private:
  const config::HttpFilter& config_;
  RateLimits& limits_;
  // Of this request, from decodeHeaders on; null: the filter did not look at it.
  const config::RateLimitFilter* settings_ = nullptr;
  RateLimit* limit_ = nullptr;
  uint64_t* word_ = nullptr;
  bool refused_ = false;
};

}  // namespace convoy::worker
