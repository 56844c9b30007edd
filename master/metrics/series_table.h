// series_table: the memory of the Aggregate: for every object that ever had a block of cells (a
// cluster, a listener, ...) one SeriesBlock, keyed by its raw prefix, which outlives the slabs and
// configurations that fed it. A SeriesTable holds the blocks of one kind. Master only.
//
//   value of a cell = retired + the same cell in every living slab   (gauges of unit "bool":
//   maximum) shown           = value - baseline                               (baseline: POST
//   /reset_counters)
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/stats/directory.h"
#include "common/stats/slab.h"
#include "master/metrics/sparse_cells.h"

namespace convoy::master {

using Labels = std::vector<std::pair<std::string, std::string>>;

class SeriesRules;

using BoundsPtr = std::shared_ptr<const stats::BlockBounds>;
// Null: the usual ones.
const stats::HistogramBounds* boundsOf(const BoundsPtr& block, size_t stat);
bool sameBounds(const BoundsPtr& a, const BoundsPtr& b, size_t stat);

struct SeriesBlock {
  struct Living {
    const stats::Slab* slab;
    uint32_t first_cell;
    BoundsPtr bounds;
  };
  std::string raw_prefix;  // "cluster.service."
  Labels tags;
  std::string label_text;    // the tags as Prometheus' text has them, without braces
  BoundsPtr bounds;          // a histogram begins anew when a configuration changes its own
  std::vector<bool> hidden;  // by stat: what the rules leave out; empty: nothing
  const SeriesRules* judged_by = nullptr;
  SparseCells retired;           // of ended workers; what the master itself counts or sets
  std::vector<bool> gauge_used;  // by stat: set by the master, or seen above 0
  SparseCells baseline;          // zeros until the first reset
  std::vector<Living> living;
  bool current = false;       // of the running configuration: shown with zeros
  uint64_t last_current = 0;  // when it last was (Aggregate counts configurations)

  uint64_t sum(size_t cell) const;
  uint64_t max(size_t cell) const;
  uint64_t histogramSum(size_t stat, size_t cell) const;  // of those with our bounds
  uint64_t bits(size_t cell) const;                       // or-ed
  // Without the baseline, and never below zero: a reset in the middle of a worker's write.
  uint64_t sinceReset(size_t cell, uint64_t total) const;
};

// What a stat is to a reader: Classes and Codes are counters with a label.
constexpr stats::StatType shownType(stats::StatType type) {
  const bool itself = type == stats::StatType::Gauge || type == stats::StatType::Histogram;
  return itself ? type : stats::StatType::Counter;
}

class SeriesTable {
 public:
  SeriesTable(const stats::StatDef* defs, size_t count, std::string family_prefix);

  struct Place {
    size_t stat;
    size_t cell;
  };
  const stats::StatDef& def(size_t stat) const { return defs_[stat]; }
  size_t statCount() const { return offsets_.size() - 1; }
  size_t offset(size_t stat) const { return offsets_[stat]; }
  const std::string& familyPrefix() const { return family_prefix_; }
  std::string familyOf(size_t stat) const;
  std::optional<size_t> statOfFamily(std::string_view family) const;
  // "upstream_rq_total", "upstream_rq_2xx" or "upstream_rq_503" -> its cell.
  std::optional<Place> place(std::string_view name) const;

  SeriesBlock& block(const std::string& raw_prefix, const Labels& tags);  // made if absent
  SeriesBlock* find(const std::string& raw_prefix);
  // Shared, since an answer that is read slowly may outlive a block.
  using Blocks = std::map<std::string, std::shared_ptr<SeriesBlock>>;
  Blocks& blocks() { return blocks_; }
  const Blocks& blocks() const { return blocks_; }

  void setBounds(SeriesBlock& block, const BoundsPtr& bounds) const;
  // Whether the rules leave out a stat of the block; for Classes and Codes each series is asked.
  bool isHidden(SeriesBlock& block, size_t stat, const SeriesRules* rules) const;
  // Counts what `living` holds into `retired`; gauges are forgotten with their process.
  void fold(SeriesBlock& block, const SeriesBlock::Living& living) const;
  void reset(SeriesBlock& block) const;
  void forgetGauges(SeriesBlock& block) const;
  void markCode(SeriesBlock& block, const Place& place) const;
  // Any counter of the block ever counted.
  bool counted(const SeriesBlock& block) const;

 private:
  std::optional<size_t> statNamed(std::string_view name) const;
  template <typename Visit>
  void eachCounterCell(Visit visit) const;

  const stats::StatDef* defs_;
  std::vector<size_t> offsets_;
  std::string family_prefix_;
  Blocks blocks_;
};

// "[^a-zA-Z0-9_]" -> "_".
std::string prometheusName(std::string_view raw);

}  // namespace convoy::master
