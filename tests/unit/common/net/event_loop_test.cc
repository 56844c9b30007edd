#include "common/net/event_loop.h"

#include <csignal>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "common/net/timer_wheel.h"
#include "tests/unit/common/net/loop_fixture.h"
#include "tests/unit/common/net/system_calls.h"

namespace convoy::net {
namespace {

using EventLoopTest = LoopTest;

struct Object : DeferredDeletable {
  explicit Object(std::function<void()> f) : last(std::move(f)) {}
  ~Object() override { last(); }
  std::function<void()> last;
};

TEST_F(EventLoopTest, PostedFunctionsRunInOrderEvenIfPostedBeforeTheRun) {
  std::string order;
  loop_.post([&] { order += 'a'; });
  loop_.post([&] {
    order += 'b';
    loop_.post([&] {
      order += 'd';
      loop_.stop();
    });
  });
  loop_.post([&] { order += 'c'; });
  loop_.run();
  EXPECT_EQ(order, "abcd");
}

TEST_F(EventLoopTest, ADeferredObjectLivesUntilTheEndOfTheTurn) {
  std::string order;
  auto timer = loop_.createTimer([&] {
    loop_.deferDelete(std::make_unique<Object>([&] { order += "deleted "; }));
    loop_.post([&] { order += "posted "; });
    order += "timer ";
  });
  timer->start(0);
  EXPECT_TRUE(runUntil([&] { return order == "timer posted deleted "; }));
}

TEST_F(EventLoopTest, ADestructorMayDeferAndPost) {
  bool posted = false;
  auto inner = std::make_shared<std::unique_ptr<DeferredDeletable>>(
      std::make_unique<Object>([&] { loop_.post([&] { posted = true, loop_.stop(); }); }));
  loop_.deferDelete(
      std::make_unique<Object>([this, inner] { loop_.deferDelete(std::move(*inner)); }));
  loop_.run();  // would sleep for ever on a forgotten function
  EXPECT_TRUE(posted);
}

TEST_F(EventLoopTest, ObjectsLeftAtTheEndAreDeletedWithTheLoop) {
  int deleted = 0;
  {
    EventLoop loop;
    loop.deferDelete(std::make_unique<Object>([&] { ++deleted; }));
    loop.deferDelete(nullptr);
  }
  EXPECT_EQ(deleted, 1);
}

TEST_F(EventLoopTest, ATimerMayDestroyItselfAndStopOthers) {
  int fired = 0;
  std::unique_ptr<Timer> self, other;
  self = loop_.createTimer([&] {
    ++fired;
    other->stop();
    self.reset();
  });
  other = loop_.createTimer([&] { fired += 100; });
  self->start(0);
  other->start(5);
  const uint64_t start = loop_.nowUs();
  EXPECT_TRUE(runUntil([&] { return loop_.nowUs() - start > 20000; }));
  EXPECT_EQ(fired, 1);
}

TEST_F(EventLoopTest, ARestartedTimerFiresOnce) {
  int fired = 0;
  auto timer = loop_.createTimer([&] { ++fired; });
  timer->start(1);
  timer->start(2);
  const uint64_t start = loop_.nowUs();
  EXPECT_TRUE(runUntil([&] { return loop_.nowUs() - start > 20000; }));
  EXPECT_EQ(fired, 1);
}

TEST_F(EventLoopTest, SignalsArriveInTheLoop) {
  int seen = 0;
  std::unique_ptr<Watcher> watcher;
  watcher = loop_.watchSignal(SIGUSR1, [&] {
    ++seen;
    watcher.reset();
  });
  ::kill(::getpid(), SIGUSR1);
  EXPECT_TRUE(runUntil([&] { return seen == 1; }));
}

TEST_F(EventLoopTest, AWatchedDescriptorTellsDataAndHangUp) {
  FdPair pair = unixPair();
  uint32_t seen = 0;
  std::unique_ptr<FdWatcher> watcher;
  watcher = loop_.watchFd(pair.first.get(), kReadable, [&](uint32_t events) {
    seen |= events;
    watcher->setEvents(0);
  });
  runTurns();
  EXPECT_EQ(seen, 0u);
  ASSERT_TRUE(sendAll(pair.second.get(), "x"));
  EXPECT_TRUE(runUntil([&] { return seen == kReadable; }));
  EXPECT_EQ(readAll(pair.first.get()), "x");
  seen = 0;
  runTurns();
  EXPECT_EQ(seen, 0u);
  watcher->setEvents(kReadable);
  pair.second.reset();
  EXPECT_TRUE(runUntil([&] { return seen == kReadable; }));
}

TEST_F(EventLoopTest, AWatcherMayBeDestroyedInItsCallbackAndMadeAgain) {
  FdPair pair = unixPair();
  ASSERT_TRUE(sendAll(pair.second.get(), "x"));
  int seen = 0;
  std::unique_ptr<FdWatcher> watcher;
  const auto watch = [&](auto&& self) -> void {
    watcher = loop_.watchFd(pair.first.get(), kReadable, [&, self](uint32_t) {
      watcher.reset();
      if (++seen < 3) self(self);
    });
  };
  watch(watch);
  EXPECT_TRUE(runUntil([&] { return seen == 3; }));
}

TEST_F(EventLoopTest, WhatASocketsHandlerAsksOfLibuvHappensBeforeTheLoopSleeps) {
  FdPair watched = unixPair(), socket = unixPair();
  ASSERT_TRUE(sendAll(watched.second.get(), "x"));
  std::unique_ptr<FdWatcher> watcher;
  std::unique_ptr<Timer> timer;
  bool fired = false;
  struct Handler final : PollHandler {
    std::function<void()> then;
    void onIo(uint32_t) override { then(); }
  } handler;
  handler.then = [&] {
    timer = loop_.createTimer([&] {
      fired = true;
      loop_.stop();
    });
    watcher = loop_.watchFd(watched.first.get(), kReadable, [&](uint32_t) {
      watcher->setEvents(0);
      timer->start(1);
    });
  };
  ASSERT_TRUE(loop_.poller().add(socket.first.get(), handler));
  auto end = loop_.createTimer([&] { loop_.stop(); });
  end->start(10000);  // the only other thing that would wake it
  loop_.run();
  EXPECT_TRUE(fired);
}

TEST_F(EventLoopTest, TheTimeStandsStillWhileAnEventIsServed) {
  struct Reader final : PollHandler {
    explicit Reader(EventLoop& l) : loop(l) {}
    void onIo(uint32_t) override {
      times.push_back(loop.nowUs());
      const uint64_t began = loop.clock().monotonicUs();
      while (loop.clock().monotonicUs() < began + 10) {
      }
      times.push_back(loop.nowUs());
      if (times.size() == 2) {
        loop.poller().again(*this, EPOLLIN);
      } else {
        loop.post([this] {
          times.push_back(loop.nowUs());
          loop.stop();
        });
      }
    }
    EventLoop& loop;
    std::vector<uint64_t> times;
  };
  Reader reader(loop_);
  loop_.poller().again(reader, EPOLLIN);
  loop_.run();
  const std::vector<uint64_t>& times = reader.times;
  ASSERT_EQ(times.size(), 5u);
  EXPECT_EQ(times[1], times[0]);
  EXPECT_GE(times[2], times[0] + 10) << "another event, another time";
  EXPECT_EQ(times[3], times[2]);
  EXPECT_GE(times[4], times[2] + 10) << "outside of events it goes on";
}

TEST_F(EventLoopTest, WallTimeIsTheSystemsTime) {
  const int64_t before = loop_.clock().wallUs();
  const int64_t wall = loop_.wallUs();
  const int64_t after = loop_.clock().wallUs();
  EXPECT_GE(wall, before - 100);  // two clocks are read one after the other
  EXPECT_LE(wall, after + 100);
}

TEST_F(EventLoopTest, AnIdleLoopSleeps) {
  struct Owner {
    void onTimer() {}
    MemberTimer<Owner, &Owner::onTimer> timer{*this};
  } owner;
  owner.timer.set(loop_.wheel(), 3600000);
  owner.timer.cancel();
  auto end = loop_.createTimer([&] { loop_.stop(); });
  end->start(500);
  const SystemCalls before = SystemCalls::now();
  loop_.run();
  // One tick to see that nothing is set, one wait until the end, and their returns.
  EXPECT_LE(SystemCalls::now().since(before).waits, 4u);
}

TEST_F(EventLoopTest, AWheelTimerFiresNeverEarlyAndSoonAfter) {
  struct Owner {
    EventLoop& loop;
    uint64_t fired = 0;
    void onTimer() { fired = loop.nowMs(); }
    MemberTimer<Owner, &Owner::onTimer> timer{*this};
  } owner{loop_};
  uint64_t set_at = 0;
  loop_.post([&] {
    set_at = loop_.nowMs();
    owner.timer.set(loop_.wheel(), 120);
  });
  ASSERT_TRUE(runUntil([&] { return owner.fired != 0; }));
  EXPECT_GE(owner.fired, set_at + 120);
  EXPECT_LE(owner.fired, set_at + 1000);  // exactly a tick by the fake clock; machines are slow
}

}  // namespace
}  // namespace convoy::net
