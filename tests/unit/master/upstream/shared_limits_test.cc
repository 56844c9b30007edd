#include "master/upstream/shared_limits.h"

#include <gtest/gtest.h>

#include "common/stats/directory.h"
#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

using stats::LimitsPage;

config::Bootstrap clustersNamed(const std::vector<std::string>& names) {
  config::Bootstrap out;
  for (const std::string& name : names) out.clusters.emplace_back().name = name;
  return out;
}

class SharedLimitsTest : public ::testing::Test {
 protected:
  struct Worker {
    std::shared_ptr<stats::Slab> slab;
    uint64_t* cells;
    void hold(size_t cluster, uint64_t n) { cells[stats::holdingCell(cluster)] = n; }
  };
  Worker worker(const config::Bootstrap& bootstrap,
                std::shared_ptr<const SharedLimits::Seats> seats) {
    const auto directory = stats::Directory::build(bootstrap);
    std::shared_ptr<stats::Slab> slab =
        *stats::Slab::create(directory.layoutHash(), directory.cellCount(), 1, 0);
    limits_.attach(slab, directory.holdings(), std::move(seats));
    return {slab, slab->cells() + directory.holdings()};
  }
  std::shared_ptr<const SharedLimits::Seats> seatsOf(const config::Bootstrap& bootstrap) {
    return limits_.seatsOf(stats::Directory::build(bootstrap).seatNames());
  }
  void add(uint32_t seat, uint64_t n) { page()->seat(seat)[0] += n; }
  LimitsPage* page() {
    if (page_ == nullptr) page_ = *LimitsPage::map(base::UniqueFd(::dup(limits_.fd())));
    return page_.get();
  }
  uint64_t total(uint32_t seat) { return limits_.totals(seat)[0]; }

  net::EventLoop loop_;
  SharedLimits limits_{loop_};
  std::unique_ptr<LimitsPage> page_;
};

TEST_F(SharedLimitsTest, AClusterKeepsItsSeatByItsName) {
  const auto first = seatsOf(clustersNamed({"a", "b"}));
  const auto second = seatsOf(clustersNamed({"c", "b"}));
  EXPECT_EQ(first->numbers()[1], second->numbers()[1]);
  EXPECT_NE(second->numbers()[0], first->numbers()[0]);
}

TEST_F(SharedLimitsTest, ASeatThatNobodyHasIsGivenOutAgainAtZero) {
  auto first = seatsOf(clustersNamed({"a"}));
  const uint32_t seat = first->numbers()[0];
  add(seat, 3);
  first.reset();
  const auto second = seatsOf(clustersNamed({"b"}));
  EXPECT_EQ(second->numbers()[0], seat);
  EXPECT_EQ(total(seat), 0u);
}

TEST_F(SharedLimitsTest, WhatADeadWorkerHeldGoesBack) {
  const auto bootstrap = clustersNamed({"a", "b"});
  const auto seats = seatsOf(bootstrap);
  Worker dead = worker(bootstrap, seats), living = worker(bootstrap, seats);
  dead.hold(1, 4);
  living.hold(1, 2);
  add(seats->numbers()[1], 6);
  limits_.retire(dead.slab.get());
  EXPECT_EQ(total(seats->numbers()[1]), 2u);
  limits_.retire(dead.slab.get());
  EXPECT_EQ(total(seats->numbers()[1]), 2u);
}

TEST_F(SharedLimitsTest, AWorkerThatDiedInTheMiddleOfATurnLeavesNothingBehind) {
  const auto bootstrap = clustersNamed({"a"});
  const auto seats = seatsOf(bootstrap);
  const uint32_t seat = seats->numbers()[0];
  Worker dead = worker(bootstrap, seats), living = worker(bootstrap, seats);
  living.hold(0, 2);
  // The shared word has the change, its holding not yet; and a neighbour is in the middle as well.
  add(seat, 3);
  dead.cells[stats::kTurnCell] = 1;
  dead.cells[stats::kTurnSeatCell] = seat;
  living.cells[stats::kTurnCell] = 1;
  limits_.retire(dead.slab.get());
  EXPECT_EQ(total(seat), 3u);
  living.cells[stats::kTurnCell] = 2;
  EXPECT_TRUE(turnUntil(loop_, [&] { return total(seat) == 2; }));
}

TEST_F(SharedLimitsTest, AProgramThatTakesOverGoesOnCounting) {
  const auto bootstrap = clustersNamed({"a", "b"});
  const auto seats = seatsOf(bootstrap);
  add(seats->numbers()[1], 5);
  Bequest bequest;
  const Json::Value saved = limits_.save(bequest);
  SharedLimits next(loop_);
  next.restore(saved);
  const auto again = next.seatsOf({"b", "x"});
  EXPECT_EQ(again->numbers()[0], seats->numbers()[1]);
  EXPECT_EQ(next.totals(again->numbers()[0])[0], 5u);
  EXPECT_NE(again->numbers()[1], seats->numbers()[0]);
}

}  // namespace
}  // namespace convoy::master
