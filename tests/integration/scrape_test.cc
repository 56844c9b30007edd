// Promise: Prometheus scrapes Convoy without an error, and the counters are exact.
#include <atomic>
#include <cstdlib>
#include <thread>

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

// The two questions with which a canary is judged (Flagger's, for Envoy): the share of answers that
// are no 5xx, and the 99th percentile.
TEST(Scrape, ACanaryAnalysisGetsNumbers) {
  if (const std::string why = missing("prometheus"); !why.empty()) GTEST_SKIP() << why;
  Front front;
  Prometheus prometheus(front.config.adminPort());
  ASSERT_TRUE(prometheus.ready()) << prometheus.log();
  std::atomic<bool> ended{false};
  std::thread load([&] {
    for (int i = 0; !ended; ++i) {
      front.backend.setHandler(FakeUpstream::respond(i % 2 == 0 ? 200 : 503, "x"));
      httpGet(front.port, "/");
    }
  });
  const auto number = [&](const std::string& query) {
    const std::string answer = prometheus.api("/api/v1/query?query=" + query);
    const size_t at = answer.rfind(",\"");  // "value":[TIME,"NUMBER"]
    return at == std::string::npos ? std::string() : answer.substr(at + 2);
  };
  // sum(rate(envoy_cluster_upstream_rq{envoy_cluster_name="backend",envoy_response_code!~"5.*"}[1m]))
  //   / sum(rate(envoy_cluster_upstream_rq{envoy_cluster_name="backend"}[1m])) * 100
  const std::string success =
      "sum(rate(envoy_cluster_upstream_rq%7Benvoy_cluster_name%3D%22backend%22%2C"
      "envoy_response_code!~%225.*%22%7D%5B1m%5D))%2Fsum(rate(envoy_cluster_upstream_rq%7B"
      "envoy_cluster_name%3D%22backend%22%7D%5B1m%5D))*100";
  const std::string latency =
      "histogram_quantile(0.99%2Csum(rate(envoy_cluster_upstream_rq_time_bucket%7B"
      "envoy_cluster_name%3D%22backend%22%7D%5B1m%5D))by(le))";
  EXPECT_TRUE(eventually(
      [&] {
        const double share = std::atof(number(success).c_str());
        return share > 20 && share < 80;
      },
      Millis(30000)))
      << number(success);
  EXPECT_TRUE(eventually([&] { return std::atof(number(latency).c_str()) > 0; }, Millis(30000)))
      << number(latency);
  ended = true;
  load.join();
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
