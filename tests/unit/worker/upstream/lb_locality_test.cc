#include "worker/upstream/lb_locality.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "worker/upstream/lb.h"

namespace convoy::worker {
namespace {

HostPtr host(const std::string& name, uint32_t locality, uint32_t locality_weight,
             bool healthy = true) {
  auto made = std::make_shared<Host>();
  made->hostname = name;
  made->locality = locality;
  made->locality_weight = locality_weight;
  made->healthy = healthy;
  return made;
}

class LbLocalityTest : public ::testing::Test {
 protected:
  LbLocalityTest() { cluster_.lb.locality_weighted = true; }
  std::map<std::string, int> shares(const std::vector<HostPtr>& hosts, int picks) {
    if (lb_ == nullptr) lb_ = LoadBalancer::make(cluster_, random_);
    lb_->update(hosts);
    std::map<std::string, int> out;
    for (int i = 0; i < picks; ++i) {
      const HostPtr chosen = lb_->choose();
      ++out[chosen == nullptr ? "none" : chosen->hostname];
    }
    return out;
  }

  config::Cluster cluster_;
  base::Random random_{5};
  std::unique_ptr<LoadBalancer> lb_;
};

TEST_F(LbLocalityTest, LocalitiesShareByWeightHoweverManyHostsTheyHave) {
  const auto counts = shares({host("far", 0, 1), host("near-1", 1, 3), host("near-2", 1, 3)}, 400);
  EXPECT_EQ(counts.at("far"), 100);
  EXPECT_EQ(counts.at("near-1"), 150);
  EXPECT_EQ(counts.at("near-2"), 150);
}

TEST_F(LbLocalityTest, ALocalityWithoutAWeightGetsNothing) {
  const auto counts = shares({host("a", 0, 1), host("b", 1, 0)}, 50);
  EXPECT_EQ(counts.at("a"), 50);
  EXPECT_EQ(shares({host("b", 1, 0)}, 1).at("none"), 1);
}

TEST_F(LbLocalityTest, MissingHostsCountOnceTooManyAreMissing) {
  // Two of three are 93 % of the load by the factor of 1.4; one of three is 47 %.
  cluster_.lb.healthy_panic_threshold = 0;
  auto hosts = [](bool second, bool third) {
    return std::vector<HostPtr>{host("a", 0, 1), host("b1", 1, 1), host("b2", 1, 1, second),
                                host("b3", 1, 1, third)};
  };
  EXPECT_EQ(shares(hosts(true, true), 1000).at("a"), 500);
  EXPECT_NEAR(shares(hosts(true, false), 1000).at("a"), 517, 2);
  EXPECT_NEAR(shares(hosts(false, false), 1000).at("a"), 682, 2);
}

TEST_F(LbLocalityTest, ALocalityThatIsGoneLeavesItsShareToTheOthers) {
  shares({host("a", 0, 1), host("b", 1, 1)}, 10);
  EXPECT_EQ(shares({host("a", 0, 1)}, 10).at("a"), 10);
}

}  // namespace
}  // namespace convoy::worker
