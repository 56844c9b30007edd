// retirement: the end of listening addresses that a reload dropped, so that every connection that
// was begun is answered and every later one refused cleanly. The generation that had them goes on
// accepting from them. Owned by the Master; its loop.
//
//   in use --drop(), at a commit--> Refusing --1.5 s--> Emptying --all stopped, 500 ms--> shut down
//     ^      (new SYNs dropped)        |    (StopAccept)   |
//     +------ readmit(), at a commit --+-------------------+   (SYNs taken again)
//
// While a reload that wants the address back is being prepared, it stays where it is.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "common/net/event_loop.h"
#include "common/net/syn_filter.h"
#include "master/listeners.h"

namespace convoy::master {

class RetirementSteps {
 public:
  virtual ~RetirementSteps() = default;
  // By the running configuration, or by one that is being prepared.
  virtual bool isWanted(const BoundAddress& bound) const = 0;
  // Every worker that still accepts from it: empty its queue, then stop.
  virtual void stopAccepting(const BoundAddress& bound) = 0;
  virtual bool stillAccepting(const BoundAddress& bound) const = 0;
  virtual void onRetired(const BoundAddress& bound) = 0;
};

class Retirement {
 public:
  static constexpr uint64_t kStopWithinMs = 500;

  Retirement(net::EventLoop& loop, RetirementSteps& steps);
  // After a commit: what `old_set` has and `new_set` has not goes, what `new_set` has stays or
  // comes back.
  void commit(const ListenerSet& old_set, const ListenerSet& new_set);
  // The server stops: all go but those that `stays` says are somebody else's too. `at_once` does
  // not wait for handshakes under way. Indices of those that go.
  std::vector<uint32_t> dropAll(const ListenerSet& set, bool at_once,
                                const std::function<bool(const BoundAddress&)>& stays);
  bool leaving(const BoundAddress* bound) const;
  bool idle() const { return leaving_.empty(); }

 private:
  enum class State : uint8_t { Refusing, Emptying, Done };
  struct Leaving {
    std::shared_ptr<BoundAddress> bound;
    State state = State::Refusing;
    uint64_t since_ms = 0;
    uint64_t handshakes_ms = net::kHandshakesEndMs;
  };
  void drop(const ListenerSet::Entry& entry, uint64_t handshakes_ms);
  void readmit(const ListenerSet& wanted);
  void look();
  State next(const Leaving& leaving) const;

  net::EventLoop& loop_;
  RetirementSteps& steps_;
  std::vector<Leaving> leaving_;
  std::unique_ptr<net::Timer> timer_;
};

}  // namespace convoy::master
