#include "worker/rate_bucket.h"

#include <algorithm>

namespace convoy::worker {

namespace {

using Word = std::atomic_ref<uint64_t>;

// So that no sum overflows: 146 years.
constexpr uint64_t kDeepestNs = UINT64_MAX / 4;
constexpr uint64_t kLongestMs = kDeepestNs / 1000000;

uint64_t load(const uint64_t& word) {
  return Word(const_cast<uint64_t&>(word)).load(std::memory_order_relaxed);
}

}  // namespace

RateBucket::RateBucket(const config::TokenBucket& config)
    : most_(config.max_tokens),
      per_token_ns_(std::max<uint64_t>(1, std::min(config.fill_interval_ms, kLongestMs) * 1000000 /
                                              std::max(config.tokens_per_fill, 1u))),
      depth_ns_(config.max_tokens > kDeepestNs / per_token_ns_ ? kDeepestNs
                                                               : per_token_ns_ * most_) {}

bool RateBucket::take(uint64_t& shared, uint64_t now_us) const {
  Word word(shared);
  const uint64_t now = now_us * 1000;
  uint64_t full_at = word.load(std::memory_order_relaxed);
  for (;;) {
    const uint64_t next = std::max(full_at, now) + per_token_ns_;
    if (next - now > depth_ns_) return false;
    if (word.compare_exchange_weak(full_at, next, std::memory_order_acq_rel)) return true;
  }
}

uint32_t RateBucket::tokensLeft(const uint64_t& word, uint64_t now_us) const {
  const uint64_t now = now_us * 1000;
  const uint64_t missing = std::max(load(word), now) - now;
  return missing >= depth_ns_ ? 0 : static_cast<uint32_t>((depth_ns_ - missing) / per_token_ns_);
}

uint64_t RateBucket::nextTokenUs(const uint64_t& word, uint64_t now_us) const {
  const uint64_t now = now_us * 1000;
  const uint64_t missing = std::max(load(word), now) - now + per_token_ns_;
  return missing <= depth_ns_ ? 0 : (missing - depth_ns_ + 999) / 1000;
}

}  // namespace convoy::worker
