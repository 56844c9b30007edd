#include "worker/orphan.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/net/syn_filter.h"

namespace convoy::worker {

Orphan::Orphan(net::EventLoop& loop, std::vector<std::unique_ptr<Listener>>& listeners,
               pid_t former, uint64_t grace_ms, std::function<void()> leaving)
    : loop_(loop),
      listeners_(listeners),
      former_(former),
      grace_ms_(grace_ms),
      leaving_(std::move(leaving)),
      since_ms_(loop.nowMs()) {
  timer_ = loop.createTimer([this] { look(); });
  timer_->start(std::min(grace_ms_, kLookEveryMs));
}

Orphan::State Orphan::next() const {
  const uint64_t spent = loop_.nowMs() - since_ms_;
  if (state_ == State::Refusing) {
    return spent >= net::kHandshakesEndMs ? State::Closed : State::Refusing;
  }
  const bool taken = std::all_of(listeners_.begin(), listeners_.end(),
                                 [this](const auto& one) { return one->allSocketsTaken(former_); });
  if (taken) return State::Closed;
  return spent >= grace_ms_ ? State::Refusing : State::Grace;
}

void Orphan::look() {
  const State to = next();
  if (to != state_) advance(to);
  if (state_ != State::Closed) timer_->start(std::min(grace_ms_, kLookEveryMs));
}

void Orphan::advance(State to) {
  const State from = state_;
  state_ = to;
  since_ms_ = loop_.nowMs();
  if (from == State::Grace) {
    base::logger("main").info(
        "{}: draining", to == State::Closed ? "another master has our sockets" : "no master came");
    for (auto& listener : listeners_) listener->refuseNew(former_);
    leaving_();
  }
  if (to != State::Closed) return;
  for (auto& listener : listeners_) {
    listener->acceptQueued();
    listener->closeSockets();
  }
}

}  // namespace convoy::worker
