#include "master/retirement.h"

#include <algorithm>

namespace convoy::master {
namespace {

constexpr uint64_t kLookEveryMs = 20;

}  // namespace

Retirement::Retirement(net::EventLoop& loop, RetirementSteps& steps) : loop_(loop), steps_(steps) {
  timer_ = loop.createTimer([this] { look(); });
}

bool Retirement::leaving(const BoundAddress* bound) const {
  return std::any_of(leaving_.begin(), leaving_.end(),
                     [bound](const Leaving& leaving) { return leaving.bound.get() == bound; });
}

void Retirement::commit(const ListenerSet& old_set, const ListenerSet& new_set) {
  readmit(new_set);
  for (const ListenerSet::Entry& entry : old_set.entries()) {
    if (new_set.has(entry.bound.get())) continue;
    drop(entry, net::kHandshakesEndMs);
  }
}

void Retirement::drop(const ListenerSet::Entry& entry, uint64_t handshakes_ms) {
  if (leaving(entry.bound.get()) || entry.bound->retired()) return;
  entry.bound->refuse();
  leaving_.push_back({entry.bound, State::Refusing, loop_.nowMs(), handshakes_ms});
  timer_->start(kLookEveryMs);
}

std::vector<uint32_t> Retirement::dropAll(const ListenerSet& set, bool at_once,
                                          const std::function<bool(const BoundAddress&)>& stays) {
  std::vector<uint32_t> dropped;
  for (const ListenerSet::Entry& entry : set.entries()) {
    if (stays(*entry.bound)) continue;
    drop(entry, at_once ? 0 : net::kHandshakesEndMs);
    dropped.push_back(entry.index);
  }
  return dropped;
}

void Retirement::readmit(const ListenerSet& wanted) {
  std::erase_if(leaving_, [&](const Leaving& leaving) {
    if (!wanted.has(leaving.bound.get())) return false;
    leaving.bound->readmit();
    // Those that went on are not needed any more.
    steps_.stopAccepting(*leaving.bound);
    return true;
  });
}

Retirement::State Retirement::next(const Leaving& leaving) const {
  const uint64_t spent = loop_.nowMs() - leaving.since_ms;
  if (leaving.state == State::Refusing) {
    return spent >= leaving.handshakes_ms ? State::Emptying : State::Refusing;
  }
  const bool over = !steps_.stillAccepting(*leaving.bound) || spent >= kStopWithinMs;
  return over ? State::Done : State::Emptying;
}

void Retirement::look() {
  for (Leaving& leaving : leaving_) {
    if (steps_.isWanted(*leaving.bound)) continue;
    const State to = next(leaving);
    if (to == leaving.state) continue;
    leaving.state = to;
    leaving.since_ms = loop_.nowMs();
    if (to == State::Emptying) {
      steps_.stopAccepting(*leaving.bound);
    } else {
      leaving.bound->retire();
      steps_.onRetired(*leaving.bound);
    }
  }
  std::erase_if(leaving_, [](const Leaving& leaving) { return leaving.state == State::Done; });
  if (!leaving_.empty()) timer_->start(kLookEveryMs);
}

}  // namespace convoy::master
