// buffer: envoy.filters.http.buffer: a request goes on when all of its body has come, and is
// refused (413) when that is more than max_request_bytes. A body that came in chunks gets its
// length.
#pragma once

#include "worker/filters/filter.h"

namespace convoy::worker {

class BufferFilter final : public Filter {
 public:
  explicit BufferFilter(const config::HttpFilter& config) : config_(config) {}
  FilterStatus decodeHeaders(FilterContext& context, bool end) override;
  void encodeHeaders(FilterContext&, bool) override {}
  FilterStatus onWaiting(FilterContext& context, uint64_t bytes, bool end) override;
  uint64_t keepsBytes() const override { return most_; }
  void reset() override { most_ = 0; }

 private:
  const config::HttpFilter& config_;
  uint64_t most_ = 0;
};

}  // namespace convoy::worker
