// table_snapshot: what the cells of one kind of object (clusters, listeners, ...) sum up to at one
// moment, read block by block as they lie in memory and kept stat by stat as a scrape writes them:
// going from block to block for every stat would miss the cache for every series. Eight bytes for
// each cell, response codes aside. Lives as long as the scrape that reads it. Master only.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "master/metrics/series_table.h"

namespace convoy::master {

class TableSnapshot {
 public:
  explicit TableSnapshot(const SeriesTable& table);
  size_t size() const { return blocks_.size(); }
  SeriesBlock& block(size_t i) const { return *blocks_[i]; }
  // REQUIRES: no Codes stat. `cell`: within the stat.
  uint64_t total(size_t stat, size_t cell, size_t block) const {
    return totals_[(rows_[stat] + cell) * blocks_.size() + block];
  }

 private:
  std::vector<std::shared_ptr<SeriesBlock>> blocks_;
  std::vector<size_t> rows_;  // by stat
  std::vector<uint64_t> totals_;
};

}  // namespace convoy::master
