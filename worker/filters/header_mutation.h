// header_mutation: envoy.filters.http.header_mutation: adds and removes fields of requests and
// answers, step by step: the filter's own steps, then those of route, virtual host and route
// configuration (the most specific first, unless most_specific_header_mutations_wins).
#pragma once

#include "worker/filters/filter.h"

namespace convoy::worker {

class HeaderMutationFilter final : public Filter {
 public:
  explicit HeaderMutationFilter(const config::HttpFilter& config) : config_(config) {}
  FilterStatus decodeHeaders(FilterContext& context, bool end) override;
  void encodeHeaders(FilterContext& context, bool end) override;
  void reset() override {}

 private:
  using Steps = std::vector<config::HeaderStep>;
  void apply(FilterContext& context, Steps config::HeaderMutationFilter::*steps,
             http::HeaderMap& headers) const;

  const config::HttpFilter& config_;
};

}  // namespace convoy::worker
