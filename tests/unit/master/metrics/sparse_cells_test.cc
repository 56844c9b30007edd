#include "master/metrics/sparse_cells.h"

#include <gtest/gtest.h>

namespace convoy::master {
namespace {

TEST(SparseCells, EveryCellIsZeroAndCostsNothingUntilItIsNot) {
  SparseCells cells;
  EXPECT_EQ(cells[0], 0u);
  EXPECT_EQ(cells[100000], 0u);
  cells.set(7, 0);
  cells.add(5000, 0);
  cells.include(99, 0);
  EXPECT_EQ(cells.bytes(), 0u);
  EXPECT_FALSE(cells.anyIn(0, 100000));
}

TEST(SparseCells, KeepsWhatIsSetAddedAndIncludedFarApart) {
  SparseCells cells;
  cells.set(1600, 3);
  cells.add(1600, 4);
  cells.add(0, 1);
  cells.include(31, 5);
  cells.include(31, 2);
  EXPECT_EQ(cells[1600], 7u);
  EXPECT_EQ(cells[0], 1u);
  EXPECT_EQ(cells[31], 7u);
  EXPECT_EQ(cells[32], 0u);
  EXPECT_TRUE(cells.anyIn(1600, 1601));
  EXPECT_FALSE(cells.anyIn(32, 1600));
  EXPECT_LT(cells.bytes(), 1024u);
  cells.set(1600, 0);
  EXPECT_EQ(cells[1600], 0u);
  cells.clear();
  EXPECT_EQ(cells[0], 0u);
}

}  // namespace
}  // namespace convoy::master
