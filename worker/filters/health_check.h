// health_check: envoy.filters.http.health_check: answers the health checks of a load balancer
// itself, from what this server knows of itself and of its clusters; or, in pass-through mode,
// passes them on and keeps the answer for a while (per worker).
#pragma once

#include "worker/filters/filter.h"

namespace convoy::worker {

// What the service said last.
struct HealthCheckCache final : FilterState {
  int status = 0;
  uint64_t until_ms = 0;
};

class HealthCheckFilter final : public Filter {
 public:
  HealthCheckFilter(const config::HttpFilter& config, HealthCheckCache& cache)
      : config_(config), cache_(cache) {}
  FilterStatus decodeHeaders(FilterContext& context, bool end) override;
  FilterStatus onWaiting(FilterContext& context, uint64_t bytes, bool end) override;
  void encodeHeaders(FilterContext& context, bool end) override;
  void reset() override { is_check_ = answered_ = false; }

 private:
  const config::HealthCheckFilter& settings() const;
  FilterStatus answer(FilterContext& context);
  bool clustersHealthy(FilterContext& context) const;

  const config::HttpFilter& config_;
  HealthCheckCache& cache_;
  bool is_check_ = false;
  bool answered_ = false;  // by us
};

}  // namespace convoy::worker
