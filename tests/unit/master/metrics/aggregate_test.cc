#include "master/metrics/aggregate.h"

#include <optional>

#include <gtest/gtest.h>

#include "tests/fakes/stats_world.h"

namespace convoy::master {
namespace {

using fakes::bootstrapWith;
using fakes::directoryOf;
using fakes::workerOf;
using fakes::WorkerSlab;
using stats::ClusterStat;
using stats::HttpStat;
using stats::ListenerStat;

class AggregateTest : public ::testing::Test {
 protected:
  std::shared_ptr<const stats::Directory> use(const std::vector<std::string>& clusters) {
    auto directory = directoryOf(*bootstrapWith(clusters));
    aggregate.setCurrent(directory);
    return directory;
  }
  WorkerSlab start(std::shared_ptr<const stats::Directory> directory, uint32_t slot) {
    WorkerSlab worker = workerOf(directory, 1, slot);
    aggregate.attach(directory, worker.slab, slot);
    return worker;
  }
  std::optional<Series> find(const std::string& raw) const {
    auto all = aggregate.collect([&](const std::string& name) { return name == raw; });
    EXPECT_LE(all.size(), 1u) << raw;
    if (all.empty()) return std::nullopt;
    return all[0];
  }
  int64_t value(const std::string& raw) const {
    auto series = find(raw);
    EXPECT_TRUE(series.has_value()) << raw;
    return series ? static_cast<int64_t>(series->value) : -1;
  }
  Aggregate aggregate;
};

const char* const kTotal = "cluster.a.upstream_rq_total";

TEST_F(AggregateTest, SumsOverWorkers) {
  auto directory = use({"a"});
  WorkerSlab one = start(directory, 0), two = start(directory, 1);
  one.cluster(0).add(ClusterStat::upstream_rq_total, 5);
  two.cluster(0).add(ClusterStat::upstream_rq_total, 7);
  EXPECT_EQ(value(kTotal), 12);
}

TEST_F(AggregateTest, EveryConfiguredSeriesStartsAtZero) {
  use({"a"});
  EXPECT_EQ(value("cluster.a.upstream_rq_5xx"), 0);
  EXPECT_EQ(value("http.ingress.downstream_rq_2xx"), 0);
  EXPECT_EQ(value("listener.127.0.0.1_10000.http.ingress.downstream_rq_2xx"), 0);
  EXPECT_EQ(value("tcp.redis.downstream_cx_total"), 0);
  EXPECT_EQ(find("cluster.a.upstream_rq_time")->buckets.size(), 20u);
  EXPECT_FALSE(find("cluster.a.upstream_rq_503").has_value());
}

TEST_F(AggregateTest, WhatTlsAgreedOnIsThereOnceItCounted) {
  auto bootstrap = bootstrapWith({"a"});
  bootstrap->clusters[0].tls.emplace();
  auto directory = directoryOf(*bootstrap);
  aggregate.setCurrent(directory);
  WorkerSlab one = start(directory, 0);
  EXPECT_FALSE(find("cluster.a.ssl.versions.TLSv1.3").has_value());
  stats::StatBlock<stats::ClusterTlsStat> tls(one.slab->cells() + directory->clusterTls(0));
  tls.value(stats::ClusterTlsStat::ssl_versions, "TLSv1.3");
  tls.value(stats::ClusterTlsStat::ssl_ciphers, "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(value("cluster.a.ssl.versions.TLSv1.3"), 1);
  const std::vector<std::pair<std::string, std::string>> wanted = {
      {"cipher_suite", "TLS_AES_128_GCM_SHA256"}, {"envoy_cluster_name", "a"}};
  EXPECT_EQ(find("cluster.a.ssl.ciphers.TLS_AES_128_GCM_SHA256")->labels, wanted);
  aggregate.retire(one.slab.get());
  EXPECT_EQ(value("cluster.a.ssl.versions.TLSv1.3"), 1);
}

TEST_F(AggregateTest, ADeadWorkersCountsStayAndItsGaugesGo) {
  auto directory = use({"a"});
  WorkerSlab one = start(directory, 0), two = start(directory, 1);
  one.cluster(0).add(ClusterStat::upstream_rq_total, 5);
  one.cluster(0).inc(ClusterStat::upstream_rq_active);
  one.cluster(0).observe(ClusterStat::upstream_rq_time, 700);
  one.cluster(0).status(ClusterStat::upstream_rq, 503);
  two.cluster(0).inc(ClusterStat::upstream_rq_active);

  aggregate.retire(one.slab.get());

  EXPECT_EQ(value(kTotal), 5);
  EXPECT_EQ(value("cluster.a.upstream_rq_active"), 1);
  EXPECT_EQ(value("cluster.a.upstream_rq_503"), 1);
  EXPECT_EQ(find("cluster.a.upstream_rq_time")->buckets[1], 1u);
  EXPECT_EQ(find("cluster.a.upstream_rq_time")->sum_us, 700u);
}

TEST_F(AggregateTest, CountsSurviveAReloadThatMovesTheirCells) {
  auto before = use({"a", "b"});
  WorkerSlab old = start(before, 0);
  old.cluster(0).add(ClusterStat::upstream_rq_total, 5);

  auto after = use({"x", "b", "a"});  // a is the third block now
  WorkerSlab fresh = start(after, 0);
  fresh.cluster(2).add(ClusterStat::upstream_rq_total, 2);
  old.cluster(0).add(ClusterStat::upstream_rq_total, 1);  // it still drains
  EXPECT_EQ(value(kTotal), 8);

  aggregate.retire(old.slab.get());
  EXPECT_EQ(value(kTotal), 8);
}

TEST_F(AggregateTest, ARemovedClusterIsShownOnlyWhereItCounted) {
  auto before = use({"a", "b"});
  WorkerSlab old = start(before, 0);
  old.cluster(0).inc(ClusterStat::upstream_rq_total);
  aggregate.setGauge("cluster.a.membership_total", 3);
  aggregate.retire(old.slab.get());

  use({"c"});

  EXPECT_EQ(value(kTotal), 1);
  EXPECT_FALSE(find("cluster.a.upstream_cx_total").has_value());
  EXPECT_FALSE(find("cluster.a.membership_total").has_value());
  EXPECT_FALSE(find("cluster.b.upstream_rq_total").has_value());
}

TEST_F(AggregateTest, ConfigurationsThatRenameTheirClustersForEverDoNotGrowIt) {
  for (int i = 0; i < 30; ++i) {
    std::vector<std::string> names;
    for (int j = 0; j < 100; ++j) names.push_back(std::to_string(i) + "_" + std::to_string(j));
    WorkerSlab worker = start(use(names), 0);
    for (size_t j = 0; j < 100; ++j) worker.cluster(j).inc(ClusterStat::upstream_rq_total);
    aggregate.retire(worker.slab.get());
  }
  use({"a"});
  auto all = aggregate.collectFamily({stats::StatType::Counter, "envoy_cluster_upstream_rq_total"},
                                     nullptr);
  EXPECT_LE(all.size(), Aggregate::kMaxFormer + 1);
  EXPECT_TRUE(find("cluster.29_0.upstream_rq_total").has_value());
  EXPECT_FALSE(find("cluster.0_0.upstream_rq_total").has_value());
}

TEST_F(AggregateTest, EachSlotHasItsOwnListenerSeries) {
  auto directory = use({"a"});
  WorkerSlab one = start(directory, 0), two = start(directory, 3);
  one.listener().add(ListenerStat::downstream_cx_total, 2);
  two.listener().inc(ListenerStat::downstream_cx_active);

  EXPECT_EQ(value("listener.127.0.0.1_10000.worker_0.downstream_cx_total"), 2);
  auto active = find("listener.127.0.0.1_10000.worker_3.downstream_cx_active");
  ASSERT_TRUE(active.has_value());
  EXPECT_EQ(active->value, 1u);
  EXPECT_EQ(active->family, "envoy_listener_worker_downstream_cx_active");
  EXPECT_EQ(active->labels[0], std::make_pair(std::string("envoy_worker_id"), std::string("3")));
}

TEST_F(AggregateTest, ALimitThatEveryWorkerSeesOpenIsOpenOnce) {
  auto directory = use({"a"});
  WorkerSlab one = start(directory, 0), two = start(directory, 1);
  one.cluster(0).set(ClusterStat::circuit_breakers_default_cx_open, 1);
  two.cluster(0).set(ClusterStat::circuit_breakers_default_cx_open, 1);
  EXPECT_EQ(value("cluster.a.circuit_breakers.default.cx_open"), 1);
}

TEST_F(AggregateTest, TheMasterSetsGaugesAndAddsCounters) {
  use({"a.b.c"});
  aggregate.setGauge("cluster.a.b.c.membership_total", 4);
  aggregate.addCounter("cluster.a.b.c.update_success", 2);
  aggregate.addCounter("http.admin.downstream_rq_2xx", 3);
  aggregate.observe("server.initialization_time_ms", 2'000'000);
  aggregate.setGauge("cluster.nobody.membership_total", 4);

  auto total = find("cluster.a.b.c.membership_total");
  ASSERT_TRUE(total.has_value());
  EXPECT_EQ(total->family, "envoy_cluster_membership_total");
  EXPECT_EQ(total->labels.at(0).second, "a.b.c");
  EXPECT_EQ(value("cluster.a.b.c.update_success"), 2);
  EXPECT_EQ(value("http.admin.downstream_rq_2xx"), 3);
  EXPECT_EQ(find("server.initialization_time_ms")->buckets[10], 1u);
  EXPECT_FALSE(find("cluster.nobody.membership_total").has_value());
}

TEST_F(AggregateTest, AGaugeTheMasterSetToZeroIsUsed) {
  use({"a"});
  aggregate.setGauge("server.state", 0);
  EXPECT_TRUE(find("server.state")->used);
  EXPECT_FALSE(find("cluster.a.upstream_cx_active")->used);
}

TEST_F(AggregateTest, ResetCountsFromZeroAgainAndLeavesGauges) {
  auto directory = use({"a"});
  WorkerSlab worker = start(directory, 0);
  worker.cluster(0).add(ClusterStat::upstream_rq_total, 5);
  worker.cluster(0).inc(ClusterStat::upstream_rq_active);
  worker.cluster(0).status(ClusterStat::upstream_rq, 200);

  aggregate.resetCounters();
  worker.cluster(0).inc(ClusterStat::upstream_rq_total);

  EXPECT_EQ(value(kTotal), 1);
  EXPECT_EQ(value("cluster.a.upstream_rq_active"), 1);
  EXPECT_EQ(value("cluster.a.upstream_rq_200"), 0);
  aggregate.retire(worker.slab.get());
  EXPECT_EQ(value(kTotal), 1);
}

TEST_F(AggregateTest, ASlabThatIsTooSmallIsNotReadBeyondItsEnd) {
  auto directory = use({"a"});
  auto small = stats::Slab::create(1, 4, 1, 0);
  aggregate.attach(directory, std::shared_ptr<stats::Slab>(std::move(small).value()), 0);
  EXPECT_EQ(value(kTotal), 0);
}

}  // namespace
}  // namespace convoy::master
