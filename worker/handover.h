// handover: how client connections leave a draining worker for its successor without being closed,
// and how they come in at the successor (common/ipc/handoff.h is the form they travel in). Owned by
// Worker; its loop. Decides nothing: which connection may move is its owner's knowledge
// (conn_manager, tcp_proxy), when to try is Drain's.
//
//   Outbox:  None --setSuccessor--> Open --socket full--> Full --kRetryMs--> Open
//              ^--- successor gone, dropSuccessor ---------/
// One that has been full for kStuckMs has a successor that does not read: until it does,
// connections stay and are served here.
//
// A new successor replaces the one before; closing that socket is its end of file. An inbox is read
// until its end: what was sent before its sender died or found another successor arrives.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/ipc/handoff.h"
#include "common/ipc/messages.h"
#include "common/net/event_loop.h"

namespace convoy::worker {

// What is left of a deadline of `limit_ms` that began before the connection came to us; 0 if there
// is none, at least 1 else. The sender's clock may have been read later than ours was cached.
constexpr uint64_t remainingMs(uint64_t limit_ms, uint64_t since_us, uint64_t now_us) {
  if (limit_ms == 0) return 0;
  const uint64_t gone_ms = now_us > since_us ? (now_us - since_us) / 1000 : 0;
  return limit_ms > gone_ms ? limit_ms - gone_ms : 1;
}

class HandoverCallbacks {
 public:
  virtual ~HandoverCallbacks() = default;
  // Ours from now on: its sockets are open and in no poller.
  virtual void onHandoff(ipc::Handoff handoff) = 0;
  // It is time to offer connections: the outbox takes again, is gone, or sweepSoon() was called.
  virtual void onSweep() = 0;
  // False: no descriptor can be spared now; asked again after kRetryMs.
  virtual bool roomForHandoff() = 0;
};

class Handover {
 public:
  enum class State : uint8_t { None, Open, Full };
  enum class Result : uint8_t {
    Moved,  // the successor has it; close our descriptors
    Later,  // onSweep() will say when
    Stays,  // it drains here
  };
  static constexpr uint64_t kRetryMs = 5;
  static constexpr uint64_t kStuckMs = 500;
  static constexpr int kPerWake = 64;

  Handover(net::EventLoop& loop, HandoverCallbacks& callbacks);
  ~Handover();

  void setSuccessor(base::UniqueFd socket, const ipc::SuccessorPayload& payload);
  void dropSuccessor();
  State state() const { return state_; }
  bool canMove(size_t listener) const {
    return state_ != State::None && listener < listeners_.size() &&
           listeners_[listener] != ipc::kNoListener;
  }
  // REQUIRES: canMove() for some listener; `name` is one of our clusters.
  bool hasCluster(std::string_view name) const;
  // Fills in `handoff.listener`. `fds` are the caller's, whatever the result.
  Result give(size_t listener, ipc::Handoff& handoff, std::initializer_list<int> fds);

  // An idle connection of a pool. REQUIRES: state() is not None.
  Result giveUpstream(ipc::Handoff& handoff, int fd) { return send(handoff, {fd}); }
  // onSweep() at the end of this turn: some connection has become free to move.
  void sweepSoon();

  void addInbox(base::UniqueFd socket);
  bool receiving() const { return !inboxes_.empty(); }

  struct Counts {
    uint64_t http = 0, tcp = 0, upgrade = 0, upstream = 0;
  };
  const Counts& given() const { return given_; }

 private:
  struct Inbox;
  bool stuck() const;
  Result send(ipc::Handoff& handoff, std::initializer_list<int> fds);
  uint64_t& counterOf(ipc::Handoff::Kind kind);
  void readInbox(Inbox& inbox);
  void end(Inbox& inbox);

  net::EventLoop& loop_;
  HandoverCallbacks& callbacks_;
  State state_ = State::None;
  uint64_t full_since_ms_ = 0;  // 0: the last datagram was taken
  base::UniqueFd outbox_;
  std::vector<uint32_t> listeners_;
  std::vector<std::string> removed_clusters_;
  std::unique_ptr<net::Timer> retry_, inbox_retry_;
  std::list<std::unique_ptr<Inbox>> inboxes_;
  bool sweep_posted_ = false;
  Counts given_;
};

}  // namespace convoy::worker
