// watchdog: notices workers whose loop no longer turns: the word that a worker's loop stores in its
// slab stands still. TickWatch is the verdict on one worker (owned by its WorkerProcess), Watchdog
// the timer that makes every generation look (owned by the Master; its loop).
//
//            2 s            the operator's limit           5 s
//   Moving -------> Stalled --------------------> Aborted ----> Killed
//     ^                |      SIGABRT: a core that         SIGKILL
//     +-- tick moved --+      says where it hung
//
// While Stalled a neighbour accepts for it (adoption.h). Time is counted from when we saw the tick
// move, and from now on if we ourselves did not run (a suspended machine, a stopped group): our own
// stall must not be taken for theirs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "common/net/event_loop.h"

namespace convoy::master {

class Generation;

class TickWatch {
 public:
  enum class State : uint8_t { Moving, Stalled, Aborted, Killed };
  static constexpr uint64_t kStallMs = 2000;
  static constexpr uint64_t kKillAfterMs = 5000;

  // Looks once. `timeout_ms` 0: never aborted. True: the state is another now.
  bool look(uint64_t tick, uint64_t now_ms, uint64_t timeout_ms);
  // What went by does not count: as if the tick had moved just now.
  void forgive(uint64_t now_ms) { moved_at_ms_ = now_ms; }
  State state() const { return state_; }
  uint64_t stillMs(uint64_t now_ms) const { return now_ms - moved_at_ms_; }

 private:
  State next(bool moved, uint64_t now_ms, uint64_t timeout_ms);

  State state_ = State::Moving;
  bool seen_ = false;
  uint64_t tick_ = 0;
  uint64_t moved_at_ms_ = 0;
  uint64_t aborted_at_ms_ = 0;
};

class Watchdog {
 public:
  static constexpr uint64_t kLookEveryMs = 250;
  static constexpr uint64_t kOwnStallMs = 1000;

  Watchdog(net::EventLoop& loop, uint64_t timeout_ms,
           std::function<std::vector<Generation*>()> generations);
  void start();

 private:
  void look();

  net::EventLoop& loop_;
  uint64_t timeout_ms_;
  std::function<std::vector<Generation*>()> generations_;
  std::unique_ptr<net::Timer> timer_;
  uint64_t last_look_ms_ = 0;
};

}  // namespace convoy::master
