#include "worker/upstream/lb_subset.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

using config::LbMetadata;
using Fallback = config::LbSubset::Fallback;

class LbSubsetTest : public ::testing::Test {
 protected:
  LbSubsetTest() {
    settings().selectors = {{{"version"}, {}, {}}, {{"stage", "version"}, {}, {}}};
    add("old", {{"stage", "\"prod\""}, {"version", "1"}});
    add("new", {{"stage", "\"prod\""}, {"version", "2"}});
    add("dev", {{"stage", "\"dev\""}, {"version", "2"}});
    add("bare", {});
  }
  config::LbSubset& settings() {
    if (!cluster_.lb.subset) cluster_.lb.subset.emplace();
    return *cluster_.lb.subset;
  }
  void add(const std::string& name, LbMetadata metadata) {
    metadata_.push_back(std::make_unique<LbMetadata>(std::move(metadata)));
    hosts_.push_back(std::make_shared<Host>());
    hosts_.back()->hostname = name;
    hosts_.back()->metadata = metadata_.back().get();
  }
  // The hosts that requests for such a subset reach.
  std::set<std::string> reached(const LbMetadata& wanted) {
    lb_ = LoadBalancer::make(cluster_, random_);
    lb_->update(hosts_);
    PickContext context;
    context.subset = &wanted;
    std::set<std::string> out;
    for (int i = 0; i < 50; ++i) {
      const HostPtr host = lb_->choose(context);
      out.insert(host == nullptr ? "none" : host->hostname);
    }
    return out;
  }
  using Names = std::set<std::string>;

  config::Cluster cluster_;
  std::vector<std::unique_ptr<LbMetadata>> metadata_;
  std::vector<HostPtr> hosts_;
  base::Random random_{5};
  std::unique_ptr<LoadBalancer> lb_;
};

TEST_F(LbSubsetTest, ARequestReachesTheHostsOfItsSubset) {
  EXPECT_EQ(reached({{"version", "1"}}), Names{"old"});
  EXPECT_TRUE(lb_->notes().subset);
  EXPECT_EQ(reached({{"version", "2"}}), (Names{"dev", "new"}));
  EXPECT_EQ(reached({{"stage", "\"dev\""}, {"version", "2"}}), Names{"dev"});
  EXPECT_EQ(lb_->subsets(), 5u);
}

TEST_F(LbSubsetTest, ANumberIsNotItsText) {
  EXPECT_EQ(reached({{"version", "\"1\""}}), Names{"none"});
}

TEST_F(LbSubsetTest, KeysWithoutASelectorFallBack) {
  EXPECT_EQ(reached({{"stage", "\"dev\""}}), Names{"none"});
  settings().fallback = Fallback::AnyEndpoint;
  EXPECT_EQ(reached({{"stage", "\"dev\""}}), (Names{"bare", "dev", "new", "old"}));
  EXPECT_TRUE(lb_->notes().fallback);
  EXPECT_FALSE(lb_->notes().subset);
}

TEST_F(LbSubsetTest, TheDefaultSubset) {
  settings().fallback = Fallback::DefaultSubset;
  settings().default_subset = {{"stage", "\"prod\""}};
  EXPECT_EQ(reached({}), (Names{"new", "old"}));
  EXPECT_EQ(reached({{"version", "3"}}), (Names{"new", "old"}));
}

TEST_F(LbSubsetTest, ASelectorMayFallBackToFewerKeys) {
  settings().selectors[1].fallback = Fallback::KeysSubset;
  settings().selectors[1].fallback_keys = {"version"};
  EXPECT_EQ(reached({{"stage", "\"test\""}, {"version", "1"}}), Names{"old"});
}

TEST_F(LbSubsetTest, RatherAnyHostThanNone) {
  settings().panic_mode_any = true;
  EXPECT_EQ(reached({{"version", "9"}}).size(), 4u);
  EXPECT_TRUE(lb_->notes().fallback_panic);
}

TEST_F(LbSubsetTest, AListMayCountAsAnyOfItsElements) {
  add("both", {{"version", "[1,2]"}});
  EXPECT_EQ(reached({{"version", "1"}}), Names{"old"});
  settings().list_as_any = true;
  EXPECT_EQ(reached({{"version", "1"}}), (Names{"both", "old"}));
}

}  // namespace
}  // namespace convoy::worker
