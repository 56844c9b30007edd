#include "master/metrics/series_writer.h"

#include <utility>

#include "master/metrics/series_rules.h"

namespace convoy::master {

using stats::StatType;

SeriesWriter::SeriesWriter(const SeriesTable& table, size_t stat,
                           const Aggregate::RawFilter& filter, const SeriesRules* rules,
                           std::vector<Series>* out)
    : table_(table),
      def_(table.def(stat)),
      stat_(stat),
      filter_(filter),
      rules_(rules),
      out_(out),
      family_(table.familyOf(stat)) {}

std::string SeriesWriter::rawName(const SeriesBlock& block) const {
  return block.raw_prefix + std::string(def_.name);
}

void SeriesWriter::write(SeriesBlock& block) {
  const size_t cell = table_.offset(stat_);
  if (table_.isHidden(block, stat_, rules_)) return;
  switch (def_.type) {
    case StatType::Counter:
      return counter(block, rawName(block), {}, cell, def_.unit == "tracked");
    case StatType::Gauge:
      return gauge(block, cell);
    case StatType::Histogram:
      return histogram(block, cell);
    case StatType::Classes:
    case StatType::ClassesOnUse:
      return classes(block, cell);
    case StatType::Codes:
      return codes(block, cell);
    default:
      return values(block, cell);
  }
}

Series* SeriesWriter::add(const SeriesBlock& block, std::string raw, Label label) {
  if (filter_ && !filter_(raw)) return nullptr;
  if (!label.name.empty() && rules_ != nullptr && !rules_->keeps(raw)) return nullptr;
  Series& s = out_->emplace_back();
  s.raw_name = std::move(raw);
  s.family = family_;
  s.type = shownType(def_.type);
  s.prefix = block.raw_prefix.size();
  s.block_labels = block.tags.size();
  if (!label.name.empty()) s.labels.emplace_back(label.name, std::move(label.value));
  s.labels.insert(s.labels.end(), block.tags.begin(), block.tags.end());
  return &s;
}

void SeriesWriter::counter(const SeriesBlock& block, std::string raw, Label label, size_t cell,
                           bool on_use) {
  const uint64_t total = block.sum(cell);
  if (total == 0 && (on_use || !block.current)) return;
  Series* s = add(block, std::move(raw), std::move(label));
  if (s == nullptr) return;
  s->value = block.sinceReset(cell, total);
  s->used = total != 0;
}

void SeriesWriter::gauge(SeriesBlock& block, size_t cell) {
  const uint64_t value = def_.unit == "bool" ? block.max(cell) : block.sum(cell);
  if (value == 0 && !block.current) return;
  if (def_.unit == "tracked" && !block.gauge_used[stat_]) return;
  if (value != 0) block.gauge_used[stat_] = true;
  Series* s = add(block, rawName(block), {});
  if (s == nullptr) return;
  s->value = value;
  s->used = block.gauge_used[stat_];
}

// Each bucket is read once and the count is their sum, so "+Inf" and _count always agree.
void SeriesWriter::histogram(const SeriesBlock& block, size_t cell) {
  std::vector<uint64_t> buckets(stats::kHistogramCells - 1);
  bool used = false;
  for (size_t i = 0; i < buckets.size(); ++i) {
    const uint64_t total = block.histogramSum(stat_, cell + i);
    used = used || total != 0;
    buckets[i] = block.sinceReset(cell + i, total);
  }
  if (!used && (!block.current || def_.unit == "tracked")) return;
  Series* s = add(block, rawName(block), {});
  if (s == nullptr) return;
  const size_t sum_cell = cell + buckets.size();
  s->sum_us = block.sinceReset(sum_cell, block.histogramSum(stat_, sum_cell));
  if (boundsOf(block.bounds, stat_) != nullptr) {
    s->bounds = block.bounds->own[stat_];
    buckets.resize(s->bounds->ms.size() + 1);  // the cells beyond are never written
  }
  s->buckets = std::move(buckets);
  s->used = used;
}

void SeriesWriter::classes(const SeriesBlock& block, size_t cell) {
  std::string raw = rawName(block);  // ..._rq_xx
  raw.insert(raw.size() - 2, 1, '1');
  for (size_t i = 0; i < 5; ++i) {
    const char digit = static_cast<char>('1' + i);
    raw[raw.size() - 3] = digit;
    counter(block, raw, {"envoy_response_code_class", std::string(1, digit)}, cell + i,
            def_.type == StatType::ClassesOnUse);
  }
}

void SeriesWriter::values(const SeriesBlock& block, size_t cell) {
  const auto values = stats::valuesOf(def_.type);
  for (size_t i = 0; i < values.size(); ++i) {
    counter(block, rawName(block) + "." + std::string(values[i]),
            {def_.unit, std::string(values[i])}, cell + i, true);
  }
}

void SeriesWriter::codes(const SeriesBlock& block, size_t cell) {
  for (size_t word = 0; word < stats::kCodeBitCells; ++word) {
    for (uint64_t bits = block.bits(cell + word); bits != 0; bits &= bits - 1) {
      const size_t index = word * 64 + static_cast<size_t>(__builtin_ctzll(bits));
      if (index >= 500) break;
      const std::string code = std::to_string(100 + index);
      counter(block, rawName(block) + "_" + code, {"envoy_response_code", code},
              cell + stats::kCodeBitCells + index, true);
    }
  }
}

}  // namespace convoy::master
