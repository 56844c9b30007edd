#include "common/stats/directory.h"

#include <set>

#include <gtest/gtest.h>

#include "common/stats/stat_tables.h"
#include "tests/fakes/stats_world.h"

namespace convoy::stats {
namespace {

using fakes::bootstrapWith;

TEST(Directory, IsAFunctionOfTheConfiguration) {
  auto one = Directory::build(*bootstrapWith({"a", "b"}));
  auto two = Directory::build(*bootstrapWith({"a", "b"}));
  auto other = Directory::build(*bootstrapWith({"a", "c"}));
  EXPECT_EQ(one.layoutHash(), two.layoutHash());
  EXPECT_EQ(one.cellCount(), two.cellCount());
  EXPECT_NE(one.layoutHash(), other.layoutHash());
}

TEST(Directory, BlocksStartOnCacheLinesAndDoNotOverlap) {
  auto directory = Directory::build(*bootstrapWith({"a", "b", "c"}));
  size_t end = 0;
  for (const Block& block : directory.blocks()) {
    EXPECT_EQ(block.first_cell % 8, 0u);
    EXPECT_GE(block.first_cell, end);
    end = block.first_cell + cellsOfScope(block.scope);
  }
  EXPECT_LE(end, directory.cellCount());
  EXPECT_EQ(cellsOfScope(Scope::Cluster), StatTable<ClusterStat>::cells());
}

TEST(Directory, TwoConnectionManagersOfOnePrefixShareABlock) {
  auto bootstrap = bootstrapWith({"a"});
  auto second = bootstrap->listeners[0];
  second.address.port_value = 10002;
  bootstrap->listeners.push_back(second);
  auto directory = Directory::build(*bootstrap);
  EXPECT_EQ(directory.http(0), directory.http(2));
  EXPECT_NE(directory.listener(0), directory.listener(2));
  EXPECT_NE(directory.listenerHttp(0), directory.listenerHttp(2));
}

TEST(Directory, AListenerHasOnlyTheBlocksOfItsFilter) {
  auto directory = Directory::build(*bootstrapWith({"a"}));
  EXPECT_EQ(directory.tcp(0), Directory::kNone);
  EXPECT_EQ(directory.http(1), Directory::kNone);
  EXPECT_EQ(directory.listenerHttp(1), Directory::kNone);
  EXPECT_NE(directory.tcp(1), Directory::kNone);
}

TEST(Directory, OnlyTlsHasBlocksOfIt) {
  auto bootstrap = bootstrapWith({"plain", "tls"});
  bootstrap->clusters[1].tls.emplace();
  bootstrap->listeners[1].more_chains.emplace_back().tls.emplace();
  auto directory = Directory::build(*bootstrap);
  EXPECT_EQ(directory.clusterTls(0), Directory::kNone);
  EXPECT_NE(directory.clusterTls(1), Directory::kNone);
  EXPECT_EQ(directory.listenerTls(0), Directory::kNone);
  EXPECT_NE(directory.listenerTls(1), Directory::kNone);
}

TEST(Directory, TagsCarryTheWholeName) {
  auto directory = Directory::build(*bootstrapWith({"a.b.c"}));
  const Block& last = directory.blocks().back();
  EXPECT_EQ(last.raw_prefix, "cluster.a.b.c.");
  EXPECT_EQ(last.tags.at(0).second, "a.b.c");
}

TEST(StatDefs, NamesAreUniqueAndEachHasAHelpSentence) {
  for (Scope scope : {Scope::Server, Scope::Listener, Scope::Http, Scope::ListenerHttp, Scope::Tcp,
                      Scope::Cluster, Scope::ListenerTls, Scope::ClusterTls}) {
    size_t count = 0;
    const StatDef* defs = defsOf(scope, &count);
    std::set<std::string_view> names;
    for (size_t i = 0; i < count; ++i) {
      EXPECT_TRUE(names.insert(defs[i].name).second) << defs[i].name;
      EXPECT_FALSE(defs[i].help.empty()) << defs[i].name;
    }
  }
}

}  // namespace
}  // namespace convoy::stats
