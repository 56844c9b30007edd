// drain_command: `convoy drain` and POST /drain_listeners: the server takes itself out of service
// but stays, so that a hook in a container without a shell can wait for it. Knows the order, the
// times and who waits; the work is DrainCommandSteps, the Master. Owned by the Master; its loop.
//
//   Serving --ask(delay)--> Announced --delay is over--> Draining --empty, or deadline--> Drained
//             (/ready fails, accepting)        (refusing, finishing)
// It never goes back. A later ask() can only shorten the delay. What a reload or a respawn starts
// from Draining on never accepts (Generation::quiesce).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "common/net/event_loop.h"
#include "master/control.h"

namespace convoy::master {

class DrainCommandSteps {
 public:
  virtual ~DrainCommandSteps() = default;
  // Stop accepting; finish what is under way until the deadline. `announced_ms`: how long /ready
  // has failed.
  virtual void beginQuiet(uint64_t deadline_ms, uint64_t announced_ms) = 0;
  // Some listener has not been emptied and closed yet.
  virtual bool stillListening() const = 0;
  virtual uint64_t openConnections() const = 0;
};

class DrainCommand {
 public:
  enum class State : uint8_t { Serving, Announced, Draining, Drained };
  static constexpr uint64_t kLookEveryMs = 50;
  using Done = std::function<void(const ControlReply&)>;

  DrainCommand(net::EventLoop& loop, DrainCommandSteps& steps, uint64_t drain_timeout_ms);
  // `done` (may be empty) is called once, when it is Drained: ok if nothing had to be cut.
  void ask(uint64_t delay_ms, Done done);
  State state() const { return state_; }
  bool asked() const { return state_ != State::Serving; }
  bool quiet() const { return state_ >= State::Draining; }
  // Of the time that what still drains has. REQUIRES: quiet().
  uint64_t restMs() const;
  // Since when /ready fails. REQUIRES: asked().
  uint64_t announcedMs() const { return loop_.nowMs() - announced_at_ms_; }

 private:
  void look();
  void advance(State to);
  void answer();

  net::EventLoop& loop_;
  DrainCommandSteps& steps_;
  const uint64_t drain_timeout_ms_;
  State state_ = State::Serving;
  uint64_t announced_at_ms_ = 0, quiet_at_ms_ = 0, deadline_at_ms_ = 0;
  uint64_t cut_ = 0;  // still open at the deadline
  std::vector<Done> waiting_;
  std::unique_ptr<net::Timer> timer_;
};

}  // namespace convoy::master
