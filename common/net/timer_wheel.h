// TimerWheel: coarse data-path deadlines (50 ms ticks, never early, at most one tick late).
// Setting, moving and cancelling cost a few stores and no system call; moving a deadline later does
// not even touch the lists (it is looked at again when its old slot comes up). The tick runs only
// while timers are set (and once after), so an idle worker sleeps. One per EventLoop.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace convoy::net {

class TimerWheel;

// Intrusive: embed a MemberTimer in the object it belongs to. Destroying it cancels.
class WheelTimer {
 public:
  WheelTimer(const WheelTimer&) = delete;
  WheelTimer& operator=(const WheelTimer&) = delete;
  // Fires once, `delay_ms` or up to one tick more from now; 0 cancels. Replaces an earlier
  // deadline.
  void set(TimerWheel& wheel, uint64_t delay_ms);
  // Stays linked: most timers are set again before their slot comes up.
  void cancel() {
    if (deadline_tick_ != 0) unset();
  }
  bool isSet() const { return deadline_tick_ != 0; }

 protected:
  using Fire = void (*)(WheelTimer&);
  explicit WheelTimer(Fire fire) : fire_(fire) {}
  ~WheelTimer() {
    cancel();
    unlink();
  }

 private:
  friend class TimerWheel;
  void unset();
  void unlink();
  TimerWheel* wheel_ = nullptr;  // of the latest set()
  WheelTimer* next_ = nullptr;
  WheelTimer** prev_link_ = nullptr;
  Fire fire_;
  // Of 50 ms: enough for seven years of uptime; what is later never comes.
  uint32_t deadline_tick_ = 0;  // 0 = not set
  uint32_t linked_tick_ = 0;    // the slot it hangs in; never after the deadline
};

// MemberTimer<Stream, &Stream::onIdle> idle_timer_{*this};
template <typename Owner, void (Owner::*Method)()>
class MemberTimer final : public WheelTimer {
 public:
  explicit MemberTimer(Owner& owner)
      : WheelTimer([](WheelTimer& t) { (static_cast<MemberTimer&>(t).owner_.*Method)(); }),
        owner_(owner) {}

 private:
  Owner& owner_;
};

class TimerWheel {
 public:
  static constexpr uint64_t kTickMs = 50;
  // `on_busy(true)` when the first timer is set, `on_busy(false)` from tick() when none is left:
  // the event loop starts and stops its tick. `now_ms` reads the loop's cached clock.
  TimerWheel(std::function<uint64_t()> now_ms, std::function<void(bool)> on_busy);
  ~TimerWheel();
  void tick();  // fires all that is due at now_ms()

 private:
  friend class WheelTimer;
  static constexpr size_t kSlots = 512;  // 25.6 s a turn
  void link(WheelTimer& timer, uint32_t tick);
  void wake();
  void visit(WheelTimer*& slot, uint64_t now_tick);
  std::function<uint64_t()> now_ms_;
  std::function<void(bool)> on_busy_;
  std::vector<WheelTimer*> slots_;
  uint64_t current_tick_ = 0;
  WheelTimer* due_ = nullptr;  // the slot being visited
  size_t set_ = 0;             // timers with a deadline; cancelled ones may still be linked
  bool busy_ = false;
};

}  // namespace convoy::net
