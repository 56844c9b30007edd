// retry: whether a request that failed is tried again, and when: conditions, how many are left,
// back-off (Envoy: RetryStateImpl). Its stream asks after each attempt, and starts the next one.
// Embedded in a stream; worker loop; allocates nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "common/base/random.h"
#include "common/config/model/cluster.h"
#include "common/config/model/route.h"
#include "common/http/codec.h"
#include "common/http/header_map.h"
#include "worker/upstream/vhost_counters.h"

namespace convoy::worker {

class Cluster;
struct Host;

// x-envoy-retry-on and its like: what a trusted caller says of retries.
bool isRetryField(std::string_view name);

class RetryState {
 public:
  enum class Decision : uint8_t { No, Retry, LimitExceeded, Overflow };

  // `policy` may be null. Takes the x-envoy-* fields that speak of retries out of `head`: a trusted
  // caller may ask for more conditions and for another number.
  // `also`: what counts it besides the cluster; null: nothing.
  void begin(const config::RetryPolicy* policy, http::RequestHead& head,
             config::Priority priority = config::Priority::Default,
             const VhostCounters* also = nullptr);
  void clear(Cluster* cluster);

  bool possible() const { return on_ != 0 && left_ > 0; }
  // The body is too large to be kept for another attempt.
  void abandon() { on_ = 0; }
  uint64_t perTryTimeoutMs() const { return per_try_timeout_ms_; }
  uint64_t perTryIdleMs() const { return per_try_idle_ms_; }  // 0: none
  bool retried() const { return retries_ > 0; }

  // A response came, or the attempt ended without one. `sent`: something of the request went out.
  Decision onResponse(const http::ResponseHead& head, Cluster& cluster);
  Decision onReset(http::ResetReason reason, bool sent, Cluster& cluster);
  // The response is good: a retry that was made has succeeded.
  void succeeded(Cluster& cluster);
  uint64_t backOffMs(base::Random& random);

  // Hosts that were tried, where they or their priorities are to be avoided.
  void tried(const Host* host);
  uint64_t spentPriorities() const { return spent_priorities_; }
  bool avoids(const Host* host) const;
  uint32_t hostAttempts() const;

 private:
  bool wants(const http::ResponseHead& head) const;
  bool wants(http::ResetReason reason, bool sent) const;
  Decision decide(bool wanted, Cluster& cluster);
  void readResetHeaders(const http::ResponseHead& head, Cluster& cluster);
  void release(Cluster& cluster);
  void count(Cluster& cluster, stats::ClusterStat stat, stats::VhostStat also) const;

  const config::RetryPolicy* policy_ = nullptr;
  const VhostCounters* also_ = nullptr;
  uint32_t on_ = 0;
  uint32_t left_ = 0;
  uint32_t retries_ = 0;
  bool held_ = false;  // counts against max_retries
  config::Priority priority_ = config::Priority::Default;
  uint64_t per_try_timeout_ms_ = 0;
  uint64_t per_try_idle_ms_ = 0;
  std::array<int, 4> extra_statuses_{};  // of x-envoy-retriable-status-codes
  std::array<const Host*, 8> tried_{};
  size_t tried_count_ = 0;
  uint64_t reset_ms_ = 0;  // the answer said to come again after that
  uint64_t spent_priorities_ = 0, tried_priorities_ = 0;  // bits
  uint32_t tries_since_ = 0;                              // since the former changed
};

}  // namespace convoy::worker
