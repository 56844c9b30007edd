#include "master/metrics/prometheus_text.h"

#include <map>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <prometheus/metric_family.h>

#include "master/metrics/family_text.h"
#include "master/metrics/label_text.h"
#include "master/metrics/metric_family.h"
#include "master/metrics/series_rules.h"
#include "master/metrics/table_snapshot.h"

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

// name{labels, extra="extra_value"} value
class Lines {
 public:
  Lines(const ClientMetric& metric, std::string_view name, std::string& out)
      : name_(name), out_(out) {
    for (const auto& label : metric.label) appendLabel(label.name, label.value, labels_);
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

struct PrometheusScrape::State {
  ScrapeOptions options;
  std::shared_ptr<const SeriesRules> rules;
  Aggregate::RawFilter filter;
  std::vector<FamilySource> sources;
  std::map<const SeriesTable*, std::shared_ptr<const TableSnapshot>> snapshots;
  std::unique_ptr<FamilyText> text;         // the family that is half written
  std::vector<std::vector<size_t>> groups;  // with tags: of sources that share a family
  size_t at = 0;
};

PrometheusScrape::PrometheusScrape(const Aggregate& aggregate, ScrapeOptions options)
    : aggregate_(aggregate), state_(std::make_shared<State>()) {
  state_->options = std::move(options);
  state_->rules = aggregate.rules();
  state_->sources = aggregate.sources();
  if (const auto& filter = state_->options.filter) {
    const bool inverted = state_->options.invert_filter;
    state_->filter = [filter, inverted](const std::string& raw) {
      return filter->partialMatch(raw) != inverted;
    };
  }
  if (state_->rules != nullptr && state_->rules->retags()) {
    groupByTags();
    return;
  }
  if (state_->options.summaries) return;
  aggregate.refresh();
  for (const FamilySource& source : state_->sources) {
    if (source.table == nullptr) continue;
    auto& snapshot = state_->snapshots[source.table];
    if (snapshot == nullptr) snapshot = std::make_shared<TableSnapshot>(*source.table);
  }
}

size_t PrometheusScrape::snapshotBytes() const {
  size_t bytes = 0;
  for (const auto& [table, snapshot] : state_->snapshots) bytes += snapshot->bytes();
  return bytes;
}

std::vector<Series> PrometheusScrape::seriesOf(const FamilySource& source) const {
  std::vector<Series> series = aggregate_.collectFamily(source.family, state_->filter);
  if (state_->options.used_only) std::erase_if(series, [](const Series& s) { return !s.used; });
  return series;
}

// Tags of the operator may give one family to several stats (_rq_200 and _rq_2xx), whose series
// have to stand together.
void PrometheusScrape::groupByTags() {
  auto& sources = state_->sources;
  std::vector<size_t> leader(sources.size());
  std::iota(leader.begin(), leader.end(), size_t{0});
  const auto find = [&](size_t i) {
    while (leader[i] != i) i = leader[i] = leader[leader[i]];
    return i;
  };
  std::map<std::pair<int, std::string>, size_t> first;
  for (size_t i = 0; i < sources.size(); ++i) {
    std::string_view last;
    for (Series& s : seriesOf(sources[i])) {
      state_->rules->retag(s);
      if (s.family == last) continue;
      const auto at =
          first.try_emplace({static_cast<int>(sources[i].family.type), s.family}, i).first;
      last = at->first.second;
      leader[find(i)] = find(at->second);
    }
  }
  std::map<size_t, std::vector<size_t>> groups;
  for (size_t i = 0; i < sources.size(); ++i) groups[find(i)].push_back(i);
  for (auto& [lead, members] : groups) state_->groups.push_back(std::move(members));
}

void PrometheusScrape::appendGroup(const std::vector<size_t>& members, std::string& out) const {
  std::map<std::string, std::vector<Series>> families;
  for (const size_t member : members) {
    for (Series& s : seriesOf(state_->sources[member])) {
      state_->rules->retag(s);
      families[s.family].push_back(std::move(s));
    }
  }
  for (const auto& [name, series] : families) {
    appendFamily({state_->sources[members.front()].family.type, name}, series, out);
  }
}

void PrometheusScrape::appendFamily(const Family& family, const std::vector<Series>& series,
                                    std::string& out) const {
  if (series.empty()) return;
  const auto form = state_->options.summaries ? HistogramForm::Summary : HistogramForm::Buckets;
  appendPrometheusText(toMetricFamily(family, series, form), out);
}

bool PrometheusScrape::next(std::string& out) {
  State& s = *state_;
  const bool grouped = !s.groups.empty();
  const size_t count = grouped ? s.groups.size() : s.sources.size();
  if (s.at > count) return false;
  if (s.at == count) {
    ++s.at;
    if (s.options.text_readouts) appendTexts(out);
    return true;
  }
  if (grouped) {
    appendGroup(s.groups[s.at++], out);
    return true;
  }
  const FamilySource& source = s.sources[s.at];
  if (source.table == nullptr || s.options.summaries) {
    appendFamily(source.family, seriesOf(source), out);
    ++s.at;
    return true;
  }
  if (s.text == nullptr) {
    s.text = std::make_unique<FamilyText>(source, s.snapshots[source.table], s.rules.get(),
                                          s.filter, s.options.used_only);
  }
  if (!s.text->next(out)) {
    s.text.reset();
    ++s.at;
  }
  return true;
}

void PrometheusScrape::appendTexts(std::string& out) const {
  for (const auto& [raw, text] : aggregate_.texts()) {
    if (state_->filter && !state_->filter(raw)) continue;
    if (state_->rules != nullptr && !state_->rules->keeps(raw)) continue;
    appendPrometheusText(textFamily(raw, text), out);
  }
}

}  // namespace convoy::master
