#include "master/metrics/metric_family.h"

#include <limits>

#include "common/stats/counters.h"
#include "master/metrics/quantile.h"
#include "master/metrics/series_table.h"

namespace convoy::master {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using stats::StatType;

namespace {

MetricType typeOf(StatType type, HistogramForm form) {
  if (type == StatType::Gauge) return MetricType::Gauge;
  if (type != StatType::Histogram) return MetricType::Counter;
  return form == HistogramForm::Summary ? MetricType::Summary : MetricType::Histogram;
}

// Envoy's histograms are in milliseconds, which no name says; ours in what their name says.
double perMs(const Series& series) {
  return series.family.ends_with("_seconds") ? 0.001 : 1;
}

void fillBuckets(const Series& series, ClientMetric::Histogram& out) {
  const auto bounds = boundsMs(series);
  for (size_t i = 0; i < series.buckets.size(); ++i) {
    out.sample_count += series.buckets[i];
    const double bound =
        i < bounds.size() ? bounds[i] * perMs(series) : std::numeric_limits<double>::infinity();
    out.bucket.push_back({out.sample_count, bound});
  }
  out.sample_sum = static_cast<double>(series.sum_us) / 1000.0 * perMs(series);
}

void fillSummary(const Series& series, ClientMetric::Summary& out) {
  for (uint64_t n : series.buckets) out.sample_count += n;
  for (double q : kQuantiles) {
    out.quantile.push_back({q, quantileMs(series.buckets, boundsMs(series), q) * perMs(series)});
  }
  out.sample_sum = static_cast<double>(series.sum_us) / 1000.0 * perMs(series);
}

}  // namespace

MetricFamily toMetricFamily(const Family& family, const std::vector<Series>& series,
                            HistogramForm form) {
  MetricFamily out;
  out.name = family.name;
  out.type = typeOf(family.type, form);
  for (const Series& s : series) {
    ClientMetric& metric = out.metric.emplace_back();
    for (const auto& [name, value] : s.labels) metric.label.push_back({name, value});
    if (out.type == MetricType::Histogram) {
      fillBuckets(s, metric.histogram);
    } else if (out.type == MetricType::Summary) {
      fillSummary(s, metric.summary);
    } else if (out.type == MetricType::Gauge) {
      metric.gauge.value = static_cast<double>(static_cast<int64_t>(s.value));
    } else {
      metric.counter.value = static_cast<double>(s.value);
    }
  }
  return out;
}

MetricFamily textFamily(const std::string& raw_name, const std::string& text) {
  MetricFamily out;
  out.name = prometheusName(raw_name);
  if (!out.name.starts_with("convoy_")) out.name.insert(0, "envoy_");
  out.type = MetricType::Gauge;
  out.metric.emplace_back().label.push_back({"text_value", text});
  return out;
}

std::vector<MetricFamily> AggregateCollectable::Collect() const {
  std::vector<MetricFamily> out;
  for (const Family& family : aggregate_.families()) {
    auto series = aggregate_.collectFamily(family, nullptr);
    if (!series.empty()) out.push_back(toMetricFamily(family, series));
  }
  return out;
}

}  // namespace convoy::master
