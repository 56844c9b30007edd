// fault: envoy.filters.http.fault: delays and refuses a share of the requests, as configured or as
// the request's own x-envoy-fault-* fields ask where that is allowed.
//
//   decodeHeaders --delay--> Wait --its time is over--> abort or Continue
//         \------ no delay ---------------------------------^
#pragma once

#include "worker/filters/filter.h"

namespace convoy::worker {

class FaultFilter final : public Filter {
 public:
  explicit FaultFilter(const config::HttpFilter& config) : config_(config) {}
  ~FaultFilter() override { reset(); }
  FilterStatus decodeHeaders(FilterContext& context, bool end) override;
  FilterStatus resumed(FilterContext& context) override;
  void encodeHeaders(FilterContext&, bool) override {}
  void reset() override;

 private:
  bool concerns(const FilterContext& context) const;
  bool mayBegin(FilterContext& context);
  uint64_t delayMs(FilterContext& context) const;
  FilterStatus abort(FilterContext& context);

  const config::HttpFilter& config_;
  const config::FaultFilter* settings_ = nullptr;           // of this request
  stats::StatBlock<stats::HttpStat>* active_in_ = nullptr;  // where this request counts as active
};

}  // namespace convoy::worker
