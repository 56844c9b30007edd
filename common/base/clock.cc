#include "common/base/clock.h"

#include <ctime>

namespace convoy::base {

uint64_t SystemClock::monotonicUs() const {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1000000 + static_cast<uint64_t>(t.tv_nsec) / 1000;
}

int64_t SystemClock::wallUs() const {
  timespec t{};
  ::clock_gettime(CLOCK_REALTIME, &t);
  return static_cast<int64_t>(t.tv_sec) * 1000000 + static_cast<int64_t>(t.tv_nsec) / 1000;
}

}  // namespace convoy::base
