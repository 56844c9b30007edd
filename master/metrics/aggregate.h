// aggregate: the sum over workers: for each series, living slabs + `retired` (what dead and finished
// workers left behind). Counters never go backwards: a slab is folded into `retired` when its process
// was reaped, never before; gauges of a dead worker are forgotten. Keys are raw Envoy names, so a
// reload that moves a cluster to another cell keeps its count. Owned by the master; its one loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/stats/directory.h"
#include "common/stats/slab.h"

namespace convoy::master {

struct Series {
  std::string raw_name;   // "cluster.service.upstream_rq_total", "cluster.service.upstream_rq_503"
  std::string family;     // "envoy_cluster_upstream_rq_total"
  std::vector<std::pair<std::string, std::string>> labels;
  stats::StatType type = stats::StatType::Counter;  // Counter, Gauge or Histogram
  uint64_t value = 0;                  // gauges: two's complement
  std::vector<uint64_t> buckets;       // Histogram: 20, not cumulative
  uint64_t sum_us = 0;                 // Histogram
  bool used = false;                   // anything was ever counted
};

class Aggregate {
 public:
  Aggregate();
  ~Aggregate();
  // Counts of `slab` are visible from now on. `slot` gives worker_N series.
  void attach(std::shared_ptr<const stats::Directory> directory, std::shared_ptr<stats::Slab> slab,
              uint32_t slot);
  // Its process was reaped: fold and forget.
  void retire(const stats::Slab* slab);
  // Series of `current` that nobody counted yet exist with zero; series of older configurations stay
  // only while they hold a counter that was used.
  void setCurrent(std::shared_ptr<const stats::Directory> current);
  // A counter or gauge that the master computes, by raw name; shown beside the others.
  void setGauge(const std::string& raw_name, uint64_t value);
  void addCounter(const std::string& raw_name, uint64_t n);
  // Convoy's own: family given whole ("convoy_reloads_total"), with labels.
  void setOwn(const std::string& family, stats::StatType type,
              std::vector<std::pair<std::string, std::string>> labels, uint64_t value);
  void resetCounters();  // POST /reset_counters: everything counted so far is subtracted

  // Sorted by family, then labels. `raw_filter` (may be null) sees the raw dotted name.
  std::vector<Series> collect(const std::function<bool(const std::string&)>& raw_filter) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace convoy::master
