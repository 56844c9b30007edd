#include "common/net/timer_wheel.h"

#include <algorithm>

#include "common/base/check.h"

namespace convoy::net {

void WheelTimer::set(TimerWheel& wheel, uint64_t delay_ms) {
  if (delay_ms == 0) {
    cancel();
    return;
  }
  if (deadline_tick_ == 0) ++wheel.set_;
  const uint64_t now = wheel.now_ms_();
  const uint64_t at = now + std::min(delay_ms, uint64_t{UINT32_MAX} * TimerWheel::kTickMs - now);
  deadline_tick_ = static_cast<uint32_t>((at + TimerWheel::kTickMs - 1) / TimerWheel::kTickMs);
  wheel.wake();
  // Linked for an earlier tick already: looked at then, and moved on.
  if (prev_link_ != nullptr && linked_tick_ <= deadline_tick_) return;
  unlink();
  wheel.link(*this, deadline_tick_);
}

void WheelTimer::unset() {
  deadline_tick_ = 0;
  --wheel_->set_;
}

void WheelTimer::unlink() {
  if (prev_link_ == nullptr) return;
  *prev_link_ = next_;
  if (next_ != nullptr) next_->prev_link_ = prev_link_;
  prev_link_ = nullptr;
  next_ = nullptr;
}

TimerWheel::TimerWheel(std::function<uint64_t()> now_ms, std::function<void(bool)> on_busy)
    : now_ms_(std::move(now_ms)), on_busy_(std::move(on_busy)), slots_(kSlots, nullptr) {}

TimerWheel::~TimerWheel() {
  for (WheelTimer*& slot : slots_) {
    while (slot != nullptr) {
      slot->deadline_tick_ = 0;
      slot->unlink();
    }
  }
}

void TimerWheel::link(WheelTimer& timer, uint32_t tick) {
  WheelTimer*& head = slots_[tick % kSlots];
  timer.wheel_ = this;
  timer.linked_tick_ = tick;
  timer.next_ = head;
  timer.prev_link_ = &head;
  if (head != nullptr) head->prev_link_ = &timer.next_;
  head = &timer;
}

// Ticks missed while asleep are made up for by the next tick(): cancelled timers still hang there,
// and may have been set again.
void TimerWheel::wake() {
  if (busy_) return;
  busy_ = true;
  on_busy_(true);
}

void TimerWheel::tick() {
  const uint64_t now_tick = now_ms_() / kTickMs;
  // After a long stall each slot needs only one visit.
  uint64_t tick = current_tick_ + 1;
  if (now_tick > current_tick_ + kSlots) tick = now_tick - kSlots + 1;
  for (; tick <= now_tick; ++tick) {
    current_tick_ = tick;
    visit(slots_[tick % kSlots], now_tick);
  }
  if (set_ == 0) {
    busy_ = false;
    on_busy_(false);
  }
}

void TimerWheel::visit(WheelTimer*& slot, uint64_t now_tick) {
  // Detached first: what fires may link into this slot again, for a later turn of the wheel. The
  // list hangs on a member, not on this frame, so a timer destroyed by another one can unlink
  // itself.
  due_ = slot;
  slot = nullptr;
  if (due_ != nullptr) due_->prev_link_ = &due_;
  while (due_ != nullptr) {
    WheelTimer& timer = *due_;
    timer.unlink();
    if (timer.deadline_tick_ == 0) continue;
    if (timer.deadline_tick_ > now_tick) {
      link(timer, timer.deadline_tick_);
      continue;
    }
    timer.cancel();
    timer.fire_(timer);
  }
}

}  // namespace convoy::net
