#include "worker/upstream/edf.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace convoy::worker {

void EdfSchedule::update(const std::vector<HostPtr>& hosts) {
  struct Kept {
    double deadline;
    uint64_t order;
  };
  std::unordered_map<const Host*, Kept> kept;
  for (const Entry& entry : heap_) kept[entry.host.get()] = {entry.deadline, entry.order};
  heap_.clear();
  heap_.reserve(hosts.size());
  for (const HostPtr& host : hosts) {
    if (const auto old = kept.find(host.get()); old != kept.end()) {
      heap_.push_back({old->second.deadline, old->second.order, host});
      continue;
    }
    const double phase = static_cast<double>(random_.below(1 << 20) + 1) / (1 << 20);
    heap_.push_back({now_ + phase / weightOf(*host), ++order_, host});
  }
  std::make_heap(heap_.begin(), heap_.end(), isLater);
}

void EdfSchedule::sinkFront() {
  size_t at = 0;
  for (;;) {
    size_t first = at;
    for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < heap_.size(); ++child) {
      if (isLater(heap_[first], heap_[child])) first = child;
    }
    if (first == at) return;
    std::swap(heap_[at], heap_[first]);
    at = first;
  }
}

void EdfSchedule::rebase() {
  for (Entry& entry : heap_) entry.deadline -= now_;
  now_ = 0;
}

}  // namespace convoy::worker
