#include "common/stats/slab.h"

#include <unistd.h>

#include <gtest/gtest.h>

namespace convoy::stats {
namespace {

base::UniqueFd copyOf(const Slab& slab) {
  return base::UniqueFd(::dup(slab.fd()));
}

TEST(Slab, BothSidesSeeTheSameCells) {
  auto master = Slab::create(42, 10, 3, 1);
  ASSERT_TRUE(master.ok());
  auto worker = Slab::map(copyOf(*master.value()), 42, 10);
  ASSERT_TRUE(worker.ok());

  worker.value()->cells()[9] = 7;

  EXPECT_EQ(master.value()->cells()[9], 7u);
  EXPECT_EQ(worker.value()->header().generation, 3u);
  EXPECT_EQ(worker.value()->header().slot, 1u);
}

TEST(Slab, RefusesAnotherLayout) {
  auto master = Slab::create(42, 10, 3, 1);
  ASSERT_TRUE(master.ok());
  EXPECT_FALSE(Slab::map(copyOf(*master.value()), 43, 10).ok());
  EXPECT_FALSE(Slab::map(copyOf(*master.value()), 42, 11).ok());
}

TEST(Slab, AWorkerCannotChangeItsSize) {
  auto master = Slab::create(42, 10, 3, 1);
  ASSERT_TRUE(master.ok());
  EXPECT_NE(::ftruncate(master.value()->fd(), 0), 0);
  EXPECT_NE(::ftruncate(master.value()->fd(), 1 << 20), 0);
}

TEST(Slab, ASpoiledHeaderDoesNotChangeTheCellCount) {
  auto master = Slab::create(42, 10, 3, 1);
  ASSERT_TRUE(master.ok());
  master.value()->header().cell_count = 1u << 30;
  EXPECT_EQ(master.value()->cellCount(), 10u);
}

}  // namespace
}  // namespace convoy::stats
