#include "worker/heap_gauge.h"

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/heap.h"

namespace convoy::worker {

using stats::ServerStat;

uint64_t nextHeapLookUs(uint64_t now_us, uint64_t took_us) {
  return now_us + std::max(HeapGauge::kEveryUs, took_us * HeapGauge::kPause);
}

void HeapGauge::tick(uint64_t now_us) {
  if (now_us < due_us_) return;
  const base::SystemClock clock;
  const uint64_t before_us = clock.monotonicUs();
  const base::HeapUse use = base::heapUse();
  stats_.set(ServerStat::server_memory_allocated, use.allocated);
  stats_.set(ServerStat::server_memory_heap_size, use.reserved);
  due_us_ = nextHeapLookUs(now_us, clock.monotonicUs() - before_us);
}

}  // namespace convoy::worker
