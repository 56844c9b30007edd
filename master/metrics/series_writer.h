// series_writer: the one place where the cells of a stat become Series: names, labels, what is
// shown. Lives for one family of one scrape. Master only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "master/metrics/aggregate.h"
#include "master/metrics/series_table.h"

namespace convoy::master {

class SeriesWriter {
 public:
  SeriesWriter(const SeriesTable& table, size_t stat, const Aggregate::RawFilter& filter,
               const SeriesRules* rules, std::vector<Series>* out);
  void write(SeriesBlock& block);

 private:
  struct Label {
    std::string_view name;
    std::string value;
  };
  Series* add(const SeriesBlock& block, std::string raw, Label label);  // null: filtered out
  void counter(const SeriesBlock& block, std::string raw, Label label, size_t cell, bool on_use);
  void gauge(SeriesBlock& block, size_t cell);
  void histogram(const SeriesBlock& block, size_t cell);
  void classes(const SeriesBlock& block, size_t cell);
  void codes(const SeriesBlock& block, size_t cell);
  void values(const SeriesBlock& block, size_t cell);
  std::string rawName(const SeriesBlock& block) const;

  const SeriesTable& table_;
  const stats::StatDef& def_;
  size_t stat_;
  const Aggregate::RawFilter& filter_;
  const SeriesRules* rules_;
  std::vector<Series>* out_;
  std::string family_;
};

}  // namespace convoy::master
