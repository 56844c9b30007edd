#include "common/net/timer_wheel.h"

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/random.h"

namespace convoy::net {
namespace {

struct FakeWheel {
  uint64_t now = 1000003;  // not on a tick
  std::vector<bool> busy;
  TimerWheel wheel{[this] { return now; }, [this](bool on) { busy.push_back(on); }};

  // As the loop does it: one tick() at every multiple of kTickMs.
  void advance(uint64_t ms) {
    const uint64_t end = now + ms;
    for (;;) {
      const uint64_t next = (now / TimerWheel::kTickMs + 1) * TimerWheel::kTickMs;
      if (next > end) break;
      now = next;
      wheel.tick();
    }
    now = end;
  }
};

struct Alarm {
  explicit Alarm(FakeWheel& f) : fake(f) {}
  void onTimer() {
    fired_at.push_back(fake.now);
    if (then) then();
  }
  FakeWheel& fake;
  std::vector<uint64_t> fired_at;
  std::function<void()> then;
  MemberTimer<Alarm, &Alarm::onTimer> timer{*this};
};

TEST(TimerWheel, FiresNeverEarlyAndAtMostATickLate) {
  for (const uint64_t delay :
       std::initializer_list<uint64_t>{1, 49, 50, 51, 999, 25550, 25600, 25601, 60000, 3600000}) {
    FakeWheel fake;
    Alarm alarm(fake);
    const uint64_t start = fake.now;
    alarm.timer.set(fake.wheel, delay);
    fake.advance(delay + TimerWheel::kTickMs);
    ASSERT_EQ(alarm.fired_at.size(), 1u) << delay;
    EXPECT_GE(alarm.fired_at[0], start + delay);
    EXPECT_LE(alarm.fired_at[0], start + delay + TimerWheel::kTickMs);
    EXPECT_FALSE(alarm.timer.isSet());
  }
}

TEST(TimerWheel, AMovedDeadlineFiresOnceAtTheLatestChoice) {
  FakeWheel fake;
  Alarm later(fake), earlier(fake);
  later.timer.set(fake.wheel, 100);
  earlier.timer.set(fake.wheel, 30000);
  fake.advance(50);
  const uint64_t moved = fake.now;
  later.timer.set(fake.wheel, 40000);
  earlier.timer.set(fake.wheel, 200);
  fake.advance(60000);
  ASSERT_EQ(later.fired_at.size(), 1u);
  ASSERT_EQ(earlier.fired_at.size(), 1u);
  EXPECT_GE(later.fired_at[0], moved + 40000);
  EXPECT_LE(later.fired_at[0], moved + 40000 + TimerWheel::kTickMs);
  EXPECT_LE(earlier.fired_at[0], moved + 200 + TimerWheel::kTickMs);
}

TEST(TimerWheel, ACancelledTimerDoesNotFireAndCanBeSetAgain) {
  FakeWheel fake;
  Alarm alarm(fake);
  alarm.timer.set(fake.wheel, 100);
  alarm.timer.cancel();
  EXPECT_FALSE(alarm.timer.isSet());
  fake.advance(1000);
  EXPECT_TRUE(alarm.fired_at.empty());
  alarm.timer.set(fake.wheel, 100);
  alarm.timer.set(fake.wheel, 0);  // cancels as well
  fake.advance(1000);
  alarm.timer.set(fake.wheel, 100);
  fake.advance(150);
  EXPECT_EQ(alarm.fired_at.size(), 1u);
}

TEST(TimerWheel, TicksOnlyWhileATimerIsSet) {
  FakeWheel fake;
  Alarm alarm(fake);
  alarm.timer.set(fake.wheel, 3600000);
  EXPECT_EQ(fake.busy, (std::vector<bool>{true}));
  alarm.timer.cancel();
  fake.advance(TimerWheel::kTickMs);
  EXPECT_EQ(fake.busy, (std::vector<bool>{true, false}));
}

TEST(TimerWheel, ATimerSetAfterALongSleepKeepsItsDeadline) {
  FakeWheel fake;
  Alarm alarm(fake);
  alarm.timer.set(fake.wheel, 1000);  // stays linked when cancelled
  alarm.timer.cancel();
  fake.advance(TimerWheel::kTickMs);
  fake.now += 7777777;  // asleep: nobody ticks
  const uint64_t start = fake.now;
  alarm.timer.set(fake.wheel, 2000);
  fake.advance(5000);
  ASSERT_EQ(alarm.fired_at.size(), 1u);
  EXPECT_GE(alarm.fired_at[0], start + 2000);
  EXPECT_LE(alarm.fired_at[0], start + 2000 + TimerWheel::kTickMs);
}

TEST(TimerWheel, AStalledLoopFiresWhatIsOverdueAndNothingElse) {
  FakeWheel fake;
  Alarm due(fake), not_due(fake);
  due.timer.set(fake.wheel, 1000);
  not_due.timer.set(fake.wheel, 100001);
  fake.now += 100000;
  fake.wheel.tick();
  EXPECT_EQ(due.fired_at.size(), 1u);
  EXPECT_TRUE(not_due.fired_at.empty());
  fake.advance(2 * TimerWheel::kTickMs);
  EXPECT_EQ(not_due.fired_at.size(), 1u);
}

TEST(TimerWheel, AFiringTimerMaySetItselfAgain) {
  FakeWheel fake;
  Alarm alarm(fake);
  alarm.then = [&] { alarm.timer.set(fake.wheel, 25600); };  // the same slot, a turn later
  alarm.timer.set(fake.wheel, 25600);
  fake.advance(10 * 25700);
  EXPECT_EQ(alarm.fired_at.size(), 10u);
}

TEST(TimerWheel, AFiringTimerMayDestroyItselfAndItsNeighbours) {
  FakeWheel fake;
  std::vector<std::unique_ptr<Alarm>> alarms;
  int fired = 0;
  for (int i = 0; i < 8; ++i) {
    alarms.push_back(std::make_unique<Alarm>(fake));
    alarms.back()->then = [&] {
      ++fired;
      alarms.clear();
    };
    alarms.back()->timer.set(fake.wheel, 100);
  }
  fake.advance(200);
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(fake.busy.back(), false);
}

TEST(TimerWheel, AFiringTimerMayCancelAndMoveItsNeighbours) {
  FakeWheel fake;
  Alarm a(fake), b(fake), c(fake);
  const auto settle = [&] {
    a.timer.cancel();
    b.timer.set(fake.wheel, 500);
    c.timer.cancel();
  };
  a.then = c.then = settle;
  b.then = [&] { b.then = nullptr, settle(); };
  for (Alarm* alarm : {&a, &b, &c}) alarm->timer.set(fake.wheel, 100);
  fake.advance(2000);
  EXPECT_LE(a.fired_at.size() + c.fired_at.size(), 1u);
  EXPECT_GE(b.fired_at.size(), 1u);
  EXPECT_LE(b.fired_at.size(), 2u);
}

TEST(TimerWheel, ATimerMayOutliveItsWheel) {
  std::optional<FakeWheel> fake(std::in_place);
  Alarm alarm(*fake);
  alarm.timer.set(fake->wheel, 100);
  fake.reset();
  EXPECT_FALSE(alarm.timer.isSet());
  alarm.timer.cancel();
}

TEST(TimerWheel, AHundredThousandTimersAllKeepTheirDeadlines) {
  FakeWheel fake;
  base::Random random(7);
  struct Expected {
    std::unique_ptr<Alarm> alarm;
    uint64_t at;
  };
  std::vector<Expected> all;
  for (int i = 0; i < 100000; ++i) {
    auto alarm = std::make_unique<Alarm>(fake);
    alarm->timer.set(fake.wheel, 1 + random.below(60000));
    const uint64_t delay = 1 + random.below(60000);  // moved at once, either way
    alarm->timer.set(fake.wheel, delay);
    if (i % 10 == 0) alarm->timer.cancel();
    all.push_back({std::move(alarm), i % 10 == 0 ? 0 : fake.now + delay});
  }
  fake.advance(61000);
  for (const Expected& e : all) {
    ASSERT_EQ(e.alarm->fired_at.size(), e.at == 0 ? 0u : 1u);
    if (e.at == 0) continue;
    ASSERT_GE(e.alarm->fired_at[0], e.at);
    ASSERT_LE(e.alarm->fired_at[0], e.at + TimerWheel::kTickMs);
  }
}

}  // namespace
}  // namespace convoy::net
