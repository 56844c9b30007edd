// Poller: the data plane's sockets: an own epoll descriptor, edge triggered, each socket registered
// once for its whole life (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET) and never changed; close()
// removes it. Why not uv_tcp_t: performance.md section 3 (epoll_ctl per request, no recv/splice).
// This is what the loop sleeps in; libuv's own epoll descriptor is one of those watched.
// Answers go first: sockets that we opened hang in a second epoll descriptor, which is emptied
// before each batch of the others. What has begun ends before more begins, so that under load few
// requests are under way at a time, and what they touch is still in the cache when their answer
// comes. Also home of the worker's Scratch: ONE read buffer and ONE output cork shared by all
// connections, since only one of them runs at a time; and some corks for those that gather what
// several events write (Connection::gatherWrites). Owned by the EventLoop.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <sys/epoll.h>
#include <vector>

#include "common/net/pipe_pool.h"

namespace convoy::net {

class Connection;

class PollHandler {
 public:
  virtual ~PollHandler() = default;
  // `events` are EPOLL* bits. May destroy other handlers only through EventLoop::deferDelete.
  virtual void onIo(uint32_t events) = 0;

 private:
  friend class Poller;
  uint32_t again_events_ = 0;  // queued by Poller::again
};

// Whose bytes the read buffer holds: those of `fd`, from the one on that was its bytesRead()th.
// Written before each recv(), for whoever outlives this process (common/ipc/rescue_table.h).
struct ReadMark {
  std::atomic<uint64_t> at{0};
  std::atomic<int64_t> fd{-1};
};

class Poller {
 public:
  Poller();
  ~Poller();
  int fd() const { return epoll_fd_; }

  // Edge triggered, once per socket. False with errno set on failure (ENOMEM, ENOSPC).
  bool add(int fd, PollHandler& handler);
  // The same for a socket that we opened; outboundGone() when its handler ends.
  bool addOutbound(int fd, PollHandler& handler);
  void outboundGone() { --outbound_; }
  // Level triggered EPOLLIN, for listening sockets and unread queues.
  bool addLevel(int fd, PollHandler& handler);
  void remove(int fd);  // for addLevel sockets that outlive their handler: epoll_ctl DEL
  // For a process that forks while it serves (the master). A child between fork and exec holds the
  // descriptions of all our sockets, so that close(2) does not take them out of epoll, which would
  // then call a handler that is gone. Connections are removed before they close, one system call
  // each.
  void setMayFork() { may_fork_ = true; }
  // Calls handler.onIo(events) later in this turn: for a reader that stopped before EAGAIN (edges
  // are not repeated). Dropped by forget().
  void again(PollHandler& handler, uint32_t events);
  void forget(PollHandler& handler);  // drops queued again()s and events of this batch

  // The loop's own: waits until something is ready (-1: for ever; not at all if again()s are
  // queued), then dispatches a batch of events and the again()s; flushes the cork after each, and
  // those of gathering connections every kGatherEvents and at the end.
  void wait(int timeout_ms);
  void dispatch();

  // A message of 64 KiB and its head at once: a fifth cheaper than in two pieces of 48 KiB. (Under
  // BBR over loopback 64 KiB writes would be dear; our connections there have no pacing, socket.h.)
  static constexpr size_t kReadBytes = 72 * 1024;
  char* readBuffer() { return read_buffer_; }
  // Another buffer of kReadBytes, and where to mark whose bytes it holds; both outlive the Poller.
  void useReadBuffer(char* buffer, ReadMark* mark) {
    read_buffer_ = buffer;
    read_mark_ = mark;
  }

  // Which event is being served, counted; 0: none is.
  uint64_t event() const { return event_; }

  PipePool& pipes() { return pipes_; }

  static constexpr size_t kCorkBytes = 16 * 1024;
  // Bytes that `owner` has written and not yet sent.
  struct Cork {
    Connection* owner = nullptr;
    size_t size = 0;
    size_t seat = 0;  // in gathered_
    std::unique_ptr<char[]> bytes = std::make_unique<char[]>(kCorkBytes);
  };
  void flushCork();   // of this event
  void flushCorks();  // all

 private:
  friend class Connection;
  // What one epoll_wait() said; null: forgotten.
  struct Batch {
    std::vector<epoll_event> events;
    size_t at = 0, size = 0;
    bool full() const { return size == events.size(); }
    void wait(int epoll_fd, int timeout_ms);
    void forget(const PollHandler& handler);
  };
  bool takeAnswersMark();
  void serve(Batch& batch);
  // How many events an answer may wait for others to the same connection, and how many such
  // connections may have some.
  static constexpr size_t kGatherEvents = 64;
  static constexpr size_t kMostGathering = 64;
  void runAgain();
  Cork& lendCork(Connection& connection, bool gathers);
  void takeBack(Cork& cork);
  int epoll_fd_ = -1;
  int answers_fd_ = -1;        // in epoll_fd_, edge triggered
  bool more_answers_ = false;  // than fitted in a batch: no edge will tell of them
  size_t outbound_ = 0;
  bool may_fork_ = false;
  uint64_t event_ = 0;
  uint64_t events_ = 0;
  std::vector<PollHandler*> again_;  // null: forgotten
  std::vector<PollHandler*> again_batch_;
  Batch requests_;
  Batch answers_;
  std::unique_ptr<char[]> own_read_buffer_;
  ReadMark own_read_mark_;
  char* read_buffer_;
  ReadMark* read_mark_ = &own_read_mark_;
  Cork cork_;
  std::vector<std::unique_ptr<Cork>> gathered_;  // the first gathering_ are lent
  size_t gathering_ = 0;
  PipePool pipes_;
};

}  // namespace convoy::net
