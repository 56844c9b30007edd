#include "common/net/event_loop.h"

#include <utility>
#include <vector>

#include <uv.h>

#include "common/base/check.h"
#include "common/net/poller.h"
#include "common/net/timer_wheel.h"

namespace convoy::net {

namespace {

// A libuv handle with its callback. libuv owns the memory until the close callback, so the handle
// lives in a block of its own that deletes itself there; the C++ object only points at it.
template <typename UvHandle, typename Callback>
struct HandleBlock {
  UvHandle handle;
  Callback callback;

  static void close(HandleBlock* block) {
    block->callback = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(&block->handle),
             [](uv_handle_t* h) { delete static_cast<HandleBlock*>(h->data); });
  }
};

using TimerBlock = HandleBlock<uv_timer_t, std::function<void()>>;
using SignalBlock = HandleBlock<uv_signal_t, std::function<void()>>;
using PollBlock = HandleBlock<uv_poll_t, std::function<void(uint32_t)>>;

class UvTimer final : public Timer {
 public:
  UvTimer(uv_loop_t* loop, std::function<void()> callback)
      : block_(new TimerBlock{{}, std::move(callback)}) {
    uv_timer_init(loop, &block_->handle);
    block_->handle.data = block_;
  }
  ~UvTimer() override { TimerBlock::close(block_); }
  void start(uint64_t delay_ms) override {
    uv_timer_start(
        &block_->handle,
        [](uv_timer_t* t) {
          // A copy: the callback may destroy this timer.
          auto callback = static_cast<TimerBlock*>(t->data)->callback;
          if (callback) callback();
        },
        delay_ms, 0);
  }
  void stop() override { uv_timer_stop(&block_->handle); }

 private:
  TimerBlock* block_;
};

class UvSignal final : public Watcher {
 public:
  UvSignal(uv_loop_t* loop, int signal, std::function<void()> callback)
      : block_(new SignalBlock{{}, std::move(callback)}) {
    uv_signal_init(loop, &block_->handle);
    block_->handle.data = block_;
    uv_signal_start(
        &block_->handle,
        [](uv_signal_t* s, int) {
          auto wanted = static_cast<SignalBlock*>(s->data)->callback;
          if (wanted) wanted();
        },
        signal);
  }
  ~UvSignal() override { SignalBlock::close(block_); }

 private:
  SignalBlock* block_;
};

class UvPoll final : public FdWatcher {
 public:
  UvPoll(uv_loop_t* loop, int fd, uint32_t events, std::function<void(uint32_t)> callback)
      : block_(new PollBlock{{}, std::move(callback)}) {
    CHECK(uv_poll_init(loop, &block_->handle, fd) == 0);
    block_->handle.data = block_;
    setEvents(events);
  }
  ~UvPoll() override {
    uv_poll_stop(&block_->handle);
    PollBlock::close(block_);
  }
  void setEvents(uint32_t events) override {
    if (events == 0) {
      uv_poll_stop(&block_->handle);
      return;
    }
    int wanted = 0;
    if ((events & kReadable) != 0) wanted |= UV_READABLE;
    if ((events & kWritable) != 0) wanted |= UV_WRITABLE;
    uv_poll_start(&block_->handle, wanted, [](uv_poll_t* p, int status, int ready) {
      uint32_t seen = 0;
      if (status < 0 || (ready & UV_READABLE) != 0) seen |= kReadable;
      if (status < 0 || (ready & UV_WRITABLE) != 0) seen |= kWritable;
      auto callback = static_cast<PollBlock*>(p->data)->callback;
      if (callback) callback(seen);
    });
  }

 private:
  PollBlock* block_;
};

}  // namespace

struct EventLoop::Impl final : PollHandler {
  uv_loop_t loop{};
  bool loop_ready = true;  // libuv's descriptor is readable
  bool stopping = false;
  base::SystemClock clock;
  uint64_t stamped_event = 0;  // whose time stamp_us is
  uint64_t stamp_us = 0;
  uint64_t wall_since_us = 0;  // when the difference of the clocks was taken
  int64_t wall_ahead_us = 0;
  std::vector<std::function<void()>> posted;
  std::vector<std::unique_ptr<DeferredDeletable>> deleted;
  std::vector<std::unique_ptr<DeferredDeletable>> dying;
  std::unique_ptr<Poller> poller;
  std::unique_ptr<TimerWheel> wheel;
  std::unique_ptr<UvTimer> tick;

  void onIo(uint32_t) override { loop_ready = true; }

  uint64_t nowUs() {
    const uint64_t event = poller->event();
    if (event == 0) return clock.monotonicUs();
    if (event != stamped_event) {
      stamped_event = event;
      stamp_us = clock.monotonicUs();
    }
    return stamp_us;
  }

  int64_t wallUs() {
    constexpr uint64_t kHoldsUs = 50000;
    const uint64_t now = nowUs();
    if (wall_since_us == 0 || now - wall_since_us > kHoldsUs) {
      wall_since_us = now;
      wall_ahead_us = clock.wallUs() - static_cast<int64_t>(clock.monotonicUs());
    }
    return static_cast<int64_t>(now) + wall_ahead_us;
  }

  void run() {
    for (stopping = false; !stopping;) {
      if (std::exchange(loop_ready, false) || timeout() == 0) {
        uv_run(&loop, UV_RUN_NOWAIT);
        endOfTurn();
        if (stopping) return;
      }
      poller->wait(posted.empty() ? timeout() : 0);
      uv_update_time(&loop);
      poller->dispatch();
      endOfTurn();
    }
  }

  // Until the next timer in milliseconds, -1: there is none. 0 also if libuv has closed handles to
  // report or changed descriptors to register.
  int timeout() const { return uv_loop_alive(&loop) != 0 ? uv_backend_timeout(&loop) : -1; }

  // On the multiples of a tick, so that no deadline waits for more than the rest of one.
  void startTick() { tick->start(TimerWheel::kTickMs - uv_now(&loop) % TimerWheel::kTickMs); }

  // Posted functions of this turn, then the objects that ended in it.
  void endOfTurn() {
    poller->flushCorks();
    std::vector<std::function<void()>> batch;
    batch.swap(posted);
    for (auto& callback : batch) callback();
    if (posted.empty()) {
      batch.clear();
      posted.swap(batch);  // keeps its capacity: nothing is allocated in the steady state
    }
    poller->flushCorks();
    deleteDeferred();
  }

  void deleteDeferred() {
    // A destructor may defer another object.
    while (!deleted.empty()) {
      dying.swap(deleted);
      dying.clear();
    }
  }
};

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {
  Impl* impl = impl_.get();
  CHECK(uv_loop_init(&impl->loop) == 0);
  impl->poller = std::make_unique<Poller>();
  CHECK(impl->poller->addLevel(uv_backend_fd(&impl->loop), *impl));
  impl->tick = std::make_unique<UvTimer>(&impl->loop, [impl] {
    impl->startTick();
    impl->wheel->tick();
    impl->poller->flushCorks();
  });
  impl->wheel = std::make_unique<TimerWheel>([impl] { return uv_now(&impl->loop); },
                                             [impl](bool busy) {
                                               if (busy) {
                                                 impl->startTick();
                                               } else {
                                                 impl->tick->stop();
                                               }
                                             });
}

EventLoop::~EventLoop() {
  // Posted functions are dropped: whoever posted them may be gone already.
  impl_->posted.clear();
  impl_->deleteDeferred();
  impl_->tick.reset();
  // Close callbacks free the blocks. A handle that somebody still holds would keep the loop busy
  // for ever: that is a leak in the owner, not a reason to hang at exit.
  for (int turns = 0; turns < 16 && uv_loop_close(&impl_->loop) == UV_EBUSY; ++turns) {
    uv_run(&impl_->loop, UV_RUN_NOWAIT);
  }
  impl_->wheel.reset();
  impl_->poller.reset();
}

void EventLoop::run() {
  impl_->run();
}
void EventLoop::stop() {
  impl_->stopping = true;
}
uint64_t EventLoop::nowMs() const {
  return uv_now(&impl_->loop);
}
uint64_t EventLoop::nowUs() const {
  return impl_->nowUs();
}
int64_t EventLoop::wallUs() const {
  return impl_->wallUs();
}
const base::Clock& EventLoop::clock() const {
  return impl_->clock;
}

std::unique_ptr<Timer> EventLoop::createTimer(std::function<void()> callback) {
  return std::make_unique<UvTimer>(&impl_->loop, std::move(callback));
}

std::unique_ptr<Watcher> EventLoop::watchSignal(int signal, std::function<void()> callback) {
  return std::make_unique<UvSignal>(&impl_->loop, signal, std::move(callback));
}

std::unique_ptr<FdWatcher> EventLoop::watchFd(int fd, uint32_t events,
                                              std::function<void(uint32_t)> callback) {
  return std::make_unique<UvPoll>(&impl_->loop, fd, events, std::move(callback));
}

void EventLoop::post(std::function<void()> callback) {
  impl_->posted.push_back(std::move(callback));
}

void EventLoop::deferDelete(std::unique_ptr<DeferredDeletable> object) {
  if (object != nullptr) impl_->deleted.push_back(std::move(object));
}

Poller& EventLoop::poller() {
  return *impl_->poller;
}
TimerWheel& EventLoop::wheel() {
  return *impl_->wheel;
}

}  // namespace convoy::net
