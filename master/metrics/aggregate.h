// aggregate: the sum over workers: for each series, living slabs + `retired` (what dead and
// finished workers left behind). Counters never go backwards: a slab is folded into `retired` when
// its process was reaped, never before; gauges of a dead worker are forgotten. Keys are raw Envoy
// names, so a reload that moves a cluster to another cell keeps its count. Owned by the master; its
// one loop. Prometheus text is made of it in prometheus_text.h, a family at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/json.h"
#include "common/stats/directory.h"
#include "common/stats/layout.h"
#include "common/stats/slab.h"

namespace convoy::master {

class SeriesRules;
class SeriesTable;

struct Family {
  stats::StatType type = stats::StatType::Counter;  // Counter, Gauge or Histogram
  std::string name;                                 // "envoy_cluster_upstream_rq_total"
};

struct Series {
  std::string raw_name;  // "cluster.service.upstream_rq_total", "cluster.service.upstream_rq_503"
  std::string family;    // "envoy_cluster_upstream_rq_total"
  std::vector<std::pair<std::string, std::string>> labels;
  stats::StatType type = stats::StatType::Counter;       // Counter, Gauge or Histogram
  uint64_t value = 0;                                    // gauges: two's complement
  std::vector<uint64_t> buckets;                         // Histogram: 20, not cumulative
  uint64_t sum_us = 0;                                   // Histogram
  bool used = false;                                     // anything was ever counted
  std::shared_ptr<const stats::HistogramBounds> bounds;  // Histogram: null = the usual ones
  // Where the name within the scope begins in raw_name; kOwn: it is no stat of Envoy's.
  static constexpr size_t kOwn = SIZE_MAX;
  size_t prefix = kOwn;
  size_t block_labels = 0;  // how many labels are the block's; one more is a code or class
};
// Upper bounds of the buckets, in milliseconds; one bucket more is what is above them.
std::span<const double> boundsMs(const Series& series);

// What a scrape reads: a family, and where it lies. `table` null: one of Convoy's own.
struct FamilySource {
  Family family;
  const SeriesTable* table = nullptr;
  size_t stat = 0;
};

struct SeriesBlock;

class Aggregate {
 public:
  Aggregate();
  ~Aggregate();
  // Counts of `slab` are visible from now on. `slot` gives worker_N series. REQUIRES: `slab` was
  // made with `directory`'s cellCount(). Blocks of other configurations beyond kMaxFormer are
  // forgotten, the oldest first: a configuration that renames its clusters for ever must not grow
  // the master.
  static constexpr size_t kMaxFormer = 2000;
  void attach(std::shared_ptr<const stats::Directory> directory, std::shared_ptr<stats::Slab> slab,
              uint32_t slot);
  // A slab of another program's layout: `translation` knows it, `key` is what retire() is given.
  void attach(std::shared_ptr<const stats::Directory> directory,
              std::shared_ptr<stats::Translation> translation, const stats::Slab* key,
              uint32_t slot);
  // Its process was reaped: fold and forget.
  void retire(const stats::Slab* slab);
  // Series of `current` that nobody counted yet exist with zero; series of older configurations
  // stay only while they hold a counter that was used.
  void setCurrent(std::shared_ptr<const stats::Directory> current);
  // Of the running configuration; null: every series, with the default labels.
  void setRules(std::shared_ptr<const SeriesRules> rules);
  const std::shared_ptr<const SeriesRules>& rules() const;
  // A counter, gauge or histogram that the master computes, by raw name; added to what the workers
  // counted. Names of listeners, clusters, ... that no configuration ever had are dropped.
  void setGauge(const std::string& raw_name, uint64_t value);
  // Several of one object, which is looked up once: `stat` is an enumerator of the scope's.
  struct GaugeValue {
    size_t stat;
    uint64_t value;
  };
  void setGauges(stats::Scope scope, const std::string& raw_prefix,
                 std::initializer_list<GaugeValue> values);
  void addCounter(const std::string& raw_name, uint64_t n);
  uint64_t counted(const std::string& raw_name) const;  // a counter, over all workers; 0: none
  void observe(const std::string& raw_name, uint64_t microseconds);
  void setText(const std::string& raw_name, const std::string& text);  // a text readout
  // Convoy's own: family given whole ("convoy_reloads_total"), with labels.
  void setOwn(const std::string& family, stats::StatType type,
              std::vector<std::pair<std::string, std::string>> labels, uint64_t value,
              std::string raw_name = "");  // "": the family's, and the labels' values
  void addOwn(const std::string& family, std::vector<std::pair<std::string, std::string>> labels,
              uint64_t n);                  // a counter
  void dropOwn(const std::string& family);  // with all its labels
  // A histogram, whose family ends in "_seconds"; in /stats, which is in milliseconds, in "_ms".
  void observeOwn(const std::string& family, uint64_t microseconds);
  void showOwnHistogram(const std::string& family);  // with zeros, before the first observation
  void resetCounters();  // POST /reset_counters: everything counted so far is subtracted

  // For a program that takes our place: all that is not in living slabs. False: it does not parse.
  Json::Value save() const;
  bool restore(const Json::Value& saved);

  // Sorted by family, then labels. `raw_filter` (may be null) sees the raw dotted name.
  using RawFilter = std::function<bool(const std::string&)>;
  std::vector<Series> collect(const RawFilter& raw_filter) const;
  // The same in steps, for an answer that is written as fast as its reader reads: the names first
  // (counters, then gauges, then histograms; each sorted), then the series of one of them.
  std::vector<Family> families() const;
  std::vector<FamilySource> sources() const;  // in the order of families()
  std::vector<Series> collectFamily(const Family& family, const RawFilter& raw_filter) const;
  const std::map<std::string, std::string>& texts() const;
  // One object's cells (series_table.h; stat_tables.h says which is which), or null: for who reads
  // a few numbers of many objects, after refresh(). Valid until the next attach, retire or
  // setCurrent.
  void refresh() const;
  const SeriesBlock* block(stats::Scope scope, const std::string& raw_prefix) const;

 private:
  struct Impl;
  void attachSlab(std::shared_ptr<const stats::Directory> directory,
                  std::shared_ptr<stats::Slab> slab, const stats::Slab* key, uint32_t slot,
                  std::shared_ptr<stats::Translation> translation);
  std::unique_ptr<Impl> impl_;
};

}  // namespace convoy::master
