#include "master/metrics/series_table.h"

#include <algorithm>

#include "common/base/text.h"
#include "master/metrics/label_text.h"
#include "master/metrics/series_rules.h"

namespace convoy::master {

using stats::StatDef;
using stats::StatType;

namespace {

// The writer is another process: a plain load might be torn or repeated.
uint64_t load(const uint64_t& cell) {
  return __atomic_load_n(&cell, __ATOMIC_RELAXED);
}

uint64_t loadFrom(const SeriesBlock::Living& living, size_t cell) {
  const size_t at = living.first_cell + cell;
  return at < living.slab->cellCount() ? load(living.slab->cells()[at]) : 0;
}

bool isDigits(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string prometheusName(std::string_view raw) {
  std::string name(raw);
  for (char& c : name) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!word) c = '_';
  }
  return name;
}

uint64_t SeriesBlock::sum(size_t cell) const {
  uint64_t total = retired[cell];
  for (const Living& l : living) total += loadFrom(l, cell);
  return total;
}

const stats::HistogramBounds* boundsOf(const BoundsPtr& block, size_t stat) {
  return block == nullptr || stat >= block->own.size() ? nullptr : block->own[stat].get();
}

bool sameBounds(const BoundsPtr& a, const BoundsPtr& b, size_t stat) {
  const stats::HistogramBounds* one = boundsOf(a, stat);
  const stats::HistogramBounds* other = boundsOf(b, stat);
  if (one == nullptr || other == nullptr) return one == other;
  return one->us == other->us;
}

uint64_t SeriesBlock::histogramSum(size_t stat, size_t cell) const {
  uint64_t total = retired[cell];
  for (const Living& l : living) {
    if (sameBounds(l.bounds, bounds, stat)) total += loadFrom(l, cell);
  }
  return total;
}

uint64_t SeriesBlock::max(size_t cell) const {
  uint64_t most = retired[cell];
  for (const Living& l : living) most = std::max(most, loadFrom(l, cell));
  return most;
}

uint64_t SeriesBlock::bits(size_t cell) const {
  uint64_t all = retired[cell];
  for (const Living& l : living) all |= loadFrom(l, cell);
  return all;
}

uint64_t SeriesBlock::sinceReset(size_t cell, uint64_t total) const {
  const uint64_t before = baseline[cell];
  return total > before ? total - before : 0;
}

SeriesTable::SeriesTable(const StatDef* defs, size_t count, std::string family_prefix)
    : defs_(defs), family_prefix_(std::move(family_prefix)) {
  offsets_.push_back(0);
  for (size_t i = 0; i < count; ++i) {
    offsets_.push_back(offsets_.back() + stats::cellsOf(defs[i].type));
  }
}

std::string SeriesTable::familyOf(size_t stat) const {
  return family_prefix_ + prometheusName(defs_[stat].name);
}

std::optional<size_t> SeriesTable::statOfFamily(std::string_view family) const {
  if (!family.starts_with(family_prefix_)) return std::nullopt;
  const std::string_view name = family.substr(family_prefix_.size());
  for (size_t i = 0; i < statCount(); ++i) {
    if (defs_[i].name.size() == name.size() && prometheusName(defs_[i].name) == name) return i;
  }
  return std::nullopt;
}

std::optional<size_t> SeriesTable::statNamed(std::string_view name) const {
  for (size_t i = 0; i < statCount(); ++i) {
    if (defs_[i].name == name) return i;
  }
  return std::nullopt;
}

std::optional<SeriesTable::Place> SeriesTable::place(std::string_view name) const {
  if (auto stat = statNamed(name)) return Place{*stat, offsets_[*stat]};
  const size_t cut = name.rfind('_');
  if (cut == std::string_view::npos || name.size() != cut + 4) return std::nullopt;
  const std::string_view tail = name.substr(cut + 1);
  const size_t first = static_cast<size_t>(tail[0] - '1');
  if (first > 4) return std::nullopt;
  if (tail.substr(1) == "xx") {
    auto stat = statNamed(std::string(name.substr(0, cut)) + "_xx");
    if (stat) return Place{*stat, offsets_[*stat] + first};
  } else if (isDigits(tail)) {
    auto stat = statNamed(name.substr(0, cut));
    const size_t code = static_cast<size_t>(*base::parseUint(tail)) - 100;
    if (stat && defs_[*stat].type == StatType::Codes) {
      return Place{*stat, offsets_[*stat] + stats::kCodeBitCells + code};
    }
  }
  return std::nullopt;
}

SeriesBlock& SeriesTable::block(const std::string& raw_prefix, const Labels& tags) {
  std::shared_ptr<SeriesBlock>& slot = blocks_[raw_prefix];
  if (!slot) {
    slot = std::make_shared<SeriesBlock>();
    slot->raw_prefix = raw_prefix;
    slot->tags = tags;
    for (const auto& [name, value] : tags) appendLabel(name, value, slot->label_text);
    slot->gauge_used.resize(statCount());
  }
  return *slot;
}

SeriesBlock* SeriesTable::find(const std::string& raw_prefix) {
  auto it = blocks_.find(raw_prefix);
  return it == blocks_.end() ? nullptr : it->second.get();
}

// visit(stat, cell, is_bits): every cell that only grows.
template <typename Visit>
void SeriesTable::eachCounterCell(Visit visit) const {
  for (size_t i = 0; i < statCount(); ++i) {
    if (defs_[i].type == StatType::Gauge) continue;
    const size_t bits = defs_[i].type == StatType::Codes ? stats::kCodeBitCells : 0;
    for (size_t cell = offsets_[i]; cell < offsets_[i + 1]; ++cell) {
      visit(i, cell, cell < offsets_[i] + bits);
    }
  }
}

void SeriesTable::setBounds(SeriesBlock& block, const BoundsPtr& bounds) const {
  for (size_t i = 0; i < statCount(); ++i) {
    if (defs_[i].type != StatType::Histogram || sameBounds(block.bounds, bounds, i)) continue;
    for (size_t cell = offsets_[i]; cell < offsets_[i + 1]; ++cell) {
      block.retired.set(cell, 0);
      block.baseline.set(cell, 0);
    }
  }
  block.bounds = bounds;
}

bool SeriesTable::isHidden(SeriesBlock& block, size_t stat, const SeriesRules* rules) const {
  if (rules == nullptr || rules->keepsAll()) return false;
  if (block.judged_by != rules) {
    block.judged_by = rules;
    block.hidden.assign(statCount(), false);
    for (size_t i = 0; i < statCount(); ++i) {
      const bool many =
          defs_[i].type != StatType::Counter && shownType(defs_[i].type) == StatType::Counter;
      block.hidden[i] = !many && !rules->keeps(block.raw_prefix + std::string(defs_[i].name));
    }
  }
  return block.hidden[stat];
}

void SeriesTable::fold(SeriesBlock& block, const SeriesBlock::Living& living) const {
  eachCounterCell([&](size_t stat, size_t cell, bool is_bits) {
    const bool histogram = defs_[stat].type == StatType::Histogram;
    if (histogram && !sameBounds(living.bounds, block.bounds, stat)) return;
    const uint64_t value = loadFrom(living, cell);
    if (is_bits) {
      block.retired.include(cell, value);
    } else {
      block.retired.add(cell, value);
    }
  });
}

void SeriesTable::reset(SeriesBlock& block) const {
  block.baseline.clear();
  eachCounterCell([&](size_t stat, size_t cell, bool is_bits) {
    if (is_bits) return;
    const bool histogram = defs_[stat].type == StatType::Histogram;
    block.baseline.set(cell, histogram ? block.histogramSum(stat, cell) : block.sum(cell));
  });
}

void SeriesTable::forgetGauges(SeriesBlock& block) const {
  for (size_t i = 0; i < statCount(); ++i) {
    if (defs_[i].type == StatType::Gauge) block.retired.set(offsets_[i], 0);
  }
}

void SeriesTable::markCode(SeriesBlock& block, const Place& place) const {
  const size_t first = offsets_[place.stat];
  const size_t index = place.cell - first - stats::kCodeBitCells;
  block.retired.include(first + index / 64, 1ull << (index % 64));
}

bool SeriesTable::counted(const SeriesBlock& block) const {
  bool any = false;
  eachCounterCell([&](size_t, size_t cell, bool) { any = any || block.sum(cell) != 0; });
  return any;
}

}  // namespace convoy::master
