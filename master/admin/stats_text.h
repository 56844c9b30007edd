// stats_text: the answers of /stats for people and scripts: "name: value" lines and their JSON
// form. Master only. The Prometheus form is master/metrics/prometheus_text.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/matcher.h"
#include "master/metrics/aggregate.h"

namespace convoy::master {

struct StatsOptions {
  enum class Type : uint8_t { All, Counters, Gauges, Histograms, TextReadouts };
  enum class Buckets : uint8_t { Summary, Cumulative, Disjoint, Detailed, None };
  Type type = Type::All;
  Buckets buckets = Buckets::Summary;
  bool used_only = false;
  bool pretty = false;
  bool nothing = false;                       // hidden=only
  std::shared_ptr<const base::Regex> filter;  // over raw names; null = all
  bool invert_filter = false;
};

// Text readouts, then counters and gauges, then histograms; each sorted by name.
std::string statsText(const Aggregate& aggregate, const StatsOptions& options);
std::string statsJson(const Aggregate& aggregate, const StatsOptions& options);

}  // namespace convoy::master
