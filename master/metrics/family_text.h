// family_text: one family of a scrape as text, some series at a time: straight from a
// TableSnapshot, since a scrape of ten thousand clusters is two million lines. Lives for that
// family. Master only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "master/metrics/aggregate.h"
#include "master/metrics/table_snapshot.h"

namespace convoy::master {

class FamilyText {
 public:
  static constexpr size_t kPieceBytes = 64 * 1024;
  // REQUIRES: source.table. What is passed outlives this.
  FamilyText(const FamilySource& source, std::shared_ptr<const TableSnapshot> snapshot,
             const SeriesRules* rules, const Aggregate::RawFilter& filter, bool used_only);
  // Appends a piece. False: there is no more.
  bool next(std::string& out);

 private:
  bool wanted(SeriesBlock& block, std::string_view suffix);
  void begin(std::string& out);
  void write(SeriesBlock& block, size_t index, std::string& out);
  void counter(const SeriesBlock& block, size_t index, std::string& out);
  void gauge(SeriesBlock& block, size_t index, std::string& out);
  void histogram(SeriesBlock& block, size_t index, std::string& out);
  void classes(SeriesBlock& block, size_t index, std::string& out);
  void codes(SeriesBlock& block, std::string& out);
  void values(SeriesBlock& block, size_t index, std::string& out);
  void codeLine(const SeriesBlock& block, std::string_view label, uint64_t value, std::string& out);

  const SeriesTable& table_;
  const size_t stat_;
  const stats::StatDef& def_;
  const size_t cell_;
  std::string family_;
  std::string line_start_;  // "envoy_cluster_upstream_rq_total{"
  std::shared_ptr<const TableSnapshot> snapshot_;
  std::vector<TableSnapshot::Row> rows_;  // of the stat's cells
  const SeriesRules* rules_;
  const Aggregate::RawFilter& filter_;
  const bool used_only_;
  std::string raw_;
  std::string bucket_start_, suffix_, label_;  // kept, so that no series allocates
  size_t at_ = 0;
  bool begun_ = false;
};

// As Prometheus' text has numbers.
void appendNumber(double value, std::string& out);

}  // namespace convoy::master
