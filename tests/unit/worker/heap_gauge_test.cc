#include "worker/heap_gauge.h"

#include <vector>

#include <gtest/gtest.h>

#include "common/base/heap.h"

namespace convoy::worker {
namespace {

using stats::ServerStat;

TEST(HeapGauge, TellsAtOnceAndThenEveryFewSeconds) {
  std::vector<uint64_t> cells(stats::StatTable<ServerStat>::cells());
  stats::StatBlock<ServerStat> stats(cells.data());
  HeapGauge gauge(stats);
  gauge.tick(1000);
  const bool told = stats.get(ServerStat::server_memory_allocated) > 0;
  EXPECT_EQ(told, base::heapUse().allocated != 0);
  EXPECT_LE(stats.get(ServerStat::server_memory_allocated),
            stats.get(ServerStat::server_memory_heap_size));
  EXPECT_GE(gauge.dueUs(), 1000 + HeapGauge::kEveryUs);
  stats.set(ServerStat::server_memory_heap_size, 1);
  gauge.tick(gauge.dueUs() - 1);
  EXPECT_EQ(stats.get(ServerStat::server_memory_heap_size), 1u);
  gauge.tick(gauge.dueUs());
  EXPECT_NE(stats.get(ServerStat::server_memory_heap_size), 1u);
}

TEST(HeapGauge, AHeapThatTakesLongIsLookedAtSeldom) {
  EXPECT_EQ(nextHeapLookUs(7, 100), 7 + HeapGauge::kEveryUs);
  EXPECT_EQ(nextHeapLookUs(7, 10'000), 7 + 10'000 * HeapGauge::kPause);
}

}  // namespace
}  // namespace convoy::worker
