// drain: the end of a worker, without cutting a request: listeners are no longer polled (the
// sockets stay open in the master), connections are handed to the successor as they become free to
// move, those that cannot move end with their next answer, and the worker leaves when its last
// connection has; at the deadline what is left is closed. Owned by Worker; its loop.
//
//   Serving --begin--> Draining --no connection left--> Done(0)
//                         \--deadline--> Expired --all closed, or 2 s--> Done(3)
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "common/net/event_loop.h"
#include "worker/context.h"
#include "worker/listener/listener.h"

namespace convoy::worker {

class Drain {
 public:
  enum class State : uint8_t { Serving, Draining, Expired, Done };
  static constexpr uint64_t kPollMs = 20;
  static constexpr uint64_t kAfterDeadlineMs = 2000;

  // `done` gets the exit code, once.
  Drain(WorkerContext& context, std::vector<std::unique_ptr<Listener>>& listeners,
        std::function<void(int)> done);
  // A second call only shortens the deadline. `stopping`: no successor will come.
  // Listeners of `keep` are accepted from until stopAccepting() was called for them.
  void begin(uint64_t deadline_ms, bool stopping, const std::vector<uint32_t>& keep = {});
  // Offers connections to the successor now (Handover says when).
  void sweep();
  State state() const { return state_; }

 private:
  void check();
  void releaseIdleUpstream();
  size_t connections() const;

  WorkerContext& context_;
  std::vector<std::unique_ptr<Listener>>& listeners_;
  std::function<void(int)> done_;
  std::unique_ptr<net::Timer> timer_;
  State state_ = State::Serving;
  uint64_t deadline_at_ms_ = 0;
};

}  // namespace convoy::worker
