#include "master/metrics/series_rules.h"

#include <algorithm>

#include "master/metrics/aggregate.h"
#include "master/metrics/series_table.h"

namespace convoy::master {

namespace {

void setLabel(std::string name, std::string_view value, SeriesRules::Labels& labels) {
  for (auto& [known, text] : labels) {
    if (known == name) {
      text = value;
      return;
    }
  }
  labels.emplace_back(std::move(name), value);
}

}  // namespace

SeriesRules::SeriesRules(config::StatsConfig config, Labels fixed)
    : config_(std::move(config)), fixed_(std::move(fixed)) {}

bool SeriesRules::keeps(std::string_view raw_name) const {
  using Keep = config::StatsConfig::Keep;
  if (config_.keep == Keep::All || config_.keep == Keep::None) return keepsAll();
  const bool listed =
      std::any_of(config_.list.begin(), config_.list.end(),
                  [&](const base::StringMatcher& matcher) { return matcher.matches(raw_name); });
  return listed == (config_.keep == Keep::Listed);
}

// A default tag that is asked for by its name, where the default ones are off.
void SeriesRules::keepDefaultTag(std::string_view label, const Series& series,
                                 std::vector<Removed>& removed, Labels& labels) const {
  for (const auto& [name, value] : series.labels) {
    if (name != label) continue;
    setLabel(name, value, labels);
    const std::string_view raw = series.raw_name;
    const bool of_the_stat = name == "envoy_response_code" || name == "envoy_response_code_class";
    if (of_the_stat) {
      const size_t class_letters = name == "envoy_response_code" ? 0 : 2;
      const size_t end = raw.size() - class_letters;
      removed.push_back({end - value.size() - (class_letters == 0 ? 1 : 0), end});
    } else if (const size_t at = raw.find("." + value + "."); at != std::string_view::npos) {
      removed.push_back({at, at + value.size() + 1});
    }
  }
}

void SeriesRules::applyTags(const Series& series, std::vector<Removed>& removed,
                            Labels& labels) const {
  for (const config::StatsConfig::Tag& tag : config_.tags) {
    if (!tag.fixed_value.empty()) {
      setLabel(prometheusName(tag.name), tag.fixed_value, labels);
    } else if (tag.regex == nullptr) {
      keepDefaultTag(prometheusName(tag.name), series, removed, labels);
    } else {
      std::string_view one, two;
      if (!tag.regex->firstGroups(series.raw_name, one, two) || one.empty()) continue;
      const auto begin = static_cast<size_t>(one.data() - series.raw_name.data());
      removed.push_back({begin, begin + one.size()});
      setLabel(prometheusName(tag.name), two.empty() ? one : two, labels);
    }
  }
}

void SeriesRules::retag(Series& series) const {
  std::vector<Removed> removed;
  Labels labels;
  if (config_.use_all_default_tags || series.prefix == Series::kOwn) labels = series.labels;
  if (series.prefix != Series::kOwn) applyTags(series, removed, labels);
  for (const auto& [name, value] : fixed_) setLabel(name, value, labels);
  // What the default tags took out of a name is in its prefix, or is the code of a response: there
  // nothing can be taken out twice.
  const size_t first = config_.use_all_default_tags ? series.prefix : 0;
  std::string name = series.raw_name;
  std::sort(removed.begin(), removed.end(),
            [](const Removed& a, const Removed& b) { return a.begin > b.begin; });
  size_t limit = name.size();
  bool changed = !config_.use_all_default_tags;
  for (const Removed& r : removed) {
    if (r.begin < first || r.end > limit) continue;
    name.erase(r.begin, r.end - r.begin);
    limit = r.begin;
    changed = true;
  }
  const bool has_code = series.labels.size() > series.block_labels;
  if (series.prefix != Series::kOwn && changed) {
    if (!config_.use_all_default_tags) {
      series.family = "envoy_" + prometheusName(name);
    } else if (!has_code) {
      const size_t stat = series.raw_name.size() - series.prefix;
      series.family = series.family.substr(0, series.family.size() - stat) +
                      prometheusName(std::string_view(name).substr(first));
    }
  }
  series.labels = std::move(labels);
}

std::shared_ptr<const SeriesRules> rulesOf(const config::StatsConfig& config) {
  if (config.keep == config::StatsConfig::Keep::All && !config.retags()) return nullptr;
  return std::make_shared<SeriesRules>(config, SeriesRules::Labels());
}

}  // namespace convoy::master
