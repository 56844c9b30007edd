// Promise: what control planes run beside Envoy to end a Pod works beside Convoy: after
// /healthcheck/fail each answer asks its client to leave, so that the count of connections that
// they wait for falls to zero. The two managers here are written after what Contour's and Envoy
// Gateway's do.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>
#include <json/json.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/exposition.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/load_client.h"

namespace convoy::fakes {
namespace {

// Contour's: over a unix socket, one connection per question; sums a Prometheus family, chosen by
// the raw name, without the listeners of the Pod itself.
class ContoursManager {
 public:
  explicit ContoursManager(std::string socket) : socket_(std::move(socket)) {}
  bool fail() const {
    RawClient client(socket_, Millis(2000));
    return client.connected() && client.request("POST", "/healthcheck/fail").status == 200;
  }
  // -1 if the family is absent: the manager gives up then.
  double openConnections() const {
    RawClient client(socket_, Millis(2000));
    const HttpMessage answer =
        client.get("/stats/prometheus?filter=^http\\..*\\.downstream_cx_active$");
    const Exposition scrape = parseExposition(answer.body);
    EXPECT_EQ(scrape.errors, std::vector<std::string>{});
    if (scrape.types.count("envoy_http_downstream_cx_active") == 0) return -1;
    double open = 0;
    for (const auto& [sample, value] : scrape.samples) {
      const bool own = sample.find("=\"admin\"") != std::string::npos ||
                       sample.find("=\"envoy-admin\"") != std::string::npos ||
                       sample.find("=\"stats\"") != std::string::npos;
      if (!own) open += value;
    }
    return open;
  }

 private:
  std::string socket_;
};

// Envoy Gateway's: a POST with a content type and no body; a path with two slashes; JSON.
class GatewaysManager {
 public:
  explicit GatewaysManager(uint16_t admin) : admin_(admin) {}
  bool fail() const {
    RawClient client(admin_);
    return client.request("POST", "/healthcheck/fail", "Content-Type: application/json\r\n")
               .status == 200;
  }
  double openConnections() const {
    const HttpMessage answer =
        httpGet(admin_, "//stats?filter=^server\\.total_connections$&format=json");
    Json::Value json;
    std::string errors;
    const std::unique_ptr<Json::CharReader> reader(Json::CharReaderBuilder().newCharReader());
    const char* text = answer.body.data();
    if (!reader->parse(text, text + answer.body.size(), &json, &errors)) return -1;
    if (json["stats"].size() != 1) return -1;
    return json["stats"][0]["value"].asDouble();
  }

 private:
  uint16_t admin_;
};

struct Site {
  FakeUpstream backend;
  uint16_t port = freePort();
  Config config;
  std::unique_ptr<ConvoyProcess> convoy;
  explicit Site(const std::string& admin_socket = "") {
    config.http(port, Config::toCluster("backend")).cluster("backend", {backend.port()});
    ConvoyProcess::Options options;
    if (!admin_socket.empty()) {
      config.adminPipe(admin_socket);
      options.wait_ready = false;
    }
    convoy = std::make_unique<ConvoyProcess>(config, options);
    EXPECT_TRUE(eventually([&] { return httpGet(port, "/").status == 200; })) << convoy->log();
  }
};

// Clients that keep their connection and open no new one after they were asked to leave, as a load
// balancer that has seen the Pod go does.
template <typename Manager>
void expectAllLeave(Manager& manager, const Site& site) {
  std::atomic<int> inside{0}, left{0};
  std::atomic<bool> error{false};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      RawClient client(site.port);
      for (bool first = true;; first = false) {
        const HttpMessage answer = client.get("/");
        if (answer.status != 200) error = true;
        if (first) ++inside;
        if (answer.status != 200 || answer.header("connection") == "close") break;
      }
      ++left;
    });
  }
  EXPECT_TRUE(eventually([&] { return inside == 8; }));
  EXPECT_TRUE(eventually([&] { return manager.openConnections() == 8; }))
      << manager.openConnections();
  EXPECT_EQ(left, 0);
  EXPECT_TRUE(manager.fail());
  EXPECT_TRUE(eventually([&] { return manager.openConnections() == 0; }))
      << manager.openConnections();
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(left, 8);
  EXPECT_FALSE(error);
}

TEST(ShutdownManagers, ContoursSeesTheConnectionsGoOverAUnixSocket) {
  const TempDir dir;
  const Site site(dir.path("admin.sock"));
  ContoursManager manager(dir.path("admin.sock"));
  expectAllLeave(manager, site);
}

TEST(ShutdownManagers, EnvoyGatewaysSeesTheConnectionsGo) {
  const Site site;
  GatewaysManager manager(site.config.adminPort());
  expectAllLeave(manager, site);
}

TEST(ShutdownManagers, TheyAreAskedToLeaveByWorkersThatStartLaterToo) {
  const Site site;
  ASSERT_EQ(site.convoy->adminPost("/healthcheck/fail").status, 200);
  ASSERT_EQ(site.convoy->reload().status, 0) << site.convoy->log();
  EXPECT_EQ(httpGet(site.port, "/").header("connection"), "close");
}

TEST(ShutdownManagers, HealthcheckOkTakesItBack) {
  const Site site;
  ASSERT_EQ(site.convoy->adminPost("/healthcheck/fail").status, 200);
  ASSERT_TRUE(eventually([&] { return httpGet(site.port, "/").header("connection") == "close"; }));
  ASSERT_EQ(site.convoy->adminPost("/healthcheck/ok").status, 200);
  EXPECT_TRUE(eventually([&] { return httpGet(site.port, "/").header("connection") != "close"; }));
}

TEST(ShutdownManagers, NoNewClientIsRefusedMeanwhile) {
  const Site site;
  LoadClient::Options options;
  options.connections = 4;
  LoadClient load(site.port, options);
  ASSERT_TRUE(eventually([&] { return load.succeeded() > 100; }));
  ASSERT_EQ(site.convoy->adminPost("/healthcheck/fail").status, 200);
  const uint64_t then = load.opened();
  EXPECT_TRUE(eventually([&] { return load.opened() > then + 50; }));
  load.stop();
  EXPECT_EQ(load.failed(), 0u) << load.failures();
}

}  // namespace
}  // namespace convoy::fakes
