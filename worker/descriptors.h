// descriptors: how many more connections fit below RLIMIT_NOFILE. A connection that was accepted is
// one that can be served: every client is counted with the upstream connection that it may need, so
// nobody is accepted and then closed, or answered with an error, for lack of a descriptor. Who
// finds no room leaves its clients in the kernel's queue and waits here. Owned by Worker; its loop;
// makes no system call after measure().
//
//   needed = open when ready (control, log files, listening sockets, epoll ...)
//          + pipes of transfers, 2 each
//          + reserve (logs that are reopened, adopted sockets, handover, control messages)
//          + 2 * clients + idle upstream connections
//
// Who asks: Listener before it accepts, Handover before it receives. Who tells: the managers and
// pools, when a connection has gone.
#pragma once

#include <cstddef>
#include <vector>

#include "common/net/event_loop.h"
#include "common/stats/slab.h"

namespace convoy::worker {

class RoomWaiter {
 public:
  virtual ~RoomWaiter() = default;
  virtual void onRoom() = 0;
};

class Descriptors {
 public:
  // `counts`: the clients and requests of this worker; outlives this.
  Descriptors(net::EventLoop& loop, const stats::SlabHeader& counts);
  // When everything is open but connections.
  void measure();
  void assume(size_t limit, size_t open_without_connections);

  // For one more client. Without any client there always is: a limit that is too low must not mean
  // that nobody is served.
  bool room() const;
  // onRoom() at the end of a turn in which room has come; once.
  void wait(RoomWaiter& waiter);
  void forget(RoomWaiter& waiter);
  // Somebody waits: clients are to leave after their answer.
  bool tight() const { return !waiting_.empty(); }

  void pooledOpened() { ++pooled_; }  // an HTTP connection to an upstream
  void pooledClosed();
  void clientClosed() { released(); }
  // Pool connections that no request uses.
  size_t idlePooled() const;

 private:
  void released();
  void wake();

  net::EventLoop& loop_;
  const stats::SlabHeader& counts_;
  size_t limit_ = SIZE_MAX;
  size_t base_ = 0;  // with the reserve
  size_t pooled_ = 0;
  std::vector<RoomWaiter*> waiting_;
  bool wake_posted_ = false;
};

}  // namespace convoy::worker
