#include "master/metrics/family_text.h"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "master/metrics/series_rules.h"

namespace convoy::master {

using stats::StatType;

namespace {

void appendInteger(auto value, std::string& out) {
  char digits[24];
  const auto result = std::to_chars(digits, digits + sizeof(digits), value);
  out.append(digits, static_cast<size_t>(result.ptr - digits));
}

std::string boundText(double bound) {
  std::string out;
  appendNumber(bound, out);
  return out;
}

// With what follows it in its line.
const std::string& usualBoundText(size_t i) {
  static const auto kTexts = [] {
    std::array<std::string, stats::kHistogramBoundsMs.size()> texts;
    for (size_t k = 0; k < texts.size(); ++k) {
      texts[k] = boundText(stats::kHistogramBoundsMs[k]) + "\"} ";
    }
    return texts;
  }();
  return kTexts[i];
}

}  // namespace

void appendNumber(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else if (value == std::floor(value) && std::fabs(value) < 9e15) {
    appendInteger(static_cast<int64_t>(value), out);
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

FamilyText::FamilyText(const FamilySource& source, std::shared_ptr<const TableSnapshot> snapshot,
                       const SeriesRules* rules, const Aggregate::RawFilter& filter, bool used_only)
    : table_(*source.table),
      stat_(source.stat),
      def_(table_.def(stat_)),
      cell_(table_.offset(stat_)),
      family_(source.family.name),
      line_start_(family_ + "{"),
      snapshot_(std::move(snapshot)),
      rules_(rules),
      filter_(filter),
      used_only_(used_only) {
  if (def_.type == StatType::Codes) return;
  for (size_t i = 0; i < stats::cellsOf(def_.type); ++i) {
    rows_.push_back(snapshot_->row(stat_, i));
  }
}

bool FamilyText::next(std::string& out) {
  const size_t limit = out.size() + kPieceBytes;
  while (at_ < snapshot_->size() && out.size() < limit) {
    SeriesBlock& block = snapshot_->block(at_);
    if (!table_.isHidden(block, stat_, rules_)) write(block, at_, out);
    ++at_;
  }
  return at_ < snapshot_->size();
}

// The raw name, built only for those who ask.
bool FamilyText::wanted(SeriesBlock& block, std::string_view suffix) {
  const bool judged = suffix.empty() || rules_ == nullptr || rules_->keepsAll();
  if (!filter_ && judged) return true;
  raw_ = block.raw_prefix;
  if (suffix.empty()) {
    raw_ += def_.name;
  } else {
    raw_ += suffix;
  }
  return (judged || rules_->keeps(raw_)) && (!filter_ || filter_(raw_));
}

void FamilyText::begin(std::string& out) {
  if (std::exchange(begun_, true)) return;
  const StatType type = shownType(def_.type);
  out.append("# TYPE ").append(family_);
  out += type == StatType::Counter ? " counter\n"
         : type == StatType::Gauge ? " gauge\n"
                                   : " histogram\n";
}

void FamilyText::write(SeriesBlock& block, size_t index, std::string& out) {
  switch (def_.type) {
    case StatType::Counter:
      return counter(block, index, out);
    case StatType::Gauge:
      return gauge(block, index, out);
    case StatType::Histogram:
      return histogram(block, index, out);
    case StatType::Classes:
    case StatType::ClassesOnUse:
      return classes(block, index, out);
    case StatType::Codes:
      return codes(block, out);
    default:
      return values(block, index, out);
  }
}

void FamilyText::counter(const SeriesBlock& block, size_t index, std::string& out) {
  const uint64_t total = rows_[0].at(index);
  if (total == 0 && (used_only_ || !block.current)) return;
  if (!wanted(snapshot_->block(index), {})) return;
  begin(out);
  out.append(line_start_).append(block.label_text).append("} ");
  appendInteger(block.sinceReset(cell_, total), out);
  out += '\n';
}

void FamilyText::gauge(SeriesBlock& block, size_t index, std::string& out) {
  const uint64_t value = rows_[0].at(index);
  if (value == 0 && !block.current) return;
  if (value != 0) block.gauge_used[stat_] = true;
  if ((used_only_ || def_.unit == "tracked") && !block.gauge_used[stat_]) return;
  if (!wanted(block, {})) return;
  begin(out);
  out.append(line_start_).append(block.label_text).append("} ");
  appendInteger(static_cast<int64_t>(value), out);
  out += '\n';
}

void FamilyText::histogram(SeriesBlock& block, size_t index, std::string& out) {
  constexpr size_t kBuckets = stats::kHistogramCells - 1;
  std::array<uint64_t, kBuckets> totals;
  bool used = false;
  for (size_t i = 0; i < kBuckets; ++i) {
    totals[i] = rows_[i].at(index);
    used = used || totals[i] != 0;
  }
  if (!used && (used_only_ || !block.current)) return;
  if (!wanted(block, {})) return;
  begin(out);
  const stats::HistogramBounds* own = boundsOf(block.bounds, stat_);
  const size_t bounds = own == nullptr ? kBuckets - 1 : own->ms.size();
  // Two lines of five are buckets: what they have in common is put together once.
  bucket_start_.assign(family_).append("_bucket{").append(block.label_text);
  bucket_start_.append(block.label_text.empty() ? "le=\"" : ",le=\"");
  uint64_t below = 0;
  for (size_t i = 0; i <= bounds; ++i) {
    below += block.sinceReset(cell_ + i, totals[i]);
    out += bucket_start_;
    if (i == bounds) {
      out += "+Inf\"} ";
    } else if (own == nullptr) {
      out += usualBoundText(i);
    } else {
      out.append(boundText(own->ms[i])).append("\"} ");
    }
    appendInteger(below, out);
    out += '\n';
  }
  const uint64_t sum_us = block.sinceReset(cell_ + kBuckets, rows_[kBuckets].at(index));
  out.append(family_).append("_sum{").append(block.label_text).append("} ");
  appendNumber(static_cast<double>(sum_us) / 1000, out);
  out.append("\n").append(family_).append("_count{").append(block.label_text).append("} ");
  appendInteger(below, out);
  out += '\n';
}

void FamilyText::codeLine(const SeriesBlock& block, std::string_view label, uint64_t value,
                          std::string& out) {
  begin(out);
  out.append(line_start_).append(label);
  if (!block.label_text.empty()) out.append(",").append(block.label_text);
  out += "} ";
  appendInteger(value, out);
  out += '\n';
}

void FamilyText::classes(SeriesBlock& block, size_t index, std::string& out) {
  suffix_.assign(def_.name);  // ..._rq_xx
  suffix_.insert(suffix_.size() - 2, 1, '1');
  label_.assign("envoy_response_code_class=\"1\"");
  for (size_t i = 0; i < 5; ++i) {
    const char digit = static_cast<char>('1' + i);
    suffix_[suffix_.size() - 3] = label_[label_.size() - 2] = digit;
    const uint64_t total = rows_[i].at(index);
    const bool on_use = def_.type == StatType::ClassesOnUse || used_only_ || !block.current;
    if ((total == 0 && on_use) || !wanted(block, suffix_)) continue;
    codeLine(block, label_, block.sinceReset(cell_ + i, total), out);
  }
}

void FamilyText::codes(SeriesBlock& block, std::string& out) {
  for (size_t word = 0; word < stats::kCodeBitCells; ++word) {
    for (uint64_t bits = block.bits(cell_ + word); bits != 0; bits &= bits - 1) {
      const size_t code = word * 64 + static_cast<size_t>(__builtin_ctzll(bits));
      if (code >= 500) break;
      const size_t cell = cell_ + stats::kCodeBitCells + code;
      const uint64_t total = block.sum(cell);
      const std::string text = std::to_string(100 + code);
      if (total == 0 || !wanted(block, std::string(def_.name) + "_" + text)) continue;
      codeLine(block, "envoy_response_code=\"" + text + "\"", block.sinceReset(cell, total), out);
    }
  }
}

void FamilyText::values(SeriesBlock& block, size_t index, std::string& out) {
  const auto values = stats::valuesOf(def_.type);
  for (size_t i = 0; i < values.size(); ++i) {
    const uint64_t total = rows_[i].at(index);
    if (total == 0 || !wanted(block, std::string(def_.name) + "." + std::string(values[i]))) {
      continue;
    }
    const std::string label = std::string(def_.unit) + "=\"" + std::string(values[i]) + "\"";
    codeLine(block, label, block.sinceReset(cell_ + i, total), out);
  }
}

}  // namespace convoy::master
