// Promise: Prometheus scrapes Convoy without an error, and the counters are exact.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/load_client.h"
#include "tests/fakes/other_programs.h"

namespace convoy::fakes {
namespace {

struct Front {
  FakeUpstream backend;
  uint16_t port = freePort();
  Config config;
  std::unique_ptr<ConvoyProcess> convoy;
  Front() {
    config.http(port, Config::toCluster("backend")).cluster("backend", {backend.port()});
    convoy = std::make_unique<ConvoyProcess>(config);
  }
  double http(const std::string& name) const {
    return convoy->metric("envoy_http_" + name + "{envoy_http_conn_manager_prefix=\"web\"}");
  }
  double cluster(const std::string& name) const {
    return convoy->metric("envoy_cluster_" + name + "{envoy_cluster_name=\"backend\"}");
  }
};

TEST(Scrape, TenThousandRequestsAreTenThousandOnBothSides) {
  Front front;
  LoadClient::Options load;
  load.connections = 16;
  load.half_post = false;
  load.requests = 10000;
  LoadClient clients(front.port, load);
  clients.join();
  ASSERT_EQ(clients.succeeded(), 10000u) << clients.failures();

  EXPECT_EQ(front.http("downstream_rq_total"), 10000);
  EXPECT_EQ(front.http("downstream_rq_completed"), 10000);
  EXPECT_EQ(front.convoy->metric("envoy_http_downstream_rq_xx{envoy_response_code_class=\"2\","
                                 "envoy_http_conn_manager_prefix=\"web\"}"),
            10000);
  EXPECT_EQ(front.cluster("upstream_rq_total"), 10000);
  EXPECT_EQ(
      front.convoy->metric(
          "envoy_cluster_upstream_rq{envoy_response_code=\"200\",envoy_cluster_name=\"backend\"}"),
      10000);
  EXPECT_EQ(front.backend.requests(), 10000u);
  EXPECT_EQ(front.http("downstream_rq_active"), 0);
  EXPECT_EQ(front.http("downstream_rq_time_count"), 10000);
  EXPECT_EQ(front.convoy->metric("envoy_http_downstream_rq_time_bucket{"
                                 "envoy_http_conn_manager_prefix=\"web\",le=\"+Inf\"}"),
            10000);
}

TEST(Scrape, CountersGoOnAcrossAReload) {
  Front front;
  for (int i = 0; i < 10; ++i) ASSERT_EQ(httpGet(front.port, "/").status, 200);
  ASSERT_EQ(front.convoy->reload().status, 0);
  EXPECT_EQ(front.http("downstream_rq_total"), 10);
  for (int i = 0; i < 10; ++i) ASSERT_EQ(httpGet(front.port, "/").status, 200);
  EXPECT_EQ(front.http("downstream_rq_total"), 20);
  EXPECT_EQ(front.cluster("upstream_rq_total"), 20);
}

TEST(Scrape, PrometheusSaysUpAndKeepsTheSamples) {
  if (const std::string why = missing("prometheus"); !why.empty()) GTEST_SKIP() << why;
  Front front;
  for (int i = 0; i < 25; ++i) ASSERT_EQ(httpGet(front.port, "/").status, 200);
  Prometheus prometheus(front.config.adminPort());
  ASSERT_TRUE(prometheus.ready()) << prometheus.log();
  EXPECT_TRUE(eventually(
      [&] {
        return prometheus.api("/api/v1/query?query=envoy_http_downstream_rq_total")
                   .find("\"25\"") != std::string::npos;
      },
      Millis(20000)))
      << prometheus.api("/api/v1/targets");
  const std::string up = prometheus.api("/api/v1/query?query=up");
  EXPECT_NE(up.find(",\"1\"]"), std::string::npos) << up;
  const std::string targets = prometheus.api("/api/v1/targets");
  EXPECT_NE(targets.find("\"lastError\":\"\""), std::string::npos) << targets;
  EXPECT_EQ(prometheus.log().find("level=warn"), std::string::npos) << prometheus.log();
}

TEST(Scrape, FamiliesOfTheDashboardsAreThereBeforeTheFirstRequest) {
  Front front;
  const std::string text = front.convoy->admin("/stats/prometheus").body;
  for (const char* family : {"cluster_upstream_cx_active gauge",
                             "cluster_upstream_rq_total counter",
                             "cluster_membership_healthy gauge",
                             "cluster_membership_total gauge",
                             "cluster_upstream_rq_xx counter",
                             "cluster_upstream_cx_rx_bytes_total counter",
                             "cluster_upstream_rq_time histogram",
                             "server_live gauge",
                             "http_downstream_rq_total counter",
                             "http_downstream_cx_active gauge",
                             "server_memory_allocated gauge",
                             "server_memory_heap_size gauge",
                             "cluster_upstream_cx_tx_bytes_total counter",
                             "cluster_upstream_rq_timeout counter",
                             "server_uptime gauge",
                             "cluster_upstream_cx_total counter",
                             "http_downstream_rq_xx counter",
                             "http_downstream_rq_time histogram",
                             "cluster_upstream_cx_connect_timeout counter",
                             "cluster_upstream_rq_pending_overflow counter",
                             "cluster_upstream_rq_retry counter",
                             "cluster_circuit_breakers_default_cx_open gauge",
                             "listener_downstream_cx_total counter",
                             "listener_downstream_cx_active gauge",
                             "cluster_upstream_rq_pending_active gauge"}) {
    EXPECT_NE(text.find(std::string("# TYPE envoy_") + family + "\n"), std::string::npos) << family;
  }
}

TEST(Scrape, OurOwnSeriesTellOfWorkersAndReloads) {
  Front front;
  EXPECT_EQ(front.convoy->metric("convoy_workers{state=\"accepting\"}"), 2);
  EXPECT_EQ(front.convoy->metric("convoy_reloads_total{result=\"ok\"}"), 0);
  ASSERT_EQ(front.convoy->reload().status, 0);
  EXPECT_EQ(front.convoy->metric("convoy_reloads_total{result=\"ok\"}"), 1);
  EXPECT_EQ(front.convoy->sum("convoy_config_last_reload_successful"), 1);
}

}  // namespace
}  // namespace convoy::fakes
