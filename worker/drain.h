// drain: the end of a worker, without cutting a request: listeners are no longer polled (the
// sockets stay open in the master), connections are handed to the successor as they become free to
// move, those that cannot move end with their next answer, and the worker leaves when its last
// connection has; at the deadline of its listener what is left is closed. When the server stops,
// nobody takes over: what waits in the queues is accepted first, and connections that nobody has
// used for kIdleMs are closed. Owned by Worker; its loop.
//
//   Serving --begin--> Draining --no connection left--> Done(0)
//                         \--last deadline--> Expired --all closed, or 2 s--> Done(3)
// Told to stay, it is never Done: the next begin() that does not say so ends it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "common/ipc/messages.h"
#include "common/net/event_loop.h"
#include "worker/context.h"
#include "worker/listener/listener.h"

namespace convoy::worker {

class Drain {
 public:
  enum class State : uint8_t { Serving, Draining, Expired, Done };
  static constexpr uint64_t kPollMs = 20;
  static constexpr uint64_t kIdleMs = 5000;
  static constexpr uint64_t kAfterDeadlineMs = 2000;

  // `done` gets the exit code, once.
  Drain(WorkerContext& context, std::vector<std::unique_ptr<Listener>>& listeners,
        std::function<void(int)> done);
  // A second call only shortens deadlines. `keep_accepting` are accepted from until
  // stopAccepting() was called for them.
  void begin(const ipc::DrainPayload& order);
  // Offers connections to the successor now (Handover says when).
  void sweep();
  State state() const { return state_; }
  const CutCounts& cut() const { return cut_; }

 private:
  void check();
  void stopListeners(const ipc::DrainPayload& order);
  void setDeadlines(const ipc::DrainPayload& order);
  void cutOverdue(uint64_t now);
  bool finished(uint64_t now) const;
  void closeUnused();
  void releaseIdleUpstream();
  size_t connections() const;

  WorkerContext& context_;
  std::vector<std::unique_ptr<Listener>>& listeners_;
  std::function<void(int)> done_;
  std::unique_ptr<net::Timer> timer_;
  State state_ = State::Serving;
  bool stopping_ = false;
  bool stay_ = false;
  uint64_t announced_at_ms_ = 0;  // since when clients could know that the server stops
  struct Deadline {
    uint64_t at_ms = UINT64_MAX;
    bool passed = false;
  };
  std::vector<Deadline> deadlines_;  // of each listener
  uint64_t expired_at_ms_ = 0;
  CutCounts cut_;
};

}  // namespace convoy::worker
