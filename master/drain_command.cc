#include "master/drain_command.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/log.h"

namespace convoy::master {

DrainCommand::DrainCommand(net::EventLoop& loop, DrainCommandSteps& steps,
                           uint64_t drain_timeout_ms)
    : loop_(loop), steps_(steps), drain_timeout_ms_(drain_timeout_ms) {
  timer_ = loop.createTimer([this] { look(); });
}

void DrainCommand::ask(uint64_t delay_ms, Done done) {
  const uint64_t now = loop_.nowMs();
  if (done) waiting_.push_back(std::move(done));
  if (state_ == State::Serving) {
    announced_at_ms_ = now;
    quiet_at_ms_ = now + delay_ms;
    advance(State::Announced);
    base::logger("main").info(
        "drain: accepting for {} ms more, then draining for at most {} ms; the process stays",
        delay_ms, drain_timeout_ms_);
  }
  if (state_ == State::Announced) quiet_at_ms_ = std::min(quiet_at_ms_, now + delay_ms);
  timer_->start(0);
}

uint64_t DrainCommand::restMs() const {
  const uint64_t now = loop_.nowMs();
  return deadline_at_ms_ > now ? deadline_at_ms_ - now : 0;
}

void DrainCommand::look() {
  const uint64_t now = loop_.nowMs();
  if (state_ == State::Announced && now >= quiet_at_ms_) advance(State::Draining);
  if (state_ == State::Draining) {
    const uint64_t left = steps_.openConnections();
    const bool empty = left == 0 && !steps_.stillListening();
    if (!empty && now >= deadline_at_ms_) cut_ = left;
    if (empty || now >= deadline_at_ms_) advance(State::Drained);
  }
  if (state_ == State::Drained) return answer();
  timer_->start(state_ == State::Announced ? std::min(kLookEveryMs, quiet_at_ms_ - now)
                                           : kLookEveryMs);
}

void DrainCommand::advance(State to) {
  state_ = to;
  if (to == State::Draining) {
    deadline_at_ms_ = loop_.nowMs() + drain_timeout_ms_;
    steps_.beginQuiet(drain_timeout_ms_, announcedMs());
  }
  if (to == State::Drained) base::logger("main").info("drained: {} connections cut", cut_);
}

void DrainCommand::answer() {
  const ControlReply reply{cut_ == 0, cut_ == 0
                                          ? "drained"
                                          : "the drain timeout is over: " + std::to_string(cut_) +
                                                " connections were closed before they had ended"};
  for (Done& done : std::exchange(waiting_, {})) done(reply);
}

}  // namespace convoy::master
