#include <algorithm>

#include "common/config/parse.h"
#include "common/stats/counters.h"

namespace convoy::config {

namespace {

StatsConfig::Tag parseTag(const TreeNode& node, const std::string& path, Diagnostics& d) {
  StatsConfig::Tag out;
  Reader r(node, path, "envoy.config.metrics.v3.TagSpecifier", d);
  out.name = r.text("tag_name");
  const std::string kind = r.oneOf({"regex", "fixed_value"});
  if (out.name.empty()) r.error("tag_name", code::kMissing, "a tag needs a tag_name");
  if (kind == "fixed_value") {
    out.fixed_value = r.text("fixed_value");
  } else if (const std::string pattern = r.text("regex"); !pattern.empty()) {
    auto regex = base::Regex::compile(pattern);
    if (!regex.ok()) {
      r.error("regex", code::kWrongValue, regex.error().context);
    } else if ((*regex)->groupCount() == 0) {
      r.error("regex", code::kWrongValue, "the regular expression of a tag needs a group",
              "the first group is what leaves the name; the second, inside it, is the value");
    } else {
      out.regex = *regex;
    }
  }
  return out;
}

void parseMatcher(const TreeNode& node, const std::string& path, StatsConfig& out, Diagnostics& d) {
  Reader r(node, path, "envoy.config.metrics.v3.StatsMatcher", d);
  const std::string kind = r.oneOf({"reject_all", "exclusion_list", "inclusion_list"});
  if (kind.empty()) {
    r.error("", code::kMissing,
            "a stats_matcher needs reject_all, inclusion_list or exclusion_list");
  } else if (kind == "reject_all") {
    if (r.boolean("reject_all", false)) out.keep = StatsConfig::Keep::None;
  } else {
    out.keep = kind == "inclusion_list" ? StatsConfig::Keep::Listed : StatsConfig::Keep::Unlisted;
    Reader list(*r.node(kind), r.pathOf(kind), "envoy.type.matcher.v3.ListStringMatcher", d);
    list.list("patterns", [&](const TreeNode& n, const std::string& p) {
      out.list.push_back(parseStringMatcher(n, p, d));
    });
  }
}

// 0 if it is none. What is not a whole number is text in YAML, as in Envoy.
double boundOf(const TreeNode& item) {
  const std::string text = item.scalar;
  const bool number = item.kind == TreeNode::Kind::Number || item.kind == TreeNode::Kind::String;
  if (!number || text.find_first_not_of("0123456789.eE+-") != std::string::npos) return 0;
  char* end = nullptr;
  const double bound = std::strtod(text.c_str(), &end);
  return *end == '\0' ? bound : 0;
}

StatsConfig::Buckets parseBuckets(const TreeNode& node, const std::string& path, Diagnostics& d) {
  StatsConfig::Buckets out;
  Reader r(node, path, "envoy.config.metrics.v3.HistogramBucketSettings", d);
  r.required("match");
  r.message("match", [&](const TreeNode& n, const std::string& p) {
    out.match = parseStringMatcher(n, p, d);
  });
  r.ignore("bins");  // of the histograms that Envoy sends to its sinks
  const TreeNode* list = r.node("buckets");
  if (list == nullptr || !list->isList()) {
    r.error("buckets", code::kMissing, "buckets is a list of upper bounds, such as [1, 10, 100]");
    return out;
  }
  for (const TreeNode& item : list->list) {
    const double bound = boundOf(item);
    if (!(bound > 0 && bound < 1e12)) {
      d.error(item.origin, r.pathOf("buckets"), code::kWrongValue,
              "a bucket's bound is a number above 0");
      return out;
    }
    out.bounds_ms.push_back(bound);
  }
  std::sort(out.bounds_ms.begin(), out.bounds_ms.end());
  out.bounds_ms.erase(std::unique(out.bounds_ms.begin(), out.bounds_ms.end()), out.bounds_ms.end());
  if (out.bounds_ms.empty() || out.bounds_ms.size() > stats::kHistogramBoundsMs.size()) {
    r.error("buckets", code::kWrongValue,
            "a histogram has 1 to " + std::to_string(stats::kHistogramBoundsMs.size()) +
                " buckets, and one for what is above them");
  }
  return out;
}

}  // namespace

StatsConfig parseStatsConfig(const TreeNode& node, const std::string& path, Diagnostics& d) {
  StatsConfig out;
  Reader r(node, path, "envoy.config.metrics.v3.StatsConfig", d);
  r.list("stats_tags",
         [&](const TreeNode& n, const std::string& p) { out.tags.push_back(parseTag(n, p, d)); });
  out.use_all_default_tags = r.boolean("use_all_default_tags", true);
  r.message("stats_matcher",
            [&](const TreeNode& n, const std::string& p) { parseMatcher(n, p, out, d); });
  r.list("histogram_bucket_settings", [&](const TreeNode& n, const std::string& p) {
    out.buckets.push_back(parseBuckets(n, p, d));
  });
  return out;
}

}  // namespace convoy::config
