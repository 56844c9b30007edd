#include "tests/fakes/wait.h"

#include <algorithm>
#include <poll.h>

namespace convoy::fakes {

int Deadline::leftMs() const {
  const auto left = std::chrono::duration_cast<Millis>(at_ - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<int64_t>(0, left.count()));
}

bool eventually(const std::function<bool()>& condition, Millis limit) {
  const Deadline deadline(limit);
  while (!condition()) {
    if (deadline.passed()) return condition();
    poll(nullptr, 0, 5);
  }
  return true;
}

int64_t nowMs() {
  return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace convoy::fakes
