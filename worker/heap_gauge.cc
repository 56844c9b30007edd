#include "worker/heap_gauge.h"

#include <algorithm>
#include <chrono>

#include "common/base/heap.h"

namespace convoy::worker {

using stats::ServerStat;

namespace {

// The loop's time stands still within a turn.
uint64_t clockUs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace

uint64_t nextHeapLookUs(uint64_t now_us, uint64_t took_us) {
  return now_us + std::max(HeapGauge::kEveryUs, took_us * HeapGauge::kPause);
}

void HeapGauge::tick(uint64_t now_us) {
  if (now_us < due_us_) return;
  const uint64_t before_us = clockUs();
  const base::HeapUse use = base::heapUse();
  stats_.set(ServerStat::server_memory_allocated, use.allocated);
  stats_.set(ServerStat::server_memory_heap_size, use.reserved);
  due_us_ = nextHeapLookUs(now_us, clockUs() - before_us);
}

}  // namespace convoy::worker
