// EventLoop: one libuv loop of one process (master or worker), and all that hangs on it. libuv is
// fenced in common/net/*.cc. Control-plane things (signals, timers, watched descriptors) are libuv
// handles; data-plane sockets live in the Poller (an edge-triggered epoll set of our own), and
// data-plane deadlines in the TimerWheel. The loop sleeps in the Poller, which watches libuv's
// epoll descriptor beside the sockets: a request costs no call into libuv, and no second
// epoll_wait.
//
//   run --> Poller: <= 256 events --> PollHandler::onIo --> end of turn
//       --> uv_run, without waiting, where a timer is due or libuv's descriptor was ready
//             --> uv_timer --> TimerWheel tick --> WheelTimer::fire --> end of turn
//   end of turn: Scratch flushed, posted functions, deferred deletes
//
// Nobody deletes himself in his own callback: deferDelete() keeps the object alive until the end of
// the turn. Not thread safe; there are no threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace convoy::net {

class Poller;
class TimerWheel;

class DeferredDeletable {
 public:
  virtual ~DeferredDeletable() = default;
};

// A libuv timer for control-plane use (milliseconds; one shot; re-arm from the callback to repeat).
class Timer {
 public:
  virtual ~Timer() = default;  // cancels
  virtual void start(uint64_t delay_ms) = 0;
  virtual void stop() = 0;
};

// Destroying a watcher stops it.
class Watcher {
 public:
  virtual ~Watcher() = default;
};

inline constexpr uint32_t kReadable = 1;
inline constexpr uint32_t kWritable = 2;

class FdWatcher : public Watcher {
 public:
  virtual void setEvents(uint32_t events) = 0;  // kReadable | kWritable, 0 pauses
};

class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void run();   // until stop()
  void stop();  // returns from run() after this turn

  uint64_t nowMs() const;  // monotonic, cached once per turn
  // Monotonic; while the poller serves an event, of the first time that it asked: a request asks
  // about ten times, and reading the clock was a fiftieth of its CPU.
  uint64_t nowUs() const;
  // Since the epoch; a step of the system's clock shows after at most 50 ms.
  int64_t wallUs() const;
  const base::Clock& clock() const;

  std::unique_ptr<Timer> createTimer(std::function<void()> callback);
  std::unique_ptr<Watcher> watchSignal(int signal, std::function<void()> callback);
  // Level triggered. The caller keeps owning `fd` and destroys the watcher before closing it.
  // Readable is also reported on hang-up and error.
  std::unique_ptr<FdWatcher> watchFd(int fd, uint32_t events,
                                     std::function<void(uint32_t)> callback);
  // Runs at the end of this turn, or of the next if called outside one.
  void post(std::function<void()> callback);
  void deferDelete(std::unique_ptr<DeferredDeletable> object);

  Poller& poller();
  TimerWheel& wheel();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace convoy::net
