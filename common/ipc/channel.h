// channel: framed messages and descriptors on one SOCK_SEQPACKET socket, on an EventLoop. Used by
// the master (one per worker) and the worker (fd 3). Sending never blocks: what the socket does not
// take is queued in order. The owner destroys the channel to close it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/ipc/messages.h"
#include "common/net/event_loop.h"

namespace convoy::ipc {

// A longer list is the caller's to split.
inline constexpr size_t kMaxFdsPerMessage = 250;

class ChannelCallbacks {
 public:
  virtual ~ChannelCallbacks() = default;
  virtual void onMessage(Message message) = 0;
  // EOF, an error, or a frame that does not parse (the text says which). Last call; the callee may
  // destroy the channel only later (EventLoop::post).
  virtual void onChannelClosed(const std::string& reason) = 0;
};

class Channel {
 public:
  Channel(net::EventLoop& loop, base::UniqueFd fd, ChannelCallbacks& callbacks);
  ~Channel();
  // Descriptors are duplicated by the kernel; the caller keeps its own. Returns the seq.
  uint32_t send(MessageType type, const std::string& payload, const std::vector<int>& fds = {});
  // The peer is gone: its last messages, without waiting for the loop; its end is not reported.
  void receiveRest();
  int fd() const { return fd_.get(); }
  bool sending() const;  // the socket did not take all of it yet
  bool open() const { return fd_.valid(); }
  // Waits (poll) until the queue is out or `timeout_ms` passed: for a last word before exit.
  bool flush(int timeout_ms);

 private:
  struct Pending;
  struct Dying;
  void onEvents(uint32_t events);
  void sendQueued();
  void closeSoon(std::string reason);  // callback at the end of the turn
  net::EventLoop& loop_;
  base::UniqueFd fd_;
  ChannelCallbacks& callbacks_;
  std::unique_ptr<net::FdWatcher> watcher_;
  std::deque<Pending> queue_;
  uint32_t next_seq_ = 1;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // tells posted functions we are gone
};

// A read-only copy of `bytes` that no one can change: memfd with F_SEAL_*.
base::Result<base::UniqueFd> sealedMemfd(const char* name, const std::string& bytes);
base::Result<std::string> readAll(int fd);  // from offset 0, at most 256 MiB

}  // namespace convoy::ipc
