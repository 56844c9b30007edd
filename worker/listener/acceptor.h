// acceptor: accepts on one listening socket that the master owns, and hands the sockets on. Level
// triggered, at most kPerWake a time so that open connections are not starved. Out of descriptors
// or memory, it stops polling for kPauseMs instead of spinning: what is queued stays queued in the
// kernel (never accepted and dropped; lifecycle.md section 3.8). Owned by a Listener; worker loop.
//
//   Paused --resume--> Polling --EMFILE, ENFILE, ENOMEM, ENOBUFS--> Backoff --timer--> Polling
//      ^                 |  \--no room (worker/descriptors)--> Full --retry--> Polling
//      +---- pause ------+------------------------------------/
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "common/base/unique_fd.h"
#include "common/net/address.h"
#include "common/net/event_loop.h"
#include "common/net/poller.h"

namespace convoy::worker {

class AcceptCallbacks {
 public:
  virtual ~AcceptCallbacks() = default;
  virtual void onAccepted(base::UniqueFd fd, const net::Address& peer,
                          const net::Address& local) = 0;
  virtual void onAcceptPaused(int error) = 0;
  // Asked before each accept. False: onRoom() of whoever said so is to call Acceptor::retry().
  virtual bool roomToAccept() = 0;
};

class Acceptor final : public net::PollHandler {
 public:
  enum class State : uint8_t { Paused, Polling, Backoff, Full };
  static constexpr int kPerWake = 64;
  static constexpr uint64_t kPauseMs = 100;

  // Takes the descriptor, which other processes share; closing ours loses no queued connection.
  Acceptor(net::EventLoop& loop, base::UniqueFd fd, AcceptCallbacks& callbacks);
  ~Acceptor() override;
  void setMostPerWake(int most) { per_wake_ = most; }
  void resume();
  void pause();
  void retry();  // there is room again; a no-op unless Full
  // Accepts until the queue is empty; a no-op unless Polling.
  void acceptQueued();
  State state() const { return state_; }
  int fd() const { return fd_.get(); }
  bool isIp() const { return local_.isIp(); }
  // Where to note, from before accept4() until the connection was handed on, that one is on its
  // way (common/ipc/rescue_table.h).
  void setMark(std::atomic<uint64_t>* word, uint32_t listener) {
    mark_ = word;
    mark_value_ = uint64_t{listener + 1} << 32 | static_cast<uint32_t>(fd_.get());
  }

  void onIo(uint32_t events) override;

 private:
  bool acceptOne();  // false: nothing is there, or accepting has paused
  void backOff(int error);
  net::EventLoop& loop_;
  base::UniqueFd fd_;
  AcceptCallbacks& callbacks_;
  State state_ = State::Paused;
  net::Address local_;  // of the socket; each connection's own if that is a wildcard
  bool wildcard_ = false;
  int per_wake_ = kPerWake;
  std::unique_ptr<net::Timer> timer_;
  std::atomic<uint64_t> own_mark_{0};
  std::atomic<uint64_t>* mark_ = &own_mark_;
  uint64_t mark_value_ = 0;
};

}  // namespace convoy::worker
