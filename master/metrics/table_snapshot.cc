#include "master/metrics/table_snapshot.h"

namespace convoy::master {

using stats::StatType;

TableSnapshot::TableSnapshot(const SeriesTable& table) {
  blocks_.reserve(table.blocks().size());
  for (const auto& [prefix, block] : table.blocks()) blocks_.push_back(block);
  size_t rows = 0;
  for (size_t stat = 0; stat < table.statCount(); ++stat) {
    first_row_.push_back(rows);
    if (table.def(stat).type != StatType::Codes) rows += stats::cellsOf(table.def(stat).type);
  }
  rows_.resize(rows);
  for (size_t b = 0; b < blocks_.size(); ++b) {
    const SeriesBlock& block = *blocks_[b];
    for (size_t stat = 0; stat < table.statCount(); ++stat) {
      const stats::StatDef& def = table.def(stat);
      if (def.type == StatType::Codes) continue;
      const bool one = def.type == StatType::Gauge && def.unit == "bool";
      const bool histogram = def.type == StatType::Histogram;
      const size_t first = table.offset(stat);
      for (size_t cell = 0; cell < stats::cellsOf(def.type); ++cell) {
        const uint64_t total = one         ? block.max(first + cell)
                               : histogram ? block.histogramSum(stat, first + cell)
                                           : block.sum(first + cell);
        if (total == 0) continue;
        Row::Kept& kept = rows_[first_row_[stat] + cell];
        kept.blocks.push_back(static_cast<uint32_t>(b));
        kept.totals.push_back(total);
      }
    }
  }
}

size_t TableSnapshot::bytes() const {
  size_t out = rows_.capacity() * sizeof(rows_[0]);
  for (const Row::Kept& kept : rows_) {
    out += kept.blocks.capacity() * sizeof(uint32_t) + kept.totals.capacity() * sizeof(uint64_t);
  }
  return out;
}

}  // namespace convoy::master
