// series_rules: what the operator wants of the series (stats_config, --stats-tag): which there are
// (stats_matcher) and which parts of their names are labels (stats_tags). Made for each
// configuration, const ever after. Master only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/config/model/stats.h"

namespace convoy::master {

struct Series;

class SeriesRules {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;
  // `fixed`: labels that every series gets besides.
  SeriesRules(config::StatsConfig config, Labels fixed);

  bool keepsAll() const { return config_.keep == config::StatsConfig::Keep::All; }
  bool keeps(std::string_view raw_name) const;
  // Without, names and labels are Envoy's default ones.
  bool retags() const { return config_.retags() || !fixed_.empty(); }
  // Gives the series the family and labels that the tags ask for.
  void retag(Series& series) const;

 private:
  struct Removed {
    size_t begin, end;  // in the raw name
  };
  void keepDefaultTag(std::string_view label, const Series& series, std::vector<Removed>& removed,
                      Labels& labels) const;
  void applyTags(const Series& series, std::vector<Removed>& removed, Labels& labels) const;

  config::StatsConfig config_;
  Labels fixed_;
};

// Null if the operator asks for nothing.
std::shared_ptr<const SeriesRules> rulesOf(const config::StatsConfig& config);

}  // namespace convoy::master
