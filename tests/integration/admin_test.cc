// Promise: the admin interface answers what Envoy's answers, on TCP and on a unix socket.
#include <gtest/gtest.h>
#include <json/json.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

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
  Json::Value json(const std::string& path) const {
    Json::Value value;
    std::string errors;
    const std::string body = convoy->admin(path).body;
    const std::unique_ptr<Json::CharReader> reader(Json::CharReaderBuilder().newCharReader());
    EXPECT_TRUE(reader->parse(body.data(), body.data() + body.size(), &value, &errors))
        << errors << body;
    return value;
  }
};

TEST(Admin, PagesOfOperatorsAnswer) {
  Front front;
  for (const char* path : {"/", "/help", "/ready", "/server_info", "/stats", "/stats/prometheus",
                           "/clusters", "/listeners", "/config_dump", "/stats?format=json"}) {
    const HttpMessage answer = front.convoy->admin(path);
    EXPECT_EQ(answer.status, 200) << path << " " << answer.error;
    EXPECT_FALSE(answer.body.empty()) << path;
  }
}

TEST(Admin, ListenersAndClustersNameTheAddresses) {
  Front front;
  EXPECT_EQ(
      front.convoy->admin("/listeners").body,
      "web" + std::to_string(front.port) + "::127.0.0.1:" + std::to_string(front.port) + "\n");
  const std::string clusters = front.convoy->admin("/clusters").body;
  EXPECT_NE(clusters.find("backend::127.0.0.1:" + std::to_string(front.backend.port()) +
                          "::health_flags::healthy\n"),
            std::string::npos)
      << clusters;
  EXPECT_NE(clusters.find("backend::default_priority::max_connections::1024\n"), std::string::npos);
}

TEST(Admin, StatsCanBeFilteredByRawName) {
  Front front;
  for (int i = 0; i < 3; ++i) ASSERT_EQ(httpGet(front.port, "/").status, 200);
  EXPECT_EQ(front.convoy->admin("/stats?filter=^http\\.web\\.downstream_rq_total$").body,
            "http.web.downstream_rq_total: 3\n");
  const std::string ready =
      front.convoy
          ->admin("//stats?usedonly&filter=^(server\\.state|listener_manager\\.workers_started)")
          .body;
  EXPECT_NE(ready.find("server.state: 0\n"), std::string::npos) << ready;
  EXPECT_NE(ready.find("listener_manager.workers_started: 1\n"), std::string::npos) << ready;
}

TEST(Admin, JsonPagesAreJson) {
  Front front;
  EXPECT_EQ(front.json("/server_info")["state"].asString(), "LIVE");
  EXPECT_TRUE(front.json("/stats?format=json")["stats"].isArray());
  EXPECT_EQ(
      front.json("/config_dump")["configs"][1]["static_clusters"][0]["cluster"]["name"].asString(),
      "backend");
  EXPECT_EQ(front.json("/clusters?format=json")["cluster_statuses"][0]["name"].asString(),
            "backend");
  EXPECT_EQ(front.json("/listeners?format=json")["listener_statuses"][0]["name"].asString(),
            "web" + std::to_string(front.port));
}

TEST(Admin, MutationsWantPostAndUnknownPathsAreNotFound) {
  Front front;
  for (const char* path : {"/healthcheck/fail", "/healthcheck/ok", "/quitquitquit", "/logging",
                           "/reset_counters", "/drain_listeners"}) {
    const HttpMessage answer = front.convoy->admin(path);
    EXPECT_EQ(answer.status, 405) << path;
    EXPECT_EQ(answer.body, "Method GET not allowed, POST required.") << path;
  }
  const HttpMessage unknown = front.convoy->admin("/nothing");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.body.rfind("invalid path. admin commands are:", 0), 0u) << unknown.body;
}

TEST(Admin, FailedHealthcheckTurnsReadyOffAndOkTurnsItOn) {
  Front front;
  EXPECT_EQ(front.convoy->adminPost("/healthcheck/fail").body, "OK\n");
  const HttpMessage draining = front.convoy->admin("/ready");
  EXPECT_EQ(draining.status, 503);
  EXPECT_EQ(draining.body, "DRAINING\n");
  EXPECT_EQ(httpGet(front.port, "/").status, 200);
  EXPECT_EQ(front.convoy->adminPost("/healthcheck/ok").body, "OK\n");
  EXPECT_TRUE(front.convoy->ready());
}

TEST(Admin, ReadyIsTrueOnlyWhenEveryListenerOfEveryWorkerAccepts) {
  for (int round = 0; round < 5; ++round) {
    std::vector<uint16_t> ports;
    Config config;
    for (int i = 0; i < 8; ++i) {
      ports.push_back(freePort());
      config.http(ports.back(), Config::direct(200, "x"));
    }
    ConvoyProcess::Options options;
    options.concurrency = 4;
    options.wait_ready = false;
    ConvoyProcess convoy(config, options);
    ASSERT_TRUE(eventually([&] { return convoy.admin("/ready").status == 200; }));
    // Each connection falls to one of four workers.
    for (int i = 0; i < 64; ++i) {
      RawClient client(ports[static_cast<size_t>(i) % ports.size()], Millis(1000));
      EXPECT_EQ(client.get("/").body, "x") << convoy.log();
    }
  }
}

// The check that Envoy's example images have: the values of two lines.
TEST(Admin, TheHealthCheckOfAnImageReadsTwoLines) {
  Front front;
  const std::string query =
      "/stats?usedonly&filter=^(server\\.state|listener_manager\\.workers_started)$";
  EXPECT_EQ(front.convoy->admin(query).body,
            "listener_manager.workers_started: 1\nserver.state: 0\n");
  ASSERT_EQ(front.convoy->adminPost("/healthcheck/fail").status, 200);
  EXPECT_EQ(front.convoy->admin(query).body,
            "listener_manager.workers_started: 1\nserver.state: 1\n");
}

TEST(Admin, LogLevelsChangeAtRunTime) {
  Front front;
  const HttpMessage answer = front.convoy->adminPost("/logging?level=debug");
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find("debug"), std::string::npos) << answer.body;
  EXPECT_EQ(front.convoy->adminPost("/logging?level=loud").status, 400);
}

TEST(Admin, CountersResetOnRequest) {
  Front front;
  for (int i = 0; i < 3; ++i) ASSERT_EQ(httpGet(front.port, "/").status, 200);
  EXPECT_EQ(front.convoy->adminPost("/reset_counters").body, "OK\n");
  EXPECT_EQ(front.convoy->metric(
                "envoy_http_downstream_rq_total{envoy_http_conn_manager_prefix=\"web\"}"),
            0);
}

TEST(Admin, QuitquitquitEndsItGracefully) {
  Front front;
  EXPECT_EQ(front.convoy->adminPost("/quitquitquit").body, "OK\n");
  EXPECT_EQ(front.convoy->wait(Millis(10000)), 0);
}

TEST(Admin, ServesOnAUnixSocket) {
  const TempDir dir;
  const std::string path = dir.path("admin.sock");
  Config config;
  config.adminPipe(path).http(freePort(), Config::direct(200, "x"));
  ConvoyProcess::Options options;
  options.wait_ready = false;
  ConvoyProcess convoy(config, options);
  EXPECT_TRUE(eventually([&] {
    RawClient client(path, Millis(2000));
    return client.connected() && client.get("/ready").body == "LIVE\n";
  })) << convoy.log();
}

TEST(Admin, GarbageIsAnswered400AndTheMasterLives) {
  Front front;
  for (const std::string& bad : {std::string("\x16\x03\x01\x02\x00\x01\x00"),
                                 std::string("GET\r\n\r\n"), std::string(200000, 'A')}) {
    RawClient client(front.config.adminPort(), Millis(3000));
    client.send(bad);
    client.shutdownWrite();
    client.readAll();
  }
  EXPECT_TRUE(front.convoy->ready());
}

TEST(Admin, TheMetricsAddressServesTheScrapeAndReadinessAndNothingElse) {
  Front front;
  front.convoy.reset();  // the other one has its ports
  const uint16_t port = freePort();
  ConvoyProcess::Options options;
  options.args = {"--metrics-address", "127.0.0.1:" + std::to_string(port)};
  const ConvoyProcess convoy(front.config, options);
  EXPECT_EQ(httpGet(port, "/ready").body, "LIVE\n");
  EXPECT_NE(httpGet(port, "/stats/prometheus").body.find("\nenvoy_server_live{} 1\n"),
            std::string::npos);
  for (const char* path : {"/", "/config_dump", "/stats", "/quitquitquit", "/help"}) {
    EXPECT_EQ(httpGet(port, path).status, 404) << path;
  }
  EXPECT_EQ(RawClient(port).request("POST", "/quitquitquit", "", "").status, 404);
  EXPECT_EQ(RawClient(port).request("POST", "/stats/prometheus", "", "").status, 405);
  ASSERT_TRUE(convoy.hangup());
  EXPECT_EQ(httpGet(port, "/ready").status, 200);
}

TEST(Admin, RuntimeModifyChangesAFractionAndBadValuesAreRefused) {
  FakeUpstream backend;
  const uint16_t port = freePort();
  Config config;
  config
      .http(port,
            "{match: {prefix: /, runtime_fraction: {runtime_key: share, default_value: "
            "{numerator: 0}}}, direct_response: {status: 201}}, " +
                Config::toCluster("backend"))
      .cluster("backend", {backend.port()});
  const ConvoyProcess convoy(
      "layered_runtime: {layers: [{name: base, static_layer: {other: 1}}, "
      "{name: admin, admin_layer: {}}]}\n" +
          config.text(),
      config.adminPort(), {});
  EXPECT_EQ(httpGet(port, "/").status, 200);
  EXPECT_EQ(convoy.adminPost("/runtime_modify?share=100").body, "OK\n");
  EXPECT_TRUE(eventually([&] { return httpGet(port, "/").status == 201; }));
  EXPECT_NE(convoy.admin("/runtime").body.find("\"final_value\": \"100\""), std::string::npos);
  EXPECT_EQ(convoy.adminPost("/runtime_modify?share=often").status, 409);
  EXPECT_EQ(httpGet(port, "/").status, 201);
  EXPECT_EQ(convoy.adminPost("/runtime_modify?share=").body, "OK\n");
  EXPECT_TRUE(eventually([&] { return httpGet(port, "/").status == 200; }));
}

}  // namespace
}  // namespace convoy::fakes
