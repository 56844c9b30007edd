#include "worker/upstream/priority_load.h"

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

std::vector<uint32_t> healthyLoads(const std::vector<LevelHealth>& levels,
                                   uint32_t panic_threshold = 0) {
  config::LoadBalancing config;
  config.healthy_panic_threshold = panic_threshold;
  std::vector<uint32_t> out;
  for (const LevelLoad& load : loadOf(levels, config)) out.push_back(load.healthy);
  return out;
}

// The tables of Envoy's documentation, "Priority levels": 100 hosts in each.
TEST(PriorityLoad, IsAsEnvoysTablesSay) {
  using Loads = std::vector<uint32_t>;
  const auto two = [](uint32_t first, uint32_t second) {
    return healthyLoads({{100, first, 0}, {100, second, 0}});
  };
  EXPECT_EQ(two(100, 100), (Loads{100, 0}));
  EXPECT_EQ(two(72, 100), (Loads{100, 0}));
  EXPECT_EQ(two(71, 100), (Loads{99, 1}));
  EXPECT_EQ(two(50, 100), (Loads{70, 30}));
  EXPECT_EQ(two(25, 100), (Loads{35, 65}));
  EXPECT_EQ(two(0, 100), (Loads{0, 100}));
  EXPECT_EQ(two(25, 25), (Loads{50, 50}));
  EXPECT_EQ(healthyLoads({{100, 25, 0}, {100, 25, 0}, {100, 25, 0}}), (Loads{35, 35, 30}));
}

TEST(PriorityLoad, DegradedHostsComeAfterAllHealthyOnes) {
  const auto loads = loadOf({{100, 50, 50}, {100, 15, 0}}, {});
  EXPECT_EQ(loads[0].healthy, 70u);
  EXPECT_EQ(loads[1].healthy, 21u);
  EXPECT_EQ(loads[0].degraded, 9u);
}

TEST(PriorityLoad, APanicIsOfALevelUnlessTheOthersTakeAll) {
  const auto calm = loadOf({{100, 10, 0}, {100, 100, 0}}, {});
  EXPECT_FALSE(calm[0].panic);
  const auto panic = loadOf({{100, 10, 0}, {100, 55, 0}}, {});
  EXPECT_TRUE(panic[0].panic);
  EXPECT_FALSE(panic[1].panic);
}

TEST(PriorityLoad, InAPanicOfAllTheNumberOfHostsCounts) {
  const auto loads = loadOf({{30, 1, 0}, {10, 0, 0}}, {});
  EXPECT_TRUE(loads[0].panic && loads[1].panic);
  EXPECT_EQ(loads[0].healthy, 75u);
  EXPECT_EQ(loads[1].healthy, 25u);
}

TEST(PriorityLoad, TheFactorSaysWhenAPriorityIsNotEnough) {
  config::LoadBalancing config;
  config.overprovisioning_factor = 100;
  EXPECT_EQ(loadOf({{100, 90, 0}, {100, 100, 0}}, config)[1].healthy, 10u);
}

TEST(PriorityLoad, NoHostsAtAll) {
  EXPECT_TRUE(loadOf({}, {}).empty());
  EXPECT_EQ(healthyLoads({{10, 0, 0}}), (std::vector<uint32_t>{100}));
}

}  // namespace
}  // namespace convoy::worker
