// histogram_bounds: the bucket bounds of histograms where the operator has others than Envoy's
// (stats_config.histogram_bucket_settings). A histogram has as many cells whatever its bounds:
// unused ones stay empty. Immutable; part of a Directory; both processes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/config/model/stats.h"
#include "common/stats/counters.h"

namespace convoy::stats {

struct HistogramBounds {
  std::vector<double> ms;
  BoundsUs us;  // the unused ones above all values
};

// Of one block: by stat, null where the bounds are the usual ones.
struct BlockBounds {
  std::vector<std::shared_ptr<const HistogramBounds>> own;
  std::vector<const BoundsUs*> by_stat;  // what a StatBlock looks at
};

class BoundsTable {
 public:
  explicit BoundsTable(const config::StatsConfig& config);
  bool empty() const { return settings_.empty(); }
  // Null: all are the usual ones. The first setting that matches the whole name counts.
  std::shared_ptr<const BlockBounds> of(const std::string& raw_prefix, const StatDef* defs,
                                        size_t count) const;

 private:
  struct Setting {
    const base::StringMatcher* match;
    std::shared_ptr<const HistogramBounds> bounds;
  };
  std::vector<Setting> settings_;
};

}  // namespace convoy::stats
