// How a request that failed is sent again (worker/upstream/retry says whether): its body is kept
// until an answer begins, the next attempt starts after a back-off on a host of its own choice.
#include "worker/handover.h"
#include "worker/http/conn_manager.h"
#include "worker/http/stream.h"

namespace convoy::worker {

using config::LbMetadata;
using http::HeaderId;
using stats::ClusterStat;
using Decision = RetryState::Decision;

namespace {

// Of a stream that goes back to the pool, no more of a body's memory stays than this.
constexpr size_t kKeptBytes = 64 * 1024;

}  // namespace

void Stream::beginAttempt(Cluster& cluster, HostPtr host) {
  const uint64_t now = context_->loop.nowUs();
  attempt_start_us_ = now;
  attempt_sent_ = false;
  ++record_.attempts;
  record_.upstream_remote = nullptr;
  if (match_.virtual_host->include_request_attempt_count) {
    request_.headers.set(HeaderId::XEnvoyAttemptCount, arena_.decimal(record_.attempts));
  }
  sayTimeout(now);
  const config::RouteAction& action = match_.route->action;
  if (action.auto_host_rewrite && !host->hostname.empty()) {
    const bool first = record_.attempts == 1;
    replaceHost(host->hostname, first && action.append_x_forwarded_host,
                first && !suppressEnvoyHeaders(), arena_, request_);
  }
  retry_.tried(host.get());
  startTryTimer();
  attempt_.start(cluster, std::move(host), false, request_.protocol, now, action.priority,
                 poolKey(cluster));
}

PoolKey Stream::poolKey(const Cluster& cluster) const {
  PoolKey key = connection_->poolKeyFor(cluster, server_name_);
  key.raw = request_.to_raw;
  return key;
}

// What the upstream may take: the rest of the route's timeout, or less for one try.
void Stream::sayTimeout(uint64_t now_us) {
  if (suppressEnvoyHeaders()) return;
  const bool runs = request_complete_ && record_.attempts > 1;
  uint64_t left =
      runs ? remainingMs(route_timeout_ms_, record_.request_end_us, now_us) : route_timeout_ms_;
  const uint64_t of_try = retry_.perTryTimeoutMs();
  if (of_try != 0 && (left == 0 || of_try < left)) left = of_try;
  if (left != 0) request_.headers.set(HeaderId::XEnvoyExpectedRqTimeoutMs, arena_.decimal(left));
}

// From the end of the request, or of the one before: never while the client is still sending.
void Stream::startTryTimer() {
  if (request_complete_) try_timer_.set(context_->loop.wheel(), retry_.perTryTimeoutMs());
}

HostPtr Stream::chooseHost(Cluster& cluster) {
  PickContext pick = pick_;
  const LbMetadata& subset =
      weighted_ != nullptr ? weighted_->metadata_match : match_.route->action.metadata_match;
  if (!subset.empty()) pick.subset = &subset;
  pick.spent_priorities = retry_.spentPriorities();
  HostPtr host = cluster.chooseHost(pick);
  for (uint32_t i = 0; i < retry_.hostAttempts() && retry_.avoids(host.get()); ++i) {
    pick.attempt = i + 1;
    if (HostPtr other = cluster.chooseHost(pick)) host = std::move(other);
  }
  return host;
}

// How much of a request's body is kept for retries and mirrors.
uint64_t Stream::bufferLimit() const {
  const uint64_t of_connection = manager_->listener().per_connection_buffer_limit_bytes;
  return match_.route->action.buffer_limit.value_or(of_connection);
}

// For another attempt, or for where a redirect leads.
bool Stream::keepsBody() const {
  return !response_head_sent_ && (retry_.possible() || redirectable_);
}

void Stream::keepForRetry(std::string_view data) {
  if (!keepsBody()) return;
  if (replay_.size() + data.size() <= bufferLimit()) {
    replay_ += data;
    return;
  }
  if (Cluster* cluster = attempt_.cluster()) {
    cluster->stats().inc(ClusterStat::retry_or_shadow_abandoned);
  }
  retry_.abandon();
  redirectable_ = false;
  replay_.clear();
  // The next attempt would begin in the middle of the body.
  if (retry_timer_.isSet()) fail(Failure::UpstreamTermination);
}

// True: the answer is dropped and the request goes out again.
bool Stream::retryResponse(bool end) {
  Cluster& cluster = *attempt_.cluster();
  const Decision decision = retry_.onResponse(response_, cluster);
  if (decision != Decision::Retry) {
    if (decision == Decision::No) retry_.succeeded(cluster);
    noteRefusal(decision);
    return false;
  }
  cluster.stats().status(ClusterStat::retry_upstream_rq_xx, response_.status);
  cluster.stats().status(ClusterStat::retry_upstream_rq, response_.status);
  if (!end) attempt_.abort();
  scheduleRetry();
  return true;
}

bool Stream::retryReset(http::ResetReason reason) {
  if (response_head_sent_ || attempt_.cluster() == nullptr) return false;
  const Decision decision = retry_.onReset(reason, attempt_sent_, *attempt_.cluster());
  noteRefusal(decision);
  if (decision != Decision::Retry) return false;
  scheduleRetry();
  return true;
}

void Stream::noteRefusal(Decision decision) {
  if (decision == Decision::LimitExceeded) record_.setFlag(Flag::UpstreamRetryLimitExceeded);
  if (decision == Decision::Overflow) record_.setFlag(Flag::UpstreamOverflow);
}

void Stream::scheduleRetry() {
  response_.clear();
  retry_of_timeout_ = false;
  try_timer_.cancel();
  try_idle_timer_.cancel();
  // The attempt that held the client back is over.
  if (upstream_full_) encoder_->readDisable(false);
  upstream_full_ = false;
  retry_timer_.set(context_->loop.wheel(), retry_.backOffMs(context_->random));
}

void Stream::onRetryTimer() {
  Cluster& cluster = *attempt_.cluster();
  HostPtr host = chooseHost(cluster);
  if (host == nullptr) {
    fail(Failure::NoHealthyUpstream);
    return;
  }
  pending_.clear();
  pending_.append(replay_);
  if (match_.virtual_host->include_is_timeout_retry_header) {
    request_.headers.set("x-envoy-is-timeout-retry", retry_of_timeout_ ? "true" : "false");
  }
  beginAttempt(cluster, std::move(host));
}

void Stream::onTryTimeout() {
  if (response_head_sent_ || attempt_.state() == Attempt::State::Idle) return;
  tryTimedOut(ClusterStat::upstream_rq_per_try_timeout, Failure::PerTryTimeout);
}

// From the attempt's connection on: nothing of request or answer has moved for so long.
void Stream::startTryIdleTimer() {
  if (attempt_.state() != Attempt::State::Active) return;
  try_idle_timer_.set(context_->loop.wheel(), retry_.perTryIdleMs());
}

void Stream::onTryIdleTimeout() {
  if (attempt_.state() == Attempt::State::Idle) return;
  tryTimedOut(ClusterStat::upstream_rq_per_try_idle_timeout, Failure::PerTryIdleTimeout);
}

void Stream::tryTimedOut(ClusterStat counter, Failure failure) {
  attempt_.cluster()->stats().inc(counter);
  attempt_.timedOut();
  attempt_.abort();
  if (retryReset(http::ResetReason::LocalReset)) {
    retry_of_timeout_ = true;
  } else {
    fail(failure);
  }
}

void Stream::endRetries() {
  retry_timer_.cancel();
  try_timer_.cancel();
  if (replay_.capacity() > kKeptBytes) {
    std::string().swap(replay_);
  } else {
    replay_.clear();
  }
}

// "... reset before headers. retried and the latest reset reason: ...", as Envoy says it.
std::string_view Stream::failureText(std::string_view text) {
  const size_t at = retry_.retried() ? text.find("reset reason: ") : std::string_view::npos;
  if (at == std::string_view::npos) return text;
  return arena_.concat(text.substr(0, at), "retried and the latest ", text.substr(at));
}

}  // namespace convoy::worker
