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

void Drain::begin(uint64_t deadline_ms, bool, const std::vector<uint32_t>& keep) {
  const uint64_t at = context_.loop.nowMs() + deadline_ms;
  if (state_ == State::Serving) {
    state_ = State::Draining;
    deadline_at_ms_ = at;
    context_.draining = true;
    for (uint32_t i = 0; i < listeners_.size(); ++i) {
      if (std::count(keep.begin(), keep.end(), i) == 0) listeners_[i]->stopAccepting();
    }
    timer_->start(0);
  } else if (state_ == State::Draining && at < deadline_at_ms_) {
    deadline_at_ms_ = at;
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

void Drain::check() {
  if (state_ == State::Done) return;
  sweep();
  const size_t left = connections();
  const uint64_t now = context_.loop.nowMs();
  // What our predecessor still sends must pass through us.
  const bool receiving = context_.handover != nullptr && context_.handover->receiving();
  const bool accepting = std::any_of(listeners_.begin(), listeners_.end(),
                                     [](const auto& listener) { return listener->accepting(); });
  if ((left == 0 && !receiving && !accepting) ||
      (state_ == State::Expired && now >= deadline_at_ms_)) {
    const int code = state_ == State::Expired ? 3 : 0;
    state_ = State::Done;
    done_(code);
    return;
  }
  if (state_ == State::Draining && now >= deadline_at_ms_) {
    base::logger("main").warn("drain deadline: closing {} connections", left);
    state_ = State::Expired;
    deadline_at_ms_ = now + kAfterDeadlineMs;
    for (auto& listener : listeners_) {
      listener->stopAccepting();
      listener->closeAll();
    }
  }
  timer_->start(kPollMs);
}

}  // namespace convoy::worker
