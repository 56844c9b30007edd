// rate_bucket: a token bucket that all workers draw from (Envoy: local rate limits). One shared
// word: the time at which the bucket would be full again ("generic cell rate algorithm"), moved by
// compare-and-swap. Tokens come evenly, not all at once at the end of an interval (as Envoy's). A
// worker that dies leaves nothing to be taken back. Owned by the filter that asks; worker loop.
#pragma once

#include <atomic>
#include <cstdint>

#include "common/config/model/token_bucket.h"

namespace convoy::worker {

class RateBucket {
 public:
  // Where it counts has room for one word; zero is a full bucket.
  explicit RateBucket(const config::TokenBucket& config);

  // `now_us`: CLOCK_MONOTONIC, the same for all processes. False: there is no token.
  bool take(uint64_t& word, uint64_t now_us) const;
  uint32_t tokensLeft(const uint64_t& word, uint64_t now_us) const;
  // Until there is a token again; 0 if there is one.
  uint64_t nextTokenUs(const uint64_t& word, uint64_t now_us) const;
  uint32_t most() const { return most_; }

 private:
  uint32_t most_;
  uint64_t per_token_ns_;
  uint64_t depth_ns_;  // of a full bucket
};

}  // namespace convoy::worker
