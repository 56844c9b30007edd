#include "master/upstream/health_session.h"

#include <algorithm>

namespace convoy::master {

HealthSession::HealthSession(net::EventLoop& loop, base::Random& random,
                             const config::HealthCheck& check, std::unique_ptr<Probe> probe,
                             HealthSessionCallbacks& callbacks)
    : random_(random), check_(check), probe_(std::move(probe)), callbacks_(callbacks) {
  timer_ = loop.createTimer([this] {
    if (state_ == State::Checking) {
      onTimeout();
    } else {
      this->check();
    }
  });
}

void HealthSession::assume(bool healthy) {
  healthy_ = healthy;
  known_ = true;
}

void HealthSession::start() {
  wait(check_.initial_jitter_ms == 0 ? 0 : random_.below(check_.initial_jitter_ms));
}

void HealthSession::wait(uint64_t ms) {
  state_ = State::Waiting;
  timer_->start(ms);
}

void HealthSession::check() {
  state_ = State::Checking;
  timer_->start(check_.timeout_ms);
  probe_->start([this](const ProbeResult& result) { ended(result); });
  callbacks_.onCheckStarted(*this);
}

void HealthSession::onTimeout() {
  probe_->abort();
  ended({ProbeResult::Kind::Network, false, "no answer in time"});
}

void HealthSession::ended(const ProbeResult& result) {
  timer_->stop();
  const bool success = result.kind == ProbeResult::Kind::Success;
  const bool changed = success ? succeed() : fail(result);
  known_ = true;
  wait(intervalMs(success));
  callbacks_.onCheckEnded(*this, result, changed);
}

bool HealthSession::succeed() {
  bad_ = 0;
  if (healthy_) return false;
  // The first check is enough, so that a start is quick.
  if (known_ && ++good_ < check_.healthy_threshold) return false;
  healthy_ = true;
  good_ = 0;
  return true;
}

bool HealthSession::fail(const ProbeResult& result) {
  good_ = 0;
  if (!healthy_) return false;
  // A wrong answer is certain; none may be the network's fault.
  const bool at_once = result.kind == ProbeResult::Kind::Failure && !result.retriable;
  if (!at_once && ++bad_ < check_.unhealthy_threshold) return false;
  healthy_ = false;
  bad_ = 0;
  return true;
}

uint64_t HealthSession::intervalMs(bool success) {
  if (!callbacks_.hasTraffic(*this)) {
    return withJitter(success ? check_.no_traffic_healthy_interval_ms
                              : check_.no_traffic_interval_ms);
  }
  // On its way from one to the other.
  const bool changing = success ? good_ > 0 : bad_ > 0;
  if (success) return withJitter(changing ? check_.healthy_edge_interval_ms : check_.interval_ms);
  return withJitter(changing ? check_.unhealthy_edge_interval_ms : check_.unhealthy_interval_ms);
}

uint64_t HealthSession::withJitter(uint64_t ms) {
  const uint64_t share = ms * check_.interval_jitter_percent / 100;
  if (share > 0) ms += random_.below(share);
  if (check_.interval_jitter_ms > 0) ms += random_.below(check_.interval_jitter_ms);
  return std::max<uint64_t>(ms, 1);
}

}  // namespace convoy::master
