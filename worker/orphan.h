// orphan: the end of a worker whose master is gone. It serves and accepts on for the grace period,
// in which a service manager brings a new master; then it drains without losing a connection that
// waits in its queues. Owned by Worker; its loop.
//
//   Grace --time is over--> Refusing --1.5 s--> Closed
//     |   (new SYNs are dropped, still accepting: queues are emptied, sockets closed)
//     \--a living master owns all our sockets (it inherited them)--> Closed at once: what waits
//        there is its workers'
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <sys/types.h>
#include <vector>

#include "common/net/event_loop.h"
#include "worker/listener/listener.h"

namespace convoy::worker {

class Orphan {
 public:
  enum class State : uint8_t { Grace, Refusing, Closed };
  static constexpr uint64_t kLookEveryMs = 500;

  // `former`: the master that is gone. `leaving` is called once, when draining shall begin; it may
  // not stop the listeners from accepting.
  Orphan(net::EventLoop& loop, std::vector<std::unique_ptr<Listener>>& listeners, pid_t former,
         uint64_t grace_ms, std::function<void()> leaving);
  State state() const { return state_; }

 private:
  void look();
  void advance(State to);
  State next() const;

  net::EventLoop& loop_;
  std::vector<std::unique_ptr<Listener>>& listeners_;
  pid_t former_;
  uint64_t grace_ms_;
  std::function<void()> leaving_;
  std::unique_ptr<net::Timer> timer_;
  State state_ = State::Grace;
  uint64_t since_ms_;
};

}  // namespace convoy::worker
