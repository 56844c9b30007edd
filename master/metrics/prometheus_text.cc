#include "master/metrics/prometheus_text.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <prometheus/metric_family.h>

#include "master/metrics/metric_family.h"

namespace convoy::master {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

namespace {

std::string_view typeName(MetricType type) {
  switch (type) {
    case MetricType::Counter:
      return "counter";
    case MetricType::Gauge:
      return "gauge";
    case MetricType::Histogram:
      return "histogram";
    case MetricType::Summary:
      return "summary";
    default:
      return "untyped";
  }
}

void appendNumber(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else if (value == std::floor(value) && std::fabs(value) < 9e15) {
    fmt::format_to(std::back_inserter(out), "{}", static_cast<int64_t>(value));
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

// Length of the well-formed UTF-8 sequence at the front, 0 if there is none (Unicode 15, table
// 3-7).
size_t utf8Length(std::string_view s) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(i < s.size() ? s[i] : 0); };
  auto more = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return more(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool overlong = first == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = first == 0xed && byte(1) > 0x9f;
    return more(1) && more(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool overlong = first == 0xf0 && byte(1) < 0x90;
    const bool too_large = first == 0xf4 && byte(1) > 0x8f;
    return more(1) && more(2) && more(3) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

// Prometheus refuses a whole scrape for one byte that is not UTF-8.
void appendLabelValue(std::string_view value, std::string& out) {
  while (!value.empty()) {
    const size_t length = utf8Length(value);
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (value[0] == '\n') {
      out += "\\n";
    } else {
      if (value[0] == '"' || value[0] == '\\') out += '\\';
      out += value.substr(0, length);
    }
    value.remove_prefix(length == 0 ? 1 : length);
  }
}

// name{labels, extra="extra_value"} value
class Lines {
 public:
  Lines(const ClientMetric& metric, std::string_view name, std::string& out)
      : name_(name), out_(out) {
    for (const auto& label : metric.label) {
      if (!labels_.empty()) labels_ += ',';
      labels_ += label.name + "=\"";
      appendLabelValue(label.value, labels_);
      labels_ += '"';
    }
  }
  void add(std::string_view suffix, double value) {
    begin(suffix);
    end(value);
  }
  void add(std::string_view suffix, std::string_view extra, double extra_value, double value) {
    begin(suffix);
    if (!labels_.empty()) out_ += ',';
    out_.append(extra).append("=\"");
    appendNumber(extra_value, out_);
    out_ += '"';
    end(value);
  }

 private:
  void begin(std::string_view suffix) { out_.append(name_).append(suffix).append("{") += labels_; }
  void end(double value) {
    out_ += "} ";
    appendNumber(value, out_);
    out_ += '\n';
  }
  std::string_view name_;
  std::string labels_;
  std::string& out_;
};

void appendMetric(const MetricFamily& family, const ClientMetric& metric, std::string& out) {
  Lines lines(metric, family.name, out);
  if (family.type == MetricType::Counter) return lines.add("", metric.counter.value);
  if (family.type == MetricType::Gauge) return lines.add("", metric.gauge.value);
  if (family.type == MetricType::Histogram) {
    for (const auto& bucket : metric.histogram.bucket) {
      lines.add("_bucket", "le", bucket.upper_bound, static_cast<double>(bucket.cumulative_count));
    }
    lines.add("_sum", metric.histogram.sample_sum);
    return lines.add("_count", static_cast<double>(metric.histogram.sample_count));
  }
  for (const auto& quantile : metric.summary.quantile) {
    lines.add("", "quantile", quantile.quantile, quantile.value);
  }
  lines.add("_sum", metric.summary.sample_sum);
  lines.add("_count", static_cast<double>(metric.summary.sample_count));
}

}  // namespace

void appendPrometheusText(const MetricFamily& family, std::string& out) {
  fmt::format_to(std::back_inserter(out), "# TYPE {} {}\n", family.name, typeName(family.type));
  for (const ClientMetric& metric : family.metric) appendMetric(family, metric, out);
}

PrometheusScrape::PrometheusScrape(const Aggregate& aggregate, ScrapeOptions options)
    : aggregate_(aggregate), options_(std::move(options)), families_(aggregate.families()) {
  if (options_.filter) {
    raw_filter_ = [filter = options_.filter](const std::string& raw) {
      return filter->partialMatch(raw);
    };
  }
}

bool PrometheusScrape::next(std::string& out) {
  if (at_ > families_.size()) return false;
  if (at_ == families_.size()) {
    ++at_;
    if (options_.text_readouts) appendTexts(out);
    return true;
  }
  const Family& family = families_[at_++];
  std::vector<Series> series = aggregate_.collectFamily(family, raw_filter_);
  if (options_.used_only) std::erase_if(series, [](const Series& s) { return !s.used; });
  if (series.empty()) return true;
  const auto form = options_.summaries ? HistogramForm::Summary : HistogramForm::Buckets;
  appendPrometheusText(toMetricFamily(family, series, form), out);
  return true;
}

void PrometheusScrape::appendTexts(std::string& out) const {
  for (const auto& [raw, text] : aggregate_.texts()) {
    if (raw_filter_ && !raw_filter_(raw)) continue;
    appendPrometheusText(textFamily(raw, text), out);
  }
}

}  // namespace convoy::master
