// table_snapshot: what the cells of one kind of object (clusters, listeners, ...) sum up to at one
// moment, read block by block as they lie in memory and kept stat by stat as a scrape writes them:
// going from block to block for every stat would miss the cache for every series. Only what is not
// zero is kept, since of ten thousand clusters most cells are, and many scrapes may be slow at
// once. Lives as long as the scrape that reads it. Master only.
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

  // The totals of one cell, asked for block after block.
  class Row {
   public:
    // REQUIRES: no block before one that was asked for.
    uint64_t at(size_t block) {
      while (next_ < kept_->blocks.size() && kept_->blocks[next_] < block) ++next_;
      const bool found = next_ < kept_->blocks.size() && kept_->blocks[next_] == block;
      return found ? kept_->totals[next_] : 0;
    }

   private:
    friend class TableSnapshot;
    struct Kept {
      std::vector<uint32_t> blocks;  // ascending
      std::vector<uint64_t> totals;
    };
    explicit Row(const Kept& kept) : kept_(&kept) {}
    const Kept* kept_;
    size_t next_ = 0;
  };
  // REQUIRES: no Codes stat. `cell`: within the stat. Lives no longer than this.
  Row row(size_t stat, size_t cell) const { return Row(rows_[first_row_[stat] + cell]); }
  // What is kept of the cells.
  size_t bytes() const;

 private:
  std::vector<std::shared_ptr<SeriesBlock>> blocks_;
  std::vector<size_t> first_row_;  // by stat
  std::vector<Row::Kept> rows_;
};

}  // namespace convoy::master
