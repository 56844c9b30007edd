// model/token_bucket: type.v3.TokenBucket: so many at once, then so many in each interval.
#pragma once

#include <cstdint>

namespace convoy::config {

struct TokenBucket {
  uint32_t max_tokens = 0;
  uint32_t tokens_per_fill = 1;
  uint64_t fill_interval_ms = 1000;
};

}  // namespace convoy::config
