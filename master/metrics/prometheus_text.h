// prometheus_text: the answer of /stats/prometheus, a piece at a time, so that a large scrape is
// made only as fast as its reader reads. Its numbers are those of the moment at which it began. The
// text is Envoy's: one "# TYPE" line per family, no
// "# HELP", "{}" for a series without labels; prometheus-cpp's own serializer can write neither, so
// this writes its MetricFamily itself. Master only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/matcher.h"
#include "master/metrics/aggregate.h"

namespace prometheus {
struct MetricFamily;
}

namespace convoy::master {

inline constexpr std::string_view kPrometheusContentType =
    "text/plain; version=0.0.4; charset=utf-8";

struct ScrapeOptions {
  bool used_only = false;
  bool text_readouts = false;
  bool summaries = false;                     // histogram_buckets=summary
  std::shared_ptr<const base::Regex> filter;  // over raw names; null = all
  bool invert_filter = false;
};

class PrometheusScrape {
 public:
  // `aggregate` outlives this.
  PrometheusScrape(const Aggregate& aggregate, ScrapeOptions options);
  // Appends the text of the next family, which may be nothing. False: there is no more.
  bool next(std::string& out);
  // What it keeps of the numbers while it is read.
  size_t snapshotBytes() const;

 private:
  struct State;
  std::vector<Series> seriesOf(const FamilySource& source) const;
  void groupByTags();
  void appendGroup(const std::vector<size_t>& members, std::string& out) const;
  void appendFamily(const Family& family, const std::vector<Series>& series,
                    std::string& out) const;
  void appendTexts(std::string& out) const;

  const Aggregate& aggregate_;
  std::shared_ptr<State> state_;  // shared by copies: a scrape is read once
};

void appendPrometheusText(const prometheus::MetricFamily& family, std::string& out);

}  // namespace convoy::master
