// heap_gauge: tells the master how much memory this worker has allocated and holds, by its cells of
// server.memory_allocated and server.memory_heap_size; the master adds its own. Owned by Worker;
// its loop, from the tick.
#pragma once

#include <cstdint>

#include "common/stats/stat_tables.h"

namespace convoy::worker {

class HeapGauge {
 public:
  static constexpr uint64_t kEveryUs = 5'000'000;
  // Asking takes at most one part in that many of the worker's time, however torn its heap is.
  static constexpr uint64_t kPause = 10'000;

  explicit HeapGauge(stats::StatBlock<stats::ServerStat> stats) : stats_(stats) {}
  void tick(uint64_t now_us);
  uint64_t dueUs() const { return due_us_; }

 private:
  stats::StatBlock<stats::ServerStat> stats_;
  uint64_t due_us_ = 0;
};

// When to ask again what took `took_us`.
uint64_t nextHeapLookUs(uint64_t now_us, uint64_t took_us);

}  // namespace convoy::worker
