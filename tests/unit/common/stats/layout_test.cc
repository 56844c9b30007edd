#include "common/stats/layout.h"

#include <gtest/gtest.h>

#include "common/stats/stat_tables.h"

namespace convoy::stats {
namespace {

Directory directory() {
  config::Bootstrap bootstrap;
  bootstrap.clusters.emplace_back().name = "a";
  bootstrap.clusters.emplace_back().name = "b";
  return Directory::build(bootstrap);
}

// The layout of another version: each scope begins with a stat that we do not have, and lacks our
// second.
Layout otherVersion(const Layout& ours) {
  Layout out;
  out.hash = 77;
  for (auto stats : ours.scopes) {
    stats.erase(stats.begin() + 1);
    stats.insert(stats.begin(), {"of_another_version", 0, 1});
    out.scopes.push_back(std::move(stats));
  }
  uint32_t at = 3;
  for (const Layout::Place& block : ours.blocks) {
    out.blocks.push_back({block.scope, block.raw_prefix, at});
    for (const auto& stat : out.scopes[block.scope]) at += stat.cells;
  }
  out.cell_count = at;
  return out;
}

uint32_t cellOf(const Layout& layout, const std::string& prefix, const std::string& name) {
  for (const Layout::Place& block : layout.blocks) {
    if (block.raw_prefix != prefix) continue;
    uint32_t at = block.first_cell;
    for (const auto& stat : layout.scopes[block.scope]) {
      if (stat.name == name) return at;
      at += stat.cells;
    }
  }
  return UINT32_MAX;
}

TEST(Layout, SaysWhereEveryStatLies) {
  const Directory d = directory();
  const Layout layout = layoutOf(d);
  EXPECT_EQ(layout.hash, d.layoutHash());
  const auto wanted = d.cluster(1) + StatTable<ClusterStat>::offset(ClusterStat::upstream_rq_total);
  EXPECT_EQ(cellOf(layout, "cluster.b.", "upstream_rq_total"), wanted);
}

TEST(Translation, CountsOfAnotherVersionArriveUnderTheirNames) {
  const Directory d = directory();
  const Layout ours = layoutOf(d), theirs = otherVersion(ours);
  std::shared_ptr<Slab> slab = *Slab::create(theirs.hash, theirs.cell_count, 1, 0);
  slab->cells()[cellOf(theirs, "cluster.b.", "upstream_rq_total")] = 5;
  slab->cells()[cellOf(theirs, "cluster.a.", "of_another_version")] = 9;
  auto made = Translation::make(slab, theirs, d, 1, 0);
  ASSERT_TRUE(made.ok());
  Translation& translation = **made;
  const uint64_t* cells = translation.ours()->cells();
  EXPECT_EQ(cells[cellOf(ours, "cluster.b.", "upstream_rq_total")], 5u);
  uint64_t sum = 0;
  for (size_t i = 0; i < translation.ours()->cellCount(); ++i) sum += cells[i];
  EXPECT_EQ(sum, 5u);

  slab->cells()[cellOf(theirs, "cluster.b.", "upstream_rq_total")] = 6;
  translation.refresh();
  EXPECT_EQ(cells[cellOf(ours, "cluster.b.", "upstream_rq_total")], 6u);
}

TEST(Translation, ADescriptionThatReachesBeyondTheSlabCopiesNothingFromThere) {
  const Directory d = directory();
  Layout theirs = otherVersion(layoutOf(d));
  for (Layout::Place& block : theirs.blocks) block.first_cell += 100000;
  std::shared_ptr<Slab> slab = *Slab::create(theirs.hash, theirs.cell_count, 1, 0);
  auto made = Translation::make(slab, theirs, d, 1, 0);
  ASSERT_TRUE(made.ok());
  for (size_t i = 0; i < (*made)->ours()->cellCount(); ++i) {
    ASSERT_EQ((*made)->ours()->cells()[i], 0u);
  }
}

}  // namespace
}  // namespace convoy::stats
