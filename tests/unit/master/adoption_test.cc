#include "master/adoption.h"

#include <gtest/gtest.h>

namespace convoy::master {
namespace {

using H = Adoptions::Health;
using Step = Adoptions::Step;
using K = Adoptions::Step::Kind;
using Steps = std::vector<Step>;

TEST(Adoptions, TheNextServingSlotAdoptsOnceAndReleasesWhenTheWorkerIsBack) {
  Adoptions adoptions(4);
  EXPECT_EQ(adoptions.update({H::Serving, H::Gone, H::Gone, H::Serving}),
            (Steps{{K::Adopt, 3, 1}, {K::Adopt, 3, 2}}));
  EXPECT_EQ(adoptions.update({H::Serving, H::Gone, H::Gone, H::Serving}), Steps{});
  EXPECT_EQ(adoptions.update({H::Serving, H::Serving, H::Gone, H::Serving}),
            (Steps{{K::Release, 3, 1}}));
  EXPECT_EQ(adoptions.adopterOf(1), std::nullopt);
  EXPECT_EQ(adoptions.adopterOf(2), 3u);
}

TEST(Adoptions, WhenTheAdopterDiesTheNextOneAdoptsBoth) {
  Adoptions adoptions(3);
  EXPECT_EQ(adoptions.update({H::Gone, H::Serving, H::Serving}), (Steps{{K::Adopt, 1, 0}}));
  EXPECT_EQ(adoptions.update({H::Gone, H::Gone, H::Serving}),
            (Steps{{K::Adopt, 2, 0}, {K::Adopt, 2, 1}}));
}

TEST(Adoptions, AnAdopterThatStallsIsReleasedWhenAnotherCanTakeOver) {
  Adoptions adoptions(3);
  adoptions.update({H::Gone, H::Serving, H::Serving});
  EXPECT_EQ(adoptions.update({H::Gone, H::Stalled, H::Serving}),
            (Steps{{K::Release, 1, 0}, {K::Adopt, 2, 0}, {K::Adopt, 2, 1}}));
  EXPECT_EQ(adoptions.update({H::Serving, H::Serving, H::Serving}),
            (Steps{{K::Release, 2, 0}, {K::Release, 2, 1}}));
}

TEST(Adoptions, WithNobodyLeftAStalledAdopterKeepsItAndADeadOneDoesNot) {
  Adoptions adoptions(2);
  adoptions.update({H::Gone, H::Serving});
  EXPECT_EQ(adoptions.update({H::Gone, H::Stalled}), Steps{});
  EXPECT_EQ(adoptions.adopterOf(0), 1u);
  EXPECT_EQ(adoptions.update({H::Gone, H::Gone}), Steps{});
  EXPECT_EQ(adoptions.adopterOf(0), std::nullopt);
  EXPECT_EQ(adoptions.update({H::Gone, H::Serving}), (Steps{{K::Adopt, 1, 0}}));
}

TEST(Adoptions, ALoneWorkerHasNoNeighbour) {
  Adoptions adoptions(1);
  EXPECT_EQ(adoptions.update({H::Gone}), Steps{});
  EXPECT_EQ(adoptions.update({H::Serving}), Steps{});
}

}  // namespace
}  // namespace convoy::master
