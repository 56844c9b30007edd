// vhost_counters: where a request is counted besides its cluster: in its virtual cluster, and in
// its route where that has a stat_prefix. Two pointers that a stream carries; null: nowhere.
#pragma once

#include "common/stats/stat_tables.h"

namespace convoy::worker {

struct VhostCounters {
  using Block = stats::StatBlock<stats::VhostStat>;
  Block* virtual_cluster = nullptr;
  Block* route = nullptr;

  template <typename Count>
  void each(Count count) const {
    if (virtual_cluster != nullptr) [[unlikely]]
      count(*virtual_cluster);
    if (route != nullptr) [[unlikely]]
      count(*route);
  }
  void inc(stats::VhostStat stat) const {
    each([stat](Block& block) { block.inc(stat); });
  }
};

}  // namespace convoy::worker
