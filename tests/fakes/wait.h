// wait: deadlines and conditions of tests that talk to other processes. Nothing waits for a time:
// it waits for a condition, and gives up at a deadline.
#pragma once

#include <chrono>
#include <functional>

namespace convoy::fakes {

using Millis = std::chrono::milliseconds;

class Deadline {
 public:
  explicit Deadline(Millis limit) : at_(std::chrono::steady_clock::now() + limit) {}
  bool passed() const { return std::chrono::steady_clock::now() >= at_; }
  // At least 0, as poll() wants it.
  int leftMs() const;

 private:
  std::chrono::steady_clock::time_point at_;
};

// Asks every few milliseconds until `condition` holds: true; or until the limit: false.
bool eventually(const std::function<bool()>& condition, Millis limit = Millis(5000));

// Milliseconds of the monotonic clock.
int64_t nowMs();

}  // namespace convoy::fakes
