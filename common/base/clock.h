// Clock: monotonic and wall time behind an interface, so that tests can turn it. Any process.
// The event loop caches monotonic time per turn (EventLoop::nowMs); use that on the hot path.
#pragma once

#include <cstdint>

namespace convoy::base {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual uint64_t monotonicUs() const = 0;  // CLOCK_MONOTONIC, microseconds
  virtual int64_t wallUs() const = 0;        // CLOCK_REALTIME, microseconds since the epoch
};

class SystemClock final : public Clock {
 public:
  uint64_t monotonicUs() const override;
  int64_t wallUs() const override;
};

}  // namespace convoy::base
