// model/stats: config.metrics.v3.StatsConfig: which stats there are, how they are labelled, and the
// buckets of histograms.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/matcher.h"

namespace convoy::config {

struct StatsConfig {
  // What the name of a stat matches becomes a label. One of `regex` and `fixed_value`, or neither:
  // the default tag of that name.
  struct Tag {
    std::string name;
    std::shared_ptr<const base::Regex> regex;
    std::string fixed_value;
  };
  enum class Keep : uint8_t { All, None, Listed, Unlisted };
  struct Buckets {
    base::StringMatcher match;  // the whole dotted name
    std::vector<double> bounds_ms;
  };

  bool use_all_default_tags = true;
  std::vector<Tag> tags;
  Keep keep = Keep::All;
  std::vector<base::StringMatcher> list;
  std::vector<Buckets> buckets;

  bool retags() const { return !use_all_default_tags || !tags.empty(); }
};

}  // namespace convoy::config
