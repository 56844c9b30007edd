#include "master/watchdog.h"

#include "common/base/log.h"
#include "master/generation.h"

namespace convoy::master {

TickWatch::State TickWatch::next(bool moved, uint64_t now_ms, uint64_t timeout_ms) {
  const uint64_t still = stillMs(now_ms);
  switch (state_) {
    case State::Moving:
    case State::Stalled:
      if (moved) return State::Moving;
      if (timeout_ms != 0 && still >= timeout_ms) return State::Aborted;
      return still >= kStallMs ? State::Stalled : state_;
    case State::Aborted:
      // Even if it moves: it was told to die, and writing a large core takes its time.
      return now_ms - aborted_at_ms_ >= kKillAfterMs ? State::Killed : State::Aborted;
    case State::Killed:
      return State::Killed;
  }
  return state_;
}

bool TickWatch::look(uint64_t tick, uint64_t now_ms, uint64_t timeout_ms) {
  const bool moved = !seen_ || tick != tick_;
  if (moved) moved_at_ms_ = now_ms;
  seen_ = true;
  tick_ = tick;
  const State before = state_;
  state_ = next(moved, now_ms, timeout_ms);
  if (state_ == State::Aborted && before != State::Aborted) aborted_at_ms_ = now_ms;
  return state_ != before;
}

Watchdog::Watchdog(net::EventLoop& loop, uint64_t timeout_ms,
                   std::function<std::vector<Generation*>()> generations)
    : loop_(loop), timeout_ms_(timeout_ms), generations_(std::move(generations)) {
  timer_ = loop.createTimer([this] { look(); });
}

void Watchdog::start() {
  last_look_ms_ = loop_.nowMs();
  timer_->start(kLookEveryMs);
}

void Watchdog::look() {
  const uint64_t now = loop_.nowMs();
  const bool we_slept = now - last_look_ms_ > kLookEveryMs + kOwnStallMs;
  if (we_slept) {
    base::logger("main").warn("the master did not run for {} ms: its workers' clocks start anew",
                              now - last_look_ms_);
  }
  last_look_ms_ = now;
  for (Generation* generation : generations_()) {
    if (we_slept) generation->forgiveStalls();
    generation->lookForStalls(timeout_ms_);
  }
  timer_->start(kLookEveryMs);
}

}  // namespace convoy::master
