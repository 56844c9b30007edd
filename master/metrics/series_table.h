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

struct SeriesBlock {
  struct Living {
    const stats::Slab* slab;
    uint32_t first_cell;
  };
  std::string raw_prefix;  // "cluster.service."
  Labels tags;
  SparseCells retired;           // of ended workers; what the master itself counts or sets
  std::vector<bool> gauge_used;  // by stat: set by the master, or seen above 0
  SparseCells baseline;          // zeros until the first reset
  std::vector<Living> living;
  bool current = false;       // of the running configuration: shown with zeros
  uint64_t last_current = 0;  // when it last was (Aggregate counts configurations)

  uint64_t sum(size_t cell) const;
  uint64_t max(size_t cell) const;
  uint64_t bits(size_t cell) const;  // or-ed
  // Without the baseline, and never below zero: a reset in the middle of a worker's write.
  uint64_t sinceReset(size_t cell, uint64_t total) const;
};

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
  std::map<std::string, std::unique_ptr<SeriesBlock>>& blocks() { return blocks_; }
  const std::map<std::string, std::unique_ptr<SeriesBlock>>& blocks() const { return blocks_; }

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
  std::map<std::string, std::unique_ptr<SeriesBlock>> blocks_;
};

// "[^a-zA-Z0-9_]" -> "_".
std::string prometheusName(std::string_view raw);

}  // namespace convoy::master
