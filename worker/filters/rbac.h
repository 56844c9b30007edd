// rbac: envoy.filters.http.rbac: refuses (403) what the rules do not allow; shadow rules are only
// counted.
#pragma once

#include "worker/filters/filter.h"

namespace convoy::worker {

class RbacFilter final : public Filter {
 public:
  explicit RbacFilter(const config::HttpFilter& config) : config_(config) {}
  FilterStatus decodeHeaders(FilterContext& context, bool end) override;
  void encodeHeaders(FilterContext&, bool) override {}
  void reset() override {}

 private:
  const config::HttpFilter& config_;
};

}  // namespace convoy::worker
