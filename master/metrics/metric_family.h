// metric_family: the Aggregate in the data model of prometheus-cpp: one MetricFamily per family,
// and a Collectable for anything of that library that wants to read it. Master only.
#pragma once

#include <string>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "master/metrics/aggregate.h"

namespace convoy::master {

enum class HistogramForm : uint8_t { Buckets, Summary };

// REQUIRES: all series are of `family`. Durations are in milliseconds, as Envoy's are.
prometheus::MetricFamily toMetricFamily(const Family& family, const std::vector<Series>& series,
                                        HistogramForm form = HistogramForm::Buckets);
// A text readout: a gauge 0 with the text in the label text_value.
prometheus::MetricFamily textFamily(const std::string& raw_name, const std::string& text);

class AggregateCollectable final : public prometheus::Collectable {
 public:
  explicit AggregateCollectable(const Aggregate& aggregate) : aggregate_(aggregate) {}
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Aggregate& aggregate_;
};

}  // namespace convoy::master
