// counters: what the code increments. A StatBlock<E> is the run of cells that one object (a
// cluster, a listener, an HTTP connection manager) owns in this process's slab; E is the enum made
// from stat_defs.def, so a wrong name does not compile. One writer per cell: relaxed load + store,
// no lock prefix, no allocation, no branch. Worker loop; what the master counts goes to its
// Aggregate. Users include common/stats/stat_tables.h, which has the enums.
//
//   stats_.inc(ClusterStat::upstream_rq_total);
//   stats_.sub(ClusterStat::upstream_rq_active);
//   stats_.observe(ClusterStat::upstream_rq_time, microseconds);
//   stats_.status(ClusterStat::upstream_rq_xx, 503);   // class cells
//   stats_.status(ClusterStat::upstream_rq, 503);      // code cells
//   stats_.value(ListenerTlsStat::ssl_versions, "TLSv1.3");
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/stats/tls_values.h"

namespace convoy::stats {

enum class StatType : uint8_t {
  Counter,       // 1 cell
  Gauge,         // 1 cell, two's complement
  Histogram,     // 20 buckets (19 bounds + Inf, not cumulative) + sum in microseconds
  Classes,       // 5 cells: 1xx..5xx
  ClassesOnUse,  // the same, shown only after it counted
  Codes,         // 8 cells of bits that say which codes counted, then 500 cells: 100..599
  // One cell for each value of a list (tls_values.h), shown only after it counted.
  TlsVersions,
  TlsCiphers,
  TlsCurves,
  TlsSigalgs,
};

// Upper bounds in milliseconds (ecosystem.md section 1.1); value <= bound.
inline constexpr std::array<double, 19> kHistogramBoundsMs = {
    0.5,  1,    5,     10,    25,    50,     100,    250,     500,    1000,
    2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000};
using BoundsUs = std::array<uint64_t, kHistogramBoundsMs.size()>;
inline constexpr auto kHistogramBoundsUs = [] {
  BoundsUs us{};
  for (size_t i = 0; i < us.size(); ++i)
    us[i] = static_cast<uint64_t>(kHistogramBoundsMs[i] * 1000);
  return us;
}();
inline constexpr size_t kHistogramCells = kHistogramBoundsMs.size() + 2;

// Without the bits a scrape would read, and so make resident, 4 KB per cluster and worker.
inline constexpr size_t kCodeBitCells = 8;

// Of a stat that counts by the values of a label: what they are. Empty: of all others.
constexpr std::span<const std::string_view> valuesOf(StatType type) {
  switch (type) {
    case StatType::TlsVersions:
      return kTlsVersions;
    case StatType::TlsCiphers:
      return kTlsCiphers;
    case StatType::TlsCurves:
      return kTlsCurves;
    case StatType::TlsSigalgs:
      return kTlsSigalgs;
    default:
      return {};
  }
}

constexpr size_t cellsOf(StatType type) {
  switch (type) {
    case StatType::Counter:
    case StatType::Gauge:
      return 1;
    case StatType::Histogram:
      return kHistogramCells;
    case StatType::Classes:
    case StatType::ClassesOnUse:
      return 5;
    case StatType::Codes:
      return kCodeBitCells + 500;
    default:
      return valuesOf(type).size();
  }
}

struct StatDef {
  std::string_view name;  // raw Envoy name within the scope, e.g. "upstream_rq_total"
  StatType type;
  // "", "ms", "bytes", "bool": the maximum over workers; "tracked": only if it is set, or has
  // counted. Of a stat by values: the name of its label.
  std::string_view unit;
  std::string_view help;
};

enum class Scope : uint8_t {
  Server,
  Listener,
  Http,
  ListenerHttp,
  Tcp,
  ProxyProto,
  ConnectionLimit,
  ConnectionRate,
  NetworkRbac,
  HttpRate,
  Grpc,
  Cluster,
  ListenerTls,  // a listener's, if any of its filter chains has TLS
  ClusterTls,
  VirtualCluster,
  VhostRoute,
};
inline constexpr int kScopes = static_cast<int>(Scope::VhostRoute) + 1;

template <typename E>
struct StatTable;  // specialised in stat_tables.h: defs(), offset(E), type(E), cells()

// Where a block lies. `bounds`: by stat, of histograms that have others than the usual bounds, or
// null; it is the Directory's.
struct CellRef {
  uint64_t* cells = nullptr;
  const BoundsUs* const* bounds = nullptr;
};

template <typename E>
class StatBlock {
 public:
  StatBlock() = default;
  explicit StatBlock(uint64_t* cells) : cells_(cells) {}
  explicit StatBlock(CellRef ref) : cells_(ref.cells), bounds_(ref.bounds) {}

  void inc(E e) { add(e, 1); }
  void add(E e, uint64_t n) {
    uint64_t* c = cells_ + StatTable<E>::offset(e);
    std::atomic_ref<uint64_t> cell(*c);
    cell.store(cell.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void sub(E e, uint64_t n = 1) { add(e, ~n + 1); }
  void set(E e, uint64_t value) {
    std::atomic_ref<uint64_t>(cells_[StatTable<E>::offset(e)])
        .store(value, std::memory_order_relaxed);
  }
  uint64_t get(E e) const {
    return std::atomic_ref<uint64_t>(cells_[StatTable<E>::offset(e)])
        .load(std::memory_order_relaxed);
  }
  // REQUIRES: a Histogram stat.
  void observe(E e, uint64_t microseconds) {
    uint64_t* c = cells_ + StatTable<E>::offset(e);
    bump(c[bucketOf(microseconds, boundsOf(e))], 1);
    bump(c[kHistogramCells - 1], microseconds);
  }
  // REQUIRES: a Classes or Codes stat. Codes outside 100..599 are not counted.
  void status(E e, int code) {
    if (code < 100 || code > 599) return;
    uint64_t* c = cells_ + StatTable<E>::offset(e);
    if (StatTable<E>::type(e) != StatType::Codes) return bump(c[code / 100 - 1], 1);
    const auto index = static_cast<unsigned>(code - 100);
    bump(c[kCodeBitCells + index], 1);
    std::atomic_ref<uint64_t> bits(c[index / 64]);
    bits.store(bits.load(std::memory_order_relaxed) | 1ull << (index % 64),
               std::memory_order_relaxed);
  }
  // REQUIRES: a stat by values. What is none of them counts as the last.
  void value(E e, std::string_view text) {
    const auto values = valuesOf(StatTable<E>::type(e));
    size_t i = 0;
    while (i + 1 < values.size() && values[i] != text) ++i;
    bump(cells_[StatTable<E>::offset(e) + i], 1);
  }

 private:
  static void bump(uint64_t& word, uint64_t n) {
    std::atomic_ref<uint64_t> cell(word);
    cell.store(cell.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  const BoundsUs& boundsOf(E e) const {
    const BoundsUs* own = bounds_ == nullptr ? nullptr : bounds_[static_cast<size_t>(e)];
    return own == nullptr ? kHistogramBoundsUs : *own;
  }
  static size_t bucketOf(uint64_t us, const BoundsUs& bounds) {
    size_t i = 0;
    while (i < bounds.size() && us > bounds[i]) ++i;
    return i;
  }
  uint64_t* cells_ = nullptr;
  const BoundsUs* const* bounds_ = nullptr;
};

}  // namespace convoy::stats
