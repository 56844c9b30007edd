#include "master/succession.h"

#include <gtest/gtest.h>

namespace convoy::master {
namespace {

std::shared_ptr<BoundAddress> address() {
  return std::make_shared<BoundAddress>(net::Address{}, std::vector<base::UniqueFd>{});
}

Plan planOf(std::vector<ListenerSet::Entry> entries,
            const std::vector<std::string>& clusters = {}) {
  auto bootstrap = std::make_shared<config::Bootstrap>();
  bootstrap->listeners.resize(entries.size());
  for (const std::string& name : clusters) bootstrap->clusters.emplace_back().name = name;
  Plan plan;
  plan.bootstrap = bootstrap;
  plan.listeners = std::make_shared<const ListenerSet>(std::move(entries));
  return plan;
}

TEST(Succession, AListenerIsKnownByItsSocketsWhateverItsPlace) {
  auto a = address(), b = address(), c = address();
  const Plan before = planOf({{0, true, a}, {1, true, b}});
  const Plan after = planOf({{0, true, c}, {1, true, b}, {2, true, a}});
  EXPECT_EQ(successionOf(before, after).listeners, (std::vector<uint32_t>{2, 1}));
}

TEST(Succession, ARemovedListenerHasNoSuccessor) {
  auto a = address(), b = address();
  const auto out = successionOf(planOf({{0, true, a}, {1, true, b}}), planOf({{0, true, b}}));
  EXPECT_EQ(out.listeners, (std::vector<uint32_t>{ipc::kNoListener, 0}));
}

TEST(Succession, ConnectionsDoNotMoveIntoAnotherProtocol) {
  auto a = address();
  const auto out = successionOf(planOf({{0, true, a}}), planOf({{0, false, a}}));
  EXPECT_EQ(out.listeners, (std::vector<uint32_t>{ipc::kNoListener}));
}

TEST(Succession, RemovedClustersAreNamed) {
  const auto out = successionOf(planOf({}, {"kept", "gone"}), planOf({}, {"new", "kept"}));
  EXPECT_EQ(out.removed_clusters, (std::vector<std::string>{"gone"}));
}

}  // namespace
}  // namespace convoy::master
