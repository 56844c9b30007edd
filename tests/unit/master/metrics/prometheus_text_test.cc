#include "master/metrics/prometheus_text.h"

#include <functional>
#include <map>
#include <sstream>

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include "master/metrics/metric_family.h"
#include "master/metrics/series_rules.h"
#include "tests/fakes/exposition.h"
#include "tests/fakes/stats_world.h"

namespace convoy::master {
namespace {

using fakes::bootstrapWith;
using fakes::directoryOf;
using fakes::parseExposition;
using fakes::workerOf;
using stats::ClusterStat;

class PrometheusText : public ::testing::Test {
 protected:
  PrometheusText() {
    directory = directoryOf(*bootstrapWith({"a.b:c", "d"}));
    aggregate.setCurrent(directory);
    worker = workerOf(directory, 1, 0);
    aggregate.attach(directory, worker.slab, 0);
  }
  std::string text(ScrapeOptions options = {}) const {
    std::string out;
    for (PrometheusScrape scrape(aggregate, std::move(options)); scrape.next(out);) {
    }
    return out;
  }
  static ScrapeOptions filtered(const std::string& pattern) {
    ScrapeOptions options;
    options.filter = base::Regex::compile(pattern).value();
    return options;
  }
  Aggregate aggregate;
  std::shared_ptr<const stats::Directory> directory;
  fakes::WorkerSlab worker;
};

TEST_F(PrometheusText, IsWellFormedAndGrouped) {
  worker.cluster(0).status(ClusterStat::upstream_rq, 503);
  aggregate.setOwn("convoy_workers", stats::StatType::Gauge, {{"state", "ready"}}, 2);
  auto parsed = parseExposition(text());
  EXPECT_TRUE(parsed.errors.empty()) << parsed.errors.front();
  EXPECT_GT(parsed.families.size(), 250u);
  EXPECT_EQ(parsed.value("convoy_workers{state=\"ready\"}"), 2);
}

TEST_F(PrometheusText, WhatTlsAgreedOnHasALabel) {
  auto bootstrap = bootstrapWith({"a"});
  bootstrap->listeners[0].filter_chain.tls.emplace();
  auto with_tls = directoryOf(*bootstrap);
  aggregate.setCurrent(with_tls);
  auto other = workerOf(with_tls, 2, 0);
  aggregate.attach(with_tls, other.slab, 0);
  stats::StatBlock<stats::ListenerTlsStat> tls(other.slab->cells() + with_tls->listenerTls(0));
  tls.value(stats::ListenerTlsStat::ssl_curves, "X25519");
  tls.value(stats::ListenerTlsStat::ssl_curves, "no curve");
  EXPECT_EQ(text(filtered("\\.ssl\\.(curves|versions)")),
            "# TYPE envoy_listener_ssl_curves counter\n"
            "envoy_listener_ssl_curves{envoy_ssl_curve=\"X25519\","
            "envoy_listener_address=\"127.0.0.1_10000\"} 1\n"
            "envoy_listener_ssl_curves{envoy_ssl_curve=\"unknown_ssl_curve\","
            "envoy_listener_address=\"127.0.0.1_10000\"} 1\n");
}

TEST_F(PrometheusText, CountersThenGaugesThenHistogramsEachSorted) {
  auto parsed = parseExposition(text());
  const std::string order = "cgh";
  for (size_t i = 1; i < parsed.families.size(); ++i) {
    const std::string &a = parsed.families[i - 1], &b = parsed.families[i];
    const size_t ta = order.find(parsed.types[a][0]), tb = order.find(parsed.types[b][0]);
    EXPECT_TRUE(ta < tb || (ta == tb && a < b)) << a << " before " << b;
  }
}

TEST_F(PrometheusText, IsEnvoysTextToTheByte) {
  worker.cluster(0).add(ClusterStat::upstream_rq_total, 3);
  EXPECT_EQ(text(filtered("\\.upstream_rq_total$")),
            "# TYPE envoy_cluster_upstream_rq_total counter\n"
            "envoy_cluster_upstream_rq_total{envoy_cluster_name=\"a.b_c\"} 3\n"
            "envoy_cluster_upstream_rq_total{envoy_cluster_name=\"d\"} 0\n");
  EXPECT_EQ(text(filtered("^server\\.live$")),
            "# TYPE envoy_server_live gauge\nenvoy_server_live{} 0\n");
}

TEST_F(PrometheusText, AHistogramOfOurOwnIsInSecondsAndThereFromTheStart) {
  aggregate.showOwnHistogram("convoy_drain_seconds");
  auto parsed = parseExposition(text());
  EXPECT_TRUE(parsed.errors.empty()) << parsed.errors.front();
  EXPECT_EQ(parsed.value("convoy_drain_seconds_count{}"), 0);
  aggregate.observeOwn("convoy_drain_seconds", 2'000'000);
  aggregate.observeOwn("convoy_drain_seconds", 40'000);
  parsed = parseExposition(text());
  EXPECT_EQ(parsed.value("convoy_drain_seconds_count{}"), 2);
  EXPECT_DOUBLE_EQ(parsed.value("convoy_drain_seconds_sum{}"), 2.04);
  EXPECT_EQ(parsed.value("convoy_drain_seconds_bucket{le=\"0.05\"}"), 1);
  EXPECT_EQ(parsed.value("convoy_drain_seconds_bucket{le=\"1\"}"), 1);
  EXPECT_EQ(parsed.value("convoy_drain_seconds_bucket{le=\"2.5\"}"), 2);
}

TEST_F(PrometheusText, HistogramsHaveEnvoysBuckets) {
  worker.cluster(1).observe(ClusterStat::upstream_rq_time, 700);
  worker.cluster(1).observe(ClusterStat::upstream_rq_time, 7'200'000'000);
  EXPECT_EQ(text(filtered("^cluster\\.d\\.upstream_rq_time$")),
            "# TYPE envoy_cluster_upstream_rq_time histogram\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"0.5\"} 0\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"1\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"5\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"10\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"25\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"50\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"100\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"250\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"500\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"1000\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"2500\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"5000\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"10000\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"30000\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"60000\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"300000\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"600000\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"1800000\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"3600000\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"+Inf\"} 2\n"
            "envoy_cluster_upstream_rq_time_sum{envoy_cluster_name=\"d\"} 7200000.7\n"
            "envoy_cluster_upstream_rq_time_count{envoy_cluster_name=\"d\"} 2\n");
}

TEST_F(PrometheusText, CodesAndClassesAreLabels) {
  worker.cluster(1).status(ClusterStat::upstream_rq, 503);
  worker.cluster(1).status(ClusterStat::upstream_rq_xx, 503);
  auto parsed = parseExposition(text());
  EXPECT_EQ(parsed.value("envoy_cluster_upstream_rq{envoy_response_code=\"503\","
                         "envoy_cluster_name=\"d\"}"),
            1);
  EXPECT_EQ(parsed.value("envoy_cluster_upstream_rq_xx{envoy_response_code_class=\"5\","
                         "envoy_cluster_name=\"d\"}"),
            1);
  EXPECT_EQ(parsed.value("envoy_cluster_upstream_rq_xx{envoy_response_code_class=\"2\","
                         "envoy_cluster_name=\"d\"}"),
            0);
}

// What public dashboards and alerts ask for in three or more projects. Not here: upstream_rq, whose
// series appear with the first response, and the expiry of certificates, which nothing uses yet.
TEST_F(PrometheusText, FamiliesThatDashboardsAskForAreThereFromTheStart) {
  const std::map<std::string, std::string> kWanted = {
      {"envoy_cluster_circuit_breakers_default_cx_open", "gauge"},
      {"envoy_cluster_circuit_breakers_default_rq_open", "gauge"},
      {"envoy_cluster_membership_degraded", "gauge"},
      {"envoy_cluster_membership_healthy", "gauge"},
      {"envoy_cluster_membership_total", "gauge"},
      {"envoy_cluster_outlier_detection_ejections_active", "gauge"},
      {"envoy_cluster_upstream_cx_active", "gauge"},
      {"envoy_cluster_upstream_cx_connect_fail", "counter"},
      {"envoy_cluster_upstream_cx_connect_timeout", "counter"},
      {"envoy_cluster_upstream_cx_destroy", "counter"},
      {"envoy_cluster_upstream_cx_overflow", "counter"},
      {"envoy_cluster_upstream_cx_rx_bytes_total", "counter"},
      {"envoy_cluster_upstream_cx_total", "counter"},
      {"envoy_cluster_upstream_cx_tx_bytes_total", "counter"},
      {"envoy_cluster_upstream_rq_active", "gauge"},
      {"envoy_cluster_upstream_rq_pending_active", "gauge"},
      {"envoy_cluster_upstream_rq_pending_failure_eject", "counter"},
      {"envoy_cluster_upstream_rq_pending_overflow", "counter"},
      {"envoy_cluster_upstream_rq_retry", "counter"},
      {"envoy_cluster_upstream_rq_retry_overflow", "counter"},
      {"envoy_cluster_upstream_rq_retry_success", "counter"},
      {"envoy_cluster_upstream_rq_rx_reset", "counter"},
      {"envoy_cluster_upstream_rq_time", "histogram"},
      {"envoy_cluster_upstream_rq_timeout", "counter"},
      {"envoy_cluster_upstream_rq_total", "counter"},
      {"envoy_cluster_upstream_rq_tx_reset", "counter"},
      {"envoy_cluster_upstream_rq_xx", "counter"},
      {"envoy_http_downstream_cx_active", "gauge"},
      {"envoy_http_downstream_cx_rx_bytes_total", "counter"},
      {"envoy_http_downstream_cx_total", "counter"},
      {"envoy_http_downstream_cx_tx_bytes_total", "counter"},
      {"envoy_http_downstream_rq_time", "histogram"},
      {"envoy_http_downstream_rq_timeout", "counter"},
      {"envoy_http_downstream_rq_total", "counter"},
      {"envoy_http_downstream_rq_xx", "counter"},
      {"envoy_listener_downstream_cx_active", "gauge"},
      {"envoy_listener_downstream_cx_overflow", "counter"},
      {"envoy_listener_downstream_cx_total", "counter"},
      {"envoy_server_live", "gauge"},
      {"envoy_server_memory_allocated", "gauge"},
      {"envoy_server_memory_heap_size", "gauge"},
      {"envoy_server_uptime", "gauge"},
      {"envoy_tcp_downstream_cx_rx_bytes_total", "counter"},
      {"envoy_tcp_downstream_cx_tx_bytes_total", "counter"},
  };
  auto parsed = parseExposition(text());
  for (const auto& [family, type] : kWanted) EXPECT_EQ(parsed.types[family], type) << family;
}

TEST_F(PrometheusText, UsedOnlyLeavesWhatCounted) {
  worker.cluster(1).inc(ClusterStat::upstream_rq_total);
  ScrapeOptions options;
  options.used_only = true;
  EXPECT_EQ(text(options),
            "# TYPE envoy_cluster_upstream_rq_total counter\n"
            "envoy_cluster_upstream_rq_total{envoy_cluster_name=\"d\"} 1\n");
}

TEST_F(PrometheusText, TextReadoutsOnlyWhenAsked) {
  aggregate.setText("convoy.config_path", "/etc/\"x\"\n");
  EXPECT_EQ(text(filtered("config_path")), "");
  ScrapeOptions options = filtered("config_path");
  options.text_readouts = true;
  EXPECT_EQ(text(options),
            "# TYPE convoy_config_path gauge\n"
            "convoy_config_path{text_value=\"/etc/\\\"x\\\"\\n\"} 0\n");
}

TEST_F(PrometheusText, SummariesHaveEnvoysQuantiles) {
  worker.cluster(1).observe(ClusterStat::upstream_rq_time, 700);
  ScrapeOptions options = filtered("^cluster\\..*\\.upstream_rq_time$");
  options.summaries = true;
  auto parsed = parseExposition(text(options));
  EXPECT_TRUE(parsed.errors.empty());
  const std::string name = "envoy_cluster_upstream_rq_time{envoy_cluster_name=\"d\",quantile=";
  EXPECT_EQ(parsed.value(name + "\"0.5\"}"), 0.75);
  EXPECT_EQ(parsed.value(name + "\"1\"}"), 1);
  EXPECT_EQ(parsed.types["envoy_cluster_upstream_rq_time"], "summary");
}

TEST(PrometheusLabels, BytesThatAreNotUtf8AreReplaced) {
  prometheus::MetricFamily family;
  family.name = "x";
  family.type = prometheus::MetricType::Gauge;
  family.metric.emplace_back().label.push_back({"l", "a\xff\xc3\xa9\xe2\x82 \\"});
  std::string out;
  appendPrometheusText(family, out);
  EXPECT_EQ(out, "# TYPE x gauge\nx{l=\"a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd \\\\\"} 0\n");
}

// The library's own serializer, with its "# HELP" lines and bare names, must tell the same story.
TEST_F(PrometheusText, AgreesWithTheLibrarysSerializer) {
  worker.cluster(1).observe(ClusterStat::upstream_rq_time, 1234567);
  worker.cluster(0).status(ClusterStat::upstream_rq, 418);
  std::istringstream library(
      prometheus::TextSerializer().Serialize(AggregateCollectable(aggregate).Collect()));
  auto ours = parseExposition(text());
  size_t samples = 0;
  for (std::string line; std::getline(library, line);) {
    if (line.starts_with('#')) continue;
    const size_t space = line.rfind(' ');
    std::string key = line.substr(0, space);
    if (key.find('{') == std::string::npos) key += "{}";
    ASSERT_TRUE(ours.samples.count(key)) << key;
    EXPECT_DOUBLE_EQ(ours.value(key), std::stod(line.substr(space + 1))) << key;
    ++samples;
  }
  EXPECT_EQ(samples, ours.samples.size());
}

// --- stats_config ---

class StatsRules : public PrometheusText {
 protected:
  void use(const std::function<void(config::StatsConfig&)>& edit) {
    auto bootstrap = bootstrapWith({"a.b:c", "d"});
    edit(bootstrap->stats_config);
    directory = directoryOf(*bootstrap);
    aggregate.setCurrent(directory);
    aggregate.setRules(rulesOf(bootstrap->stats_config));
    worker = workerOf(directory, 1, 1);
    aggregate.attach(directory, worker.slab, 1);
  }
  static base::StringMatcher prefix(const std::string& text) {
    return *base::StringMatcher::make(base::StringMatcher::Kind::Prefix, text);
  }
  static config::StatsConfig::Tag tag(const std::string& name, const std::string& regex) {
    return {name, base::Regex::compile(regex).value(), ""};
  }
};

TEST_F(StatsRules, RejectAllLeavesNothing) {
  use([](config::StatsConfig& c) { c.keep = config::StatsConfig::Keep::None; });
  aggregate.setOwn("convoy_workers", stats::StatType::Gauge, {}, 2);
  EXPECT_EQ(text(), "");
}

TEST_F(StatsRules, AListKeepsOrLeavesOutByTheDottedName) {
  use([](config::StatsConfig& c) {
    c.keep = config::StatsConfig::Keep::Listed;
    c.list = {prefix("cluster.d.upstream_rq_5"), prefix("server.live")};
  });
  auto parsed = parseExposition(text());
  EXPECT_EQ(parsed.families,
            (std::vector<std::string>{"envoy_cluster_upstream_rq_xx", "envoy_server_live"}));
  EXPECT_EQ(parsed.value("envoy_cluster_upstream_rq_xx{envoy_response_code_class=\"5\","
                         "envoy_cluster_name=\"d\"}"),
            0);
  use([](config::StatsConfig& c) {
    c.keep = config::StatsConfig::Keep::Unlisted;
    c.list = {prefix("cluster.d.")};
  });
  const std::string rest = text();
  EXPECT_EQ(rest.find("\"d\""), std::string::npos);
  EXPECT_NE(rest.find("envoy_cluster_upstream_rq_total{envoy_cluster_name=\"a.b_c\"} 0"),
            std::string::npos);
}

TEST_F(StatsRules, ATagTakesItsGroupOutOfTheName) {
  use([](config::StatsConfig& c) {
    c.tags = {tag("phase", "upstream_(rq_)total$"), {"zone", nullptr, "z1"}};
  });
  worker.cluster(1).add(ClusterStat::upstream_rq_total, 3);
  const std::string all = text();
  EXPECT_TRUE(parseExposition(all).errors.empty());
  EXPECT_NE(all.find("envoy_cluster_upstream_total{envoy_cluster_name=\"d\",phase=\"rq_\","
                     "zone=\"z1\"} 3\n"),
            std::string::npos);
  EXPECT_NE(all.find("envoy_server_live{zone=\"z1\"} 0\n"), std::string::npos);
}

// As Istio's proxies have it: only its own tags, and codes and classes in one family.
TEST_F(StatsRules, WithoutTheDefaultTagsOnlyTheOperatorsCount) {
  use([](config::StatsConfig& c) {
    c.use_all_default_tags = false;
    c.tags = {tag("cluster_name", "^cluster\\.((.+?)\\.)upstream"),
              tag("response_code", "_rq(_(\\d{3}))$"),
              tag("response_code_class", "_rq(_(\\dxx))$"),
              {"envoy.http_conn_manager_prefix", nullptr, ""}};
  });
  worker.cluster(1).status(ClusterStat::upstream_rq, 503);
  worker.cluster(1).status(ClusterStat::upstream_rq_xx, 503);
  const std::string all = text();
  EXPECT_TRUE(parseExposition(all).errors.empty()) << parseExposition(all).errors.front();
  EXPECT_NE(all.find("envoy_cluster_upstream_rq{cluster_name=\"d\",response_code=\"503\"} 1\n"),
            std::string::npos);
  EXPECT_NE(
      all.find("envoy_cluster_upstream_rq{cluster_name=\"d\",response_code_class=\"5xx\"} 1\n"),
      std::string::npos);
  EXPECT_NE(all.find("envoy_http_downstream_cx_total{envoy_http_conn_manager_prefix=\"ingress\"}"),
            std::string::npos);
  EXPECT_NE(all.find("envoy_listener_127_0_0_1_10000_downstream_cx_total{}"), std::string::npos);
}

TEST_F(StatsRules, AHistogramHasTheBucketsOfTheFirstSettingThatMatches) {
  const auto two = [](config::StatsConfig& c) {
    c.buckets = {{prefix("cluster.d."), {1, 20}}, {prefix("cluster"), {7}}};
  };
  use(two);
  worker.cluster(1).observe(ClusterStat::upstream_rq_time, 5000);
  worker.cluster(1).observe(ClusterStat::upstream_rq_time, 90000);
  const std::string of_d = text(filtered("^cluster\\.d\\.upstream_rq_time$"));
  EXPECT_EQ(of_d,
            "# TYPE envoy_cluster_upstream_rq_time histogram\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"1\"} 0\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"20\"} 1\n"
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"d\",le=\"+Inf\"} 2\n"
            "envoy_cluster_upstream_rq_time_sum{envoy_cluster_name=\"d\"} 95\n"
            "envoy_cluster_upstream_rq_time_count{envoy_cluster_name=\"d\"} 2\n");
  EXPECT_NE(text(filtered("a\\.b_c\\.upstream_rq_time$")).find("le=\"7\"} 0\n"), std::string::npos);
  // Counts of other buckets are nothing to these: the histogram begins anew.
  use([](config::StatsConfig&) {});
  EXPECT_NE(text(filtered("^cluster\\.d\\.upstream_rq_time$"))
                .find("envoy_cluster_upstream_rq_time_count{envoy_cluster_name=\"d\"} 0\n"),
            std::string::npos);
}

// The fast way and the one by prometheus-cpp's model write the same text.
TEST_F(PrometheusText, BothWaysOfWritingAgree) {
  worker.cluster(0).add(ClusterStat::upstream_rq_total, 3);
  worker.cluster(0).status(ClusterStat::upstream_rq, 404);
  worker.cluster(1).status(ClusterStat::upstream_rq_xx, 404);
  worker.cluster(1).observe(ClusterStat::upstream_rq_time, 12345);
  aggregate.setGauge("server.live", 1);
  aggregate.resetCounters();
  worker.cluster(1).observe(ClusterStat::upstream_rq_time, 777);
  std::string slow;
  for (const Family& family : aggregate.families()) {
    const auto series = aggregate.collectFamily(family, nullptr);
    if (!series.empty()) appendPrometheusText(toMetricFamily(family, series), slow);
  }
  EXPECT_EQ(text(), slow);
}

}  // namespace
}  // namespace convoy::master
