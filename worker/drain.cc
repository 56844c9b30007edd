#include "worker/drain.h"

#include <algorithm>

#include "common/base/log.h"
#include "worker/handover.h"
#include "worker/upstream/cluster.h"

namespace convoy::worker {

Drain::Drain(WorkerContext& context, std::vector<std::unique_ptr<Listener>>& listeners,
             std::function<void(int)> done)
    : context_(context), listeners_(listeners), done_(std::move(done)) {
  timer_ = context.loop.createTimer([this] { check(); });
}

void Drain::begin(const ipc::DrainPayload& order) {
  if (state_ == State::Done) return;
  const bool first = state_ == State::Serving;
  stay_ = order.stay && (first || stay_);
  if (order.stopping && !stopping_) {
    stopping_ = true;
    const uint64_t now = context_.loop.nowMs();
    announced_at_ms_ = now - std::min(now, order.announced_ms);
  }
  if (first) {
    state_ = State::Draining;
    context_.draining = true;
    deadlines_.resize(listeners_.size());
    stopListeners(order);
  }
  setDeadlines(order);
  timer_->start(0);
}

void Drain::stopListeners(const ipc::DrainPayload& order) {
  for (uint32_t i = 0; i < listeners_.size(); ++i) {
    const auto& keep = order.keep_accepting;
    if (std::count(keep.begin(), keep.end(), i) != 0) continue;
    if (order.stopping) listeners_[i]->acceptQueued();
    listeners_[i]->stopAccepting();
  }
}

void Drain::setDeadlines(const ipc::DrainPayload& order) {
  const uint64_t now = context_.loop.nowMs();
  for (uint32_t i = 0; i < deadlines_.size(); ++i) {
    uint64_t ms = order.deadline_ms;
    for (size_t k = 0; k < order.listeners.size(); ++k) {
      if (order.listeners[k] == i) ms = order.deadlines_ms[k];
    }
    deadlines_[i].at_ms = std::min(deadlines_[i].at_ms, now + ms);
  }
}

size_t Drain::connections() const {
  size_t n = 0;
  for (const auto& listener : listeners_) n += listener->connectionCount();
  return n;
}

void Drain::sweep() {
  if (state_ != State::Draining) return;
  releaseIdleUpstream();
  for (auto& listener : listeners_) {
    if (!listener->handOver()) break;
  }
  if (connections() == 0) timer_->start(0);
}

// The successor's requests will want them. Without one nobody will ask for them again, and what we
// proxy to may be a worker that drains as well, even we ourselves: each would wait for the other's
// idle connections.
void Drain::releaseIdleUpstream() {
  if (context_.clusters == nullptr) return;
  if (context_.handover != nullptr && context_.handover->state() != Handover::State::None) {
    context_.clusters->handOverIdle(*context_.handover);
  } else {
    context_.clusters->closeIdle();
  }
}

// Idle since the last answer or, if that is later, since its client could know that we stop: a load
// balancer may still be sending until then.
void Drain::closeUnused() {
  if (!stopping_ || state_ != State::Draining) return;
  if (context_.loop.nowMs() < announced_at_ms_ + kIdleMs) return;
  const uint64_t before_us = context_.loop.nowUs() - kIdleMs * 1000;
  for (auto& listener : listeners_) listener->closeIdle(before_us);
}

void Drain::cutOverdue(uint64_t now) {
  bool all = true;
  for (uint32_t i = 0; i < deadlines_.size(); ++i) {
    all = all && now >= deadlines_[i].at_ms;
    if (deadlines_[i].passed || now < deadlines_[i].at_ms) continue;
    deadlines_[i].passed = true;
    listeners_[i]->stopAccepting();
    const size_t open = listeners_[i]->connectionCount();
    if (open == 0) continue;
    base::logger("main").warn("drain deadline: closing {} connections of {}", open,
                              context_.bootstrap->listeners[i].name);
    const CutCounts now_cut = listeners_[i]->closeAll();
    cut_.http += now_cut.http;
    cut_.tcp += now_cut.tcp;
    cut_.upgrade += now_cut.upgrade;
  }
  if (!all || state_ != State::Draining) return;
  state_ = State::Expired;
  expired_at_ms_ = now;
}

bool Drain::finished(uint64_t now) const {
  if (stay_) return false;
  if (state_ == State::Expired && now >= expired_at_ms_ + kAfterDeadlineMs) return true;
  // What our predecessor still sends must pass through us.
  const bool receiving = context_.handover != nullptr && context_.handover->receiving();
  const bool accepting = std::any_of(listeners_.begin(), listeners_.end(),
                                     [](const auto& listener) { return listener->accepting(); });
  return connections() == 0 && !receiving && !accepting;
}

void Drain::check() {
  if (state_ == State::Done) return;
  sweep();
  const uint64_t now = context_.loop.nowMs();
  closeUnused();
  if (!finished(now)) {
    cutOverdue(now);
    timer_->start(kPollMs);
    return;
  }
  const bool cut = cut_.http + cut_.tcp + cut_.upgrade != 0 || connections() != 0;
  state_ = State::Done;
  done_(cut ? 3 : 0);
}

}  // namespace convoy::worker
