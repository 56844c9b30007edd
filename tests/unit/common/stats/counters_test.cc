#include "common/stats/counters.h"

#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "common/stats/stat_tables.h"

namespace convoy::stats {
namespace {

class ClusterBlock : public ::testing::Test {
 protected:
  size_t at(ClusterStat stat) const { return StatTable<ClusterStat>::offset(stat); }
  std::vector<uint64_t> cells = std::vector<uint64_t>(StatTable<ClusterStat>::cells());
  StatBlock<ClusterStat> block{cells.data()};
};

TEST_F(ClusterBlock, CountersAddAndGaugesGoBothWays) {
  block.add(ClusterStat::upstream_cx_rx_bytes_total, 100);
  block.inc(ClusterStat::upstream_cx_rx_bytes_total);
  block.inc(ClusterStat::upstream_rq_active);
  block.sub(ClusterStat::upstream_rq_active, 3);

  EXPECT_EQ(block.get(ClusterStat::upstream_cx_rx_bytes_total), 101u);
  EXPECT_EQ(static_cast<int64_t>(block.get(ClusterStat::upstream_rq_active)), -2);
}

TEST_F(ClusterBlock, AValueOnABoundBelongsToThatBucket) {
  block.observe(ClusterStat::upstream_rq_time, 500);         // 0.5 ms
  block.observe(ClusterStat::upstream_rq_time, 501);         // just above
  block.observe(ClusterStat::upstream_rq_time, ~0ull >> 8);  // beyond every bound

  const uint64_t* c = cells.data() + at(ClusterStat::upstream_rq_time);
  EXPECT_EQ(c[0], 1u);
  EXPECT_EQ(c[1], 1u);
  EXPECT_EQ(c[kHistogramBoundsMs.size()], 1u);
  EXPECT_EQ(c[kHistogramCells - 1], 1001u + (~0ull >> 8));
}

TEST_F(ClusterBlock, CodesAndClassesCountTheirOwnCell) {
  for (int code : {100, 503, 599, 99, 600, -1, 0}) {
    block.status(ClusterStat::upstream_rq, code);
    block.status(ClusterStat::upstream_rq_xx, code);
    block.status(ClusterStat::external_upstream_rq_xx, code);
  }
  const uint64_t* bits = cells.data() + at(ClusterStat::upstream_rq);
  EXPECT_EQ(bits[0], 1u);                         // 100
  EXPECT_EQ(bits[403 / 64], 1ull << (403 % 64));  // 503
  EXPECT_EQ(bits[499 / 64], 1ull << (499 % 64));  // 599
  const uint64_t* codes = bits + kCodeBitCells;
  EXPECT_EQ(codes[0], 1u);
  EXPECT_EQ(codes[403], 1u);
  EXPECT_EQ(codes[499], 1u);
  EXPECT_EQ(cells[at(ClusterStat::upstream_rq_xx)], 1u);
  EXPECT_EQ(cells[at(ClusterStat::upstream_rq_xx) + 4], 2u);
  EXPECT_EQ(cells[at(ClusterStat::external_upstream_rq_xx) + 4], 2u);
  EXPECT_EQ(std::accumulate(codes, codes + 500, uint64_t{0}), 3u);
}

TEST(TlsBlock, AValueCountsItsOwnCellAndAnUnknownOneTheLast) {
  std::vector<uint64_t> cells(StatTable<ListenerTlsStat>::cells());
  StatBlock<ListenerTlsStat> block{cells.data()};
  for (const char* version : {"TLSv1.3", "TLSv1.3", "TLSv1.2", "TLSv9"}) {
    block.value(ListenerTlsStat::ssl_versions, version);
  }
  EXPECT_EQ((std::vector<uint64_t>{cells.begin(), cells.begin() + 4}),
            (std::vector<uint64_t>{1, 2, 1, 0}));
  EXPECT_EQ(valuesOf(StatType::TlsVersions).back(), "unknown_ssl_version");
}

TEST_F(ClusterBlock, RawNamesHaveTheirDots) {
  const auto& defs = StatTable<ClusterStat>::defs();
  EXPECT_EQ(defs[static_cast<size_t>(ClusterStat::upstream_rq_total)].name, "upstream_rq_total");
  EXPECT_EQ(defs[static_cast<size_t>(ClusterStat::circuit_breakers_default_cx_open)].name,
            "circuit_breakers.default.cx_open");
}

}  // namespace
}  // namespace convoy::stats
