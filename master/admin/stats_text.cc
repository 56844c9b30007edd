#include "master/admin/stats_text.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "master/admin/json_text.h"
#include "master/metrics/quantile.h"
#include "master/metrics/series_rules.h"

namespace convoy::master {

using stats::StatType;
using Buckets = StatsOptions::Buckets;

namespace {

struct Selection {
  std::vector<std::pair<std::string, std::string>> texts;
  std::vector<Series> numbers;
  std::vector<Series> histograms;
};

bool wants(const StatsOptions& options, StatType type) {
  if (options.type == StatsOptions::Type::All) return true;
  if (type == StatType::Counter) return options.type == StatsOptions::Type::Counters;
  if (type == StatType::Gauge) return options.type == StatsOptions::Type::Gauges;
  return options.type == StatsOptions::Type::Histograms;
}

Selection select(const Aggregate& aggregate, const StatsOptions& options) {
  Selection out;
  if (options.nothing) return out;
  Aggregate::RawFilter filter;
  if (options.filter) {
    filter = [&](const std::string& raw) {
      return options.filter->partialMatch(raw) != options.invert_filter;
    };
  }
  for (const Family& family : aggregate.families()) {
    if (!wants(options, family.type)) continue;
    auto& list = family.type == StatType::Histogram ? out.histograms : out.numbers;
    for (Series& s : aggregate.collectFamily(family, filter)) {
      if (!options.used_only || s.used) list.push_back(std::move(s));
    }
  }
  auto by_name = [](const Series& a, const Series& b) { return a.raw_name < b.raw_name; };
  std::sort(out.numbers.begin(), out.numbers.end(), by_name);
  std::sort(out.histograms.begin(), out.histograms.end(), by_name);
  const bool texts =
      options.type == StatsOptions::Type::All || options.type == StatsOptions::Type::TextReadouts;
  for (const auto& [name, text] : aggregate.texts()) {
    const bool kept = aggregate.rules() == nullptr || aggregate.rules()->keeps(name);
    if (texts && kept && (!filter || filter(name))) out.texts.emplace_back(name, text);
  }
  return out;
}

std::string number(double value) {
  return std::isnan(value) ? "nan" : fmt::format("{}", value);
}

std::string boundText(const Series& s, size_t bucket) {
  const auto bounds = boundsMs(s);
  return bucket < bounds.size() ? fmt::format("{}", bounds[bucket]) : "inf";
}

bool hasValues(const Series& s) {
  return std::any_of(s.buckets.begin(), s.buckets.end(), [](uint64_t n) { return n != 0; });
}

// "P50(interval,cumulative)": there are no flush intervals here, so the first is always nan.
std::string summaryText(const Series& s) {
  std::string out;
  for (double q : kQuantiles) {
    fmt::format_to(std::back_inserter(out), "{}P{}(nan,{})", out.empty() ? "" : " ", q * 100,
                   number(quantileMs(s.buckets, boundsMs(s), q)));
  }
  return out;
}

std::string bucketsText(const Series& s, bool cumulative) {
  std::string out;
  uint64_t below = 0;
  for (size_t i = 0; i < s.buckets.size(); ++i) {
    below += s.buckets[i];
    fmt::format_to(std::back_inserter(out), "{}B{}(0,{})", out.empty() ? "" : " ", boundText(s, i),
                   cumulative ? below : s.buckets[i]);
  }
  return out;
}

// "lower,width:count" of every bucket that holds something.
std::string detailText(const Series& s) {
  const auto bounds = boundsMs(s);
  std::string out;
  for (size_t i = 0; i < s.buckets.size(); ++i) {
    if (s.buckets[i] == 0) continue;
    const double low = i == 0 ? 0 : bounds[i - 1];
    const std::string width = i < bounds.size() ? fmt::format("{}", bounds[i] - low) : "inf";
    fmt::format_to(std::back_inserter(out), "{}{},{}:{}", out.empty() ? "" : ", ", low, width,
                   s.buckets[i]);
  }
  return out;
}

void appendHistogram(const Series& s, Buckets mode, std::string& out) {
  auto to = std::back_inserter(out);
  if (mode == Buckets::Detailed) {
    fmt::format_to(to, "{}:\n  totals={}\n  intervals=\n  summary={}\n", s.raw_name, detailText(s),
                   hasValues(s) ? summaryText(s) : "No recorded values");
  } else if (!hasValues(s)) {
    fmt::format_to(to, "{}: No recorded values\n", s.raw_name);
  } else if (mode == Buckets::Summary) {
    fmt::format_to(to, "{}: {}\n", s.raw_name, summaryText(s));
  } else {
    fmt::format_to(to, "{}: {}\n", s.raw_name, bucketsText(s, mode == Buckets::Cumulative));
  }
}

Json::Value quantileList() {
  Json::Value out(Json::arrayValue);
  for (double q : kQuantiles) out.append(q * 100);
  return out;
}

Json::Value valueOrNull(double value) {
  return std::isnan(value) ? Json::Value() : value;
}

Json::Value summariesJson(const std::vector<Series>& histograms) {
  Json::Value out(Json::objectValue);
  out["supported_quantiles"] = quantileList();
  out["computed_quantiles"] = Json::Value(Json::arrayValue);
  for (const Series& s : histograms) {
    Json::Value row(Json::objectValue);
    row["name"] = s.raw_name;
    for (double q : kQuantiles) {
      Json::Value value(Json::objectValue);
      value["interval"] = Json::Value();
      value["cumulative"] = valueOrNull(quantileMs(s.buckets, boundsMs(s), q));
      row["values"].append(value);
    }
    out["computed_quantiles"].append(row);
  }
  return out;
}

Json::Value bucketsJson(const std::vector<Series>& histograms, bool cumulative) {
  Json::Value out(Json::arrayValue);
  for (const Series& s : histograms) {
    Json::Value row(Json::objectValue);
    row["name"] = s.raw_name;
    const auto bounds = boundsMs(s);
    uint64_t below = 0;
    for (size_t i = 0; i < bounds.size(); ++i) {
      below += s.buckets[i];
      Json::Value bucket(Json::objectValue);
      bucket["upper_bound"] = bounds[i];
      bucket["interval"] = 0;
      bucket["cumulative"] = static_cast<Json::UInt64>(cumulative ? below : s.buckets[i]);
      row["buckets"].append(bucket);
    }
    out.append(row);
  }
  return out;
}

Json::Value histogramsJson(const std::vector<Series>& histograms, Buckets mode) {
  if (mode == Buckets::Summary) return summariesJson(histograms);
  if (mode == Buckets::Cumulative || mode == Buckets::Disjoint) {
    return bucketsJson(histograms, mode == Buckets::Cumulative);
  }
  Json::Value out = summariesJson(histograms);
  const Json::Value details = bucketsJson(histograms, false);
  for (Json::ArrayIndex i = 0; i < details.size(); ++i) {
    out["details"].append(details[i]);
  }
  return out;
}

}  // namespace

std::string statsText(const Aggregate& aggregate, const StatsOptions& options) {
  const Selection selection = select(aggregate, options);
  std::string out;
  auto to = std::back_inserter(out);
  for (const auto& [name, text] : selection.texts) {
    fmt::format_to(to, "{}: {}\n", name, quotedJson(text));
  }
  for (const Series& s : selection.numbers) {
    if (s.type == StatType::Gauge) {
      fmt::format_to(to, "{}: {}\n", s.raw_name, static_cast<int64_t>(s.value));
    } else {
      fmt::format_to(to, "{}: {}\n", s.raw_name, s.value);
    }
  }
  if (options.buckets == Buckets::None) return out;
  for (const Series& s : selection.histograms) appendHistogram(s, options.buckets, out);
  return out;
}

std::string statsJson(const Aggregate& aggregate, const StatsOptions& options) {
  const Selection selection = select(aggregate, options);
  Json::Value list(Json::arrayValue);
  auto add = [&](const std::string& name, Json::Value value) {
    Json::Value row(Json::objectValue);
    row["name"] = name;
    row["value"] = std::move(value);
    list.append(std::move(row));
  };
  for (const auto& [name, text] : selection.texts) add(name, text);
  for (const Series& s : selection.numbers) {
    if (s.type == StatType::Gauge) {
      add(s.raw_name, static_cast<Json::Int64>(s.value));
    } else {
      add(s.raw_name, static_cast<Json::UInt64>(s.value));
    }
  }
  if (!selection.histograms.empty() && options.buckets != Buckets::None) {
    Json::Value row(Json::objectValue);
    row["histograms"] = histogramsJson(selection.histograms, options.buckets);
    list.append(std::move(row));
  }
  Json::Value out(Json::objectValue);
  out["stats"] = std::move(list);
  return options.pretty ? protoJson(out) : base::writeJson(out);
}

}  // namespace convoy::master
