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

config::Bootstrap withLimits(uint64_t most, uint32_t tokens) {
  config::Bootstrap out;
  out.clusters.emplace_back().name = "a";
  config::Listener& listener = out.listeners.emplace_back();
  listener.name = "front";
  config::FilterChain& chain = listener.filter_chain;
  chain.terminal = config::Echo{};
  config::ConnectionLimit limit;
  limit.stat_prefix = "few";
  limit.max_connections = most;
  config::ConnectionRate rate;
  rate.stat_prefix = "slow";
  rate.bucket.max_tokens = tokens;
  chain.filters = {limit, config::SniCluster{}, rate, limit};
  return out;
}

TEST(Directory, FiltersThatLimitHaveSeatsBehindTheClusters) {
  const auto bootstrap = withLimits(1, 1);
  const auto directory = Directory::build(bootstrap);
  EXPECT_EQ(directory.seatNames().size(), 4u);
  EXPECT_EQ(directory.seatNames()[0], "a");
  EXPECT_EQ(directory.filterSeat(0, 0, 0), 1u);
  EXPECT_EQ(directory.filterSeat(0, 0, 1), Directory::kNoSeat);
  EXPECT_EQ(directory.filterSeat(0, 0, 2), 2u);
  EXPECT_EQ(directory.filterSeat(0, 0, 3), 3u);
}

TEST(Directory, AConnectionLimitKeepsItsSeatWhateverItIsAndABucketOnlyAsItIs) {
  const auto before = Directory::build(withLimits(1, 1)),
             after = Directory::build(withLimits(9, 9));
  EXPECT_EQ(before.seatNames()[1], after.seatNames()[1]);
  EXPECT_NE(before.seatNames()[2], after.seatNames()[2]);
}

TEST(Directory, FiltersThatShareAKeyAndABucketShareASeat) {
  auto bootstrap = withLimits(1, 1);
  auto& filters = bootstrap.listeners[0].filter_chain.filters;
  auto& rate = std::get<config::ConnectionRate>(filters[2]);
  rate.share_key = "k";
  filters[3] = rate;
  const auto directory = Directory::build(bootstrap);
  EXPECT_EQ(directory.filterSeat(0, 0, 2), directory.filterSeat(0, 0, 3));
}

TEST(Directory, EachRouteWithABucketHasASeatOfItsOwn) {
  config::Bootstrap bootstrap;
  config::Listener& listener = bootstrap.listeners.emplace_back();
  config::HttpConnectionManager http;
  config::RateLimitFilter rate;
  rate.stat_prefix = "p";
  rate.bucket.emplace();
  const auto settings = [&] { return std::make_shared<const config::FilterSettings>(rate); };
  http.http_filters.emplace_back().settings = settings();
  config::VirtualHost& host = http.route_config.virtual_hosts.emplace_back();
  host.routes.emplace_back().filters.push_back({"rate", false, settings()});
  host.routes.emplace_back().filters.push_back({"rate", false, settings()});
  listener.filter_chain.terminal = http;
  const auto directory = Directory::build(bootstrap);
  const auto& built = *bootstrap.listeners[0].http();
  std::set<size_t> seats;
  const auto add = [&](const std::shared_ptr<const config::FilterSettings>& of) {
    seats.insert(directory.httpRate(std::get<config::RateLimitFilter>(*of)).seat);
  };
  add(built.http_filters[0].settings);
  for (const auto& route : built.route_config.virtual_hosts[0].routes) {
    add(route.filters[0].settings);
  }
  EXPECT_EQ(seats.size(), 3u);
  EXPECT_EQ(directory.seatNames().size(), 3u);
}

TEST(StatDefs, NamesAreUniqueAndEachHasAHelpSentence) {
  for (Scope scope : {Scope::Server, Scope::Listener, Scope::Http, Scope::ListenerHttp, Scope::Tcp,
                      Scope::Grpc, Scope::Cluster, Scope::ListenerTls, Scope::ClusterTls}) {
    size_t count = 0;
    const StatDef* defs = defsOf(scope, &count);
    std::set<std::string_view> names;
    for (size_t i = 0; i < count; ++i) {
      EXPECT_TRUE(names.insert(defs[i].name).second) << defs[i].name;
      EXPECT_FALSE(defs[i].help.empty()) << defs[i].name;
    }
  }
}

TEST(Directory, VirtualClustersAndRoutesHaveBlocksOfTheirOwn) {
  auto bootstrap = bootstrapWith({"a"});
  auto& chain = bootstrap->listeners[0].filter_chain;
  auto& manager = std::get<config::HttpConnectionManager>(chain.terminal);
  manager.route_config.virtual_hosts.push_back({});
  config::VirtualHost& host = manager.route_config.virtual_hosts.back();
  host.name = "shop";
  host.virtual_clusters.push_back({"users", {}});
  host.routes.push_back({});
  host.routes.back().stat_prefix = "cart";
  const auto directory = Directory::build(*bootstrap);
  std::set<std::string> prefixes;
  for (const Block& block : directory.blocks()) prefixes.insert(block.raw_prefix);
  EXPECT_TRUE(prefixes.contains("vhost.shop.vcluster.users."));
  EXPECT_TRUE(prefixes.contains("vhost.shop.vcluster.other."));
  EXPECT_TRUE(prefixes.contains("vhost.shop.route.cart."));
  EXPECT_NE(directory.virtualCluster("shop", "users"), directory.virtualCluster("shop", "other"));
  EXPECT_NE(directory.route("shop", "cart"), Directory::kNone);
  EXPECT_EQ(familyPrefix(Scope::VirtualCluster), "envoy_vhost_vcluster_");
}

}  // namespace
}  // namespace convoy::stats
