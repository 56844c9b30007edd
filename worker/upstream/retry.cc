#include "worker/upstream/retry.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/config/retry_conditions.h"
#include "worker/route/match_predicates.h"
#include "worker/upstream/cluster.h"

namespace convoy::worker {

using namespace config;
using stats::ClusterStat;
using stats::VhostStat;

namespace {

constexpr std::string_view kPrefix = "x-envoy-";

uint32_t grpcBit(std::string_view status) {
  if (status == "1") return kRetryOnGrpcCancelled;
  if (status == "4") return kRetryOnGrpcDeadlineExceeded;
  if (status == "8") return kRetryOnGrpcResourceExhausted;
  if (status == "13") return kRetryOnGrpcInternal;
  if (status == "14") return kRetryOnGrpcUnavailable;
  return 0;
}

}  // namespace

bool isRetryField(std::string_view name) {
  if (!name.starts_with(kPrefix)) return false;
  return name == "x-envoy-retry-on" || name == "x-envoy-retry-grpc-on" ||
         name == "x-envoy-max-retries" || name == "x-envoy-retriable-status-codes" ||
         name == "x-envoy-upstream-rq-per-try-timeout-ms";
}

void RetryState::begin(const RetryPolicy* policy, http::RequestHead& head, Priority priority,
                       const VhostCounters* also) {
  policy_ = policy;
  also_ = also;
  priority_ = priority;
  if (policy != nullptr) {
    const auto& wanted = policy->retriable_request_headers;
    const bool eligible =
        wanted.empty() || std::any_of(wanted.begin(), wanted.end(),
                                      [&](const auto& m) { return matchesHeader(m, head); });
    on_ = eligible ? policy->on : 0;
    left_ = policy->num_retries;
    per_try_timeout_ms_ = policy->per_try_timeout_ms;
    per_try_idle_ms_ = policy->per_try_idle_timeout_ms;
  }
  bool any = false;
  for (const http::HeaderEntry& field : head.headers) {
    if (!isRetryField(field.name)) continue;
    any = true;
    const std::string_view name = field.name.substr(kPrefix.size());
    const auto number = base::parseUint(field.value);
    if (name == "retry-on" || name == "retry-grpc-on") {
      if (on_ == 0 && left_ == 0) left_ = 1;
      on_ |= parseRetryOn(field.value);
    } else if (name == "max-retries" && number) {
      left_ = static_cast<uint32_t>(std::min<uint64_t>(*number, 1000));
    } else if (name == "upstream-rq-per-try-timeout-ms" && number) {
      per_try_timeout_ms_ = *number;
    } else if (name == "retriable-status-codes") {
      std::string_view rest = field.value;
      for (int& status : extra_statuses_) {
        const size_t comma = rest.find(',');
        const auto code = base::parseUint(base::trimOws(rest.substr(0, comma)));
        if (code && *code < 600) status = static_cast<int>(*code);
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
      }
    }
  }
  if (any) head.headers.removeIf([](const auto& field) { return isRetryField(field.name); });
}

void RetryState::clear(Cluster* cluster) {
  if (held_ && cluster != nullptr) release(*cluster);
  *this = RetryState{};
}

void RetryState::release(Cluster& cluster) {
  held_ = false;
  cluster.breaker().release(Limit::Retries, priority_);
}

bool RetryState::wants(const http::ResponseHead& head) const {
  const int status = head.status;
  if (head.headers.find("x-envoy-ratelimited") != nullptr) {
    return (on_ & kRetryOnEnvoyRatelimited) != 0;
  }
  if ((on_ & kRetryOn5xx) != 0 && status >= 500) return true;
  if ((on_ & kRetryOnGatewayError) != 0 && status >= 502 && status <= 504) return true;
  if ((on_ & kRetryOnRetriable4xx) != 0 && status == 409) return true;
  if ((on_ & kRetryOnRetriableStatusCodes) != 0) {
    const auto has = [status](const auto& list) {
      return std::find(list.begin(), list.end(), status) != list.end();
    };
    if (has(extra_statuses_) || (policy_ != nullptr && has(policy_->retriable_status_codes))) {
      return true;
    }
  }
  if ((on_ & kRetryOnRetriableHeaders) != 0 && policy_ != nullptr) {
    for (const HeaderMatcher& matcher : policy_->retriable_headers) {
      if (matchesHeader(matcher, head)) return true;
    }
  }
  const std::string_view* grpc = head.headers.find(http::HeaderId::GrpcStatus);
  return grpc != nullptr && (on_ & grpcBit(*grpc)) != 0;
}

bool RetryState::wants(http::ResetReason reason, bool sent) const {
  using http::ResetReason;
  if (reason == ResetReason::Overflow) return false;
  const bool connecting =
      reason == ResetReason::ConnectionFailure || reason == ResetReason::ConnectionTimeout;
  if (connecting && (on_ & kRetryOnConnectFailure) != 0) return true;
  if (!sent && (on_ & kRetryOnResetBeforeRequest) != 0) return true;
  if (reason == ResetReason::Refused && (on_ & kRetryOnRefusedStream) != 0) return true;
  // No answer at all counts as a 5xx.
  return (on_ & (kRetryOnReset | kRetryOn5xx | kRetryOnGatewayError)) != 0;
}

void RetryState::count(Cluster& cluster, ClusterStat stat, VhostStat also) const {
  cluster.stats().inc(stat);
  if (also_ != nullptr) also_->inc(also);
}

RetryState::Decision RetryState::decide(bool wanted, Cluster& cluster) {
  if (held_) release(cluster);
  if (on_ == 0 || !wanted) return Decision::No;
  if (left_ == 0) {
    count(cluster, ClusterStat::upstream_rq_retry_limit_exceeded,
          VhostStat::upstream_rq_retry_limit_exceeded);
    return Decision::LimitExceeded;
  }
  --left_;
  if (!cluster.breaker().acquire(Limit::Retries, priority_)) {
    count(cluster, ClusterStat::upstream_rq_retry_overflow, VhostStat::upstream_rq_retry_overflow);
    return Decision::Overflow;
  }
  held_ = true;
  ++retries_;
  count(cluster, ClusterStat::upstream_rq_retry, VhostStat::upstream_rq_retry);
  if (reset_ms_ != 0) {
    count(cluster, ClusterStat::upstream_rq_retry_backoff_ratelimited,
          VhostStat::upstream_rq_retry_backoff_ratelimited);
  } else {
    count(cluster, ClusterStat::upstream_rq_retry_backoff_exponential,
          VhostStat::upstream_rq_retry_backoff_exponential);
  }
  return Decision::Retry;
}

RetryState::Decision RetryState::onResponse(const http::ResponseHead& head, Cluster& cluster) {
  if (on_ == 0) return Decision::No;
  readResetHeaders(head, cluster);
  return decide(wants(head), cluster);
}

RetryState::Decision RetryState::onReset(http::ResetReason reason, bool sent, Cluster& cluster) {
  if (on_ == 0) return Decision::No;
  reset_ms_ = 0;
  return decide(wants(reason, sent), cluster);
}

void RetryState::succeeded(Cluster& cluster) {
  if (retries_ > 0)
    count(cluster, ClusterStat::upstream_rq_retry_success, VhostStat::upstream_rq_retry_success);
}

// The first of the fields that is there and says something sensible.
void RetryState::readResetHeaders(const http::ResponseHead& head, Cluster& cluster) {
  reset_ms_ = 0;
  if (policy_ == nullptr) return;
  for (const RetryPolicy::ResetHeader& header : policy_->reset_headers) {
    const std::string_view* said = head.headers.find(std::string_view(header.name));
    const auto number = said == nullptr ? std::nullopt : base::parseUint(*said);
    if (!number || *number > UINT32_MAX) continue;
    uint64_t seconds = *number;
    if (header.format == RetryPolicy::ResetHeader::Format::UnixTimestamp) {
      const auto now = static_cast<uint64_t>(cluster.context().loop.clock().wallUs() / 1000000);
      seconds = seconds > now ? seconds - now : 0;
    }
    if (seconds == 0 || seconds * 1000 > policy_->max_reset_interval_ms) continue;
    reset_ms_ = seconds * 1000;
    return;
  }
}

// Full jitter: anything up to 25, 50, 100 ... ms. A host that said when to come again is not asked
// before, but up to half as much later.
uint64_t RetryState::backOffMs(base::Random& random) {
  if (reset_ms_ != 0) return reset_ms_ + random.below(reset_ms_ / 2);
  const uint64_t base = policy_ == nullptr ? 25 : policy_->base_interval_ms;
  const uint64_t most = policy_ == nullptr ? 250 : policy_->max_interval_ms;
  const uint32_t doublings = std::min<uint32_t>(retries_ == 0 ? 0 : retries_ - 1, 20);
  return std::max<uint64_t>(random.below(std::min(base << doublings, most)), 1);
}

void RetryState::tried(const Host* host) {
  if (policy_ == nullptr) return;
  if (policy_->avoid_previous_hosts) tried_[tried_count_++ % tried_.size()] = host;
  if (policy_->previous_priorities == 0 || host->priority >= 64) return;
  tried_priorities_ |= uint64_t{1} << host->priority;
  if (++tries_since_ < policy_->previous_priorities) return;
  spent_priorities_ |= std::exchange(tried_priorities_, 0);
  tries_since_ = 0;
}

bool RetryState::avoids(const Host* host) const {
  if (host == nullptr || policy_ == nullptr) return false;
  if (policy_->avoid_previous_hosts &&
      std::find(tried_.begin(), tried_.end(), host) != tried_.end()) {
    return true;
  }
  if (retries_ == 0) return false;  // the first attempt goes where it likes
  if (policy_->omit_canary_hosts && host->canary) return true;
  const LbMetadata& omitted = policy_->omit_host_metadata;
  if (omitted.empty() || host->metadata == nullptr) return false;
  return std::all_of(omitted.begin(), omitted.end(), [host](const auto& entry) {
    const std::string* value = findMetadata(*host->metadata, entry.first);
    return value != nullptr && *value == entry.second;
  });
}

uint32_t RetryState::hostAttempts() const {
  const bool choosy =
      policy_ != nullptr && (policy_->avoid_previous_hosts || policy_->omit_canary_hosts ||
                             !policy_->omit_host_metadata.empty());
  return choosy ? policy_->host_selection_attempts : 0;
}

}  // namespace convoy::worker
