// What a scrape of ten thousand clusters costs, in what can be counted: time depends on the
// machine.
#include <gtest/gtest.h>

#include "master/metrics/family_text.h"
#include "master/metrics/prometheus_text.h"
#include "tests/fakes/count_allocations.h"
#include "tests/fakes/stats_world.h"

namespace convoy::master {
namespace {

constexpr size_t kClusters = 10'000;

class LargeScrape : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::vector<std::string> names;
    for (size_t i = 0; i < kClusters; ++i) names.push_back("service-" + std::to_string(i));
    const auto bootstrap = fakes::bootstrapWith(names);
    const auto directory = fakes::directoryOf(*bootstrap);
    totals_ = new Aggregate;
    totals_->setCurrent(directory);
    for (uint32_t slot = 0; slot < 2; ++slot) {
      slabs_.push_back(fakes::workerOf(directory, 1, slot));
      totals_->attach(directory, slabs_.back().slab, slot);
    }
  }
  static void TearDownTestSuite() {
    delete totals_;
    slabs_.clear();
  }
  static Aggregate* totals_;
  static std::vector<fakes::WorkerSlab> slabs_;
};
Aggregate* LargeScrape::totals_ = nullptr;
std::vector<fakes::WorkerSlab> LargeScrape::slabs_;

TEST_F(LargeScrape, ComesInPiecesAndAllocatesForFamiliesNotForSeries) {
  PrometheusScrape scrape(*totals_, {});
  const uint64_t before = fakes::allocationCount();
  size_t bytes = 0, largest = 0, lines = 0;
  std::string piece;
  for (bool more = true; more;) {
    piece.clear();
    more = scrape.next(piece);
    bytes += piece.size();
    largest = std::max(largest, piece.size());
    for (const char c : piece) lines += c == '\n' ? 1 : 0;
  }
  const uint64_t allocations = fakes::allocationCount() - before;
  EXPECT_GT(lines, 200 * kClusters);
  EXPECT_GT(bytes, 100'000'000u);
  EXPECT_LT(largest, FamilyText::kPieceBytes + 8192);
  // About ten for a family, of which there are some hundred; not one in a hundred series.
  EXPECT_LT(allocations, lines / 100);
}

TEST_F(LargeScrape, KeepsOnlyWhatIsNotZeroWhileItIsRead) {
  const size_t idle = PrometheusScrape(*totals_, {}).snapshotBytes();
  EXPECT_LT(idle, 64 * 1024u);
  for (size_t i = 0; i < 100; ++i) {
    slabs_[0].cluster(i).inc(stats::ClusterStat::upstream_rq_total);
    slabs_[1].cluster(i).inc(stats::ClusterStat::upstream_cx_total);
  }
  const size_t busy = PrometheusScrape(*totals_, {}).snapshotBytes();
  EXPECT_GT(busy, idle);
  EXPECT_LT(busy, idle + 200 * 32u);
}

TEST_F(LargeScrape, UsedOnlyIsAsLargeAsWhatIsUsed) {
  slabs_[0].cluster(7).inc(stats::ClusterStat::upstream_rq_total);
  ScrapeOptions used;
  used.used_only = true;
  PrometheusScrape scrape(*totals_, used);
  std::string text;
  while (scrape.next(text)) {
  }
  EXPECT_NE(text.find("envoy_cluster_upstream_rq_total{envoy_cluster_name=\"service-7\"} "),
            std::string::npos);
  EXPECT_LT(text.size(), 64 * 1024u);
}

TEST_F(LargeScrape, TheGaugesOfAClusterAreSetWithoutAnAllocation) {
  using stats::ClusterStat;
  const auto set = [] {
    totals_->setGauges(stats::Scope::Cluster, "cluster.service-1234.",
                       {{static_cast<size_t>(ClusterStat::membership_total), 3},
                        {static_cast<size_t>(ClusterStat::membership_healthy), 2}});
  };
  set();
  const std::string prefix = "cluster.service-1234.";
  const uint64_t before = fakes::allocationCount();
  totals_->setGauges(stats::Scope::Cluster, prefix,
                     {{static_cast<size_t>(ClusterStat::membership_total), 4},
                      {static_cast<size_t>(ClusterStat::membership_healthy), 4}});
  EXPECT_EQ(fakes::allocationCount(), before);
  const auto series = totals_->collect(
      [](const std::string& raw) { return raw == "cluster.service-1234.membership_total"; });
  ASSERT_EQ(series.size(), 1u);
  EXPECT_EQ(series[0].value, 4u);
  // Nobody has that name.
  totals_->setGauges(stats::Scope::Cluster, "cluster.nobody.",
                     {{static_cast<size_t>(ClusterStat::membership_total), 3}});
}

}  // namespace
}  // namespace convoy::master
