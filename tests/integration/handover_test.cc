// A reload closes no connection: what is between two requests moves to the new workers with its
// bytes, what is busy after its answer, and the old workers are gone at once.
#include <algorithm>
#include <poll.h>
#include <thread>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/load_client.h"

namespace convoy::fakes {
namespace {

// The old workers, after a reload that succeeded, are no more.
bool replaced(const ConvoyProcess& convoy, const std::vector<pid_t>& before) {
  return eventually([&] {
    const std::vector<pid_t> now = convoy.workers();
    return std::none_of(before.begin(), before.end(), [&](pid_t pid) {
      return std::find(now.begin(), now.end(), pid) != now.end();
    });
  });
}

double handedOver(const ConvoyProcess& convoy, const std::string& kind) {
  return convoy.metric("convoy_connections_handed_over_total{kind=\"" + kind + "\"}");
}

TEST(Handover, IdleConnectionsMoveToTheNewWorkersAndTheOldOnesGoAtOnce) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "old"));
  ConvoyProcess convoy(config);
  std::vector<RawClient> idle;
  for (int i = 0; i < 200; ++i) idle.emplace_back(port, Millis(10000));
  for (RawClient& client : idle) ASSERT_EQ(client.get("/").body, "old");
  const std::vector<pid_t> before = convoy.workers();

  std::string text = config.text();
  text.replace(text.find("old"), 3, "new");
  convoy.rewrite(text);
  ASSERT_EQ(convoy.reload().status, 0);

  EXPECT_TRUE(replaced(convoy, before));
  for (RawClient& client : idle) {
    const HttpMessage answer = client.request("POST", "/", "", "x");
    EXPECT_EQ(answer.body, "new");
    EXPECT_EQ(answer.header("connection"), "");
  }
  EXPECT_EQ(handedOver(convoy, "http"), 200);
  // Handed over is neither closed nor new.
  EXPECT_EQ(convoy.metric("envoy_http_downstream_cx_total{envoy_http_conn_manager_prefix=\"web\"}"),
            200);
  EXPECT_EQ(
      convoy.metric("envoy_http_downstream_cx_destroy{envoy_http_conn_manager_prefix=\"web\"}"), 0);
  EXPECT_EQ(
      convoy.metric("envoy_http_downstream_cx_active{envoy_http_conn_manager_prefix=\"web\"}"),
      200);
}

TEST(Handover, HalfAHeadThatWasReadMovesWithItsConnection) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config);
  RawClient client(port);
  client.send("GET / HTTP/1.1\r\nHo");
  ASSERT_TRUE(eventually([&] {
    return convoy.metric(
               "envoy_http_downstream_cx_active{envoy_http_conn_manager_prefix=\"web\"}") == 1;
  }));
  const std::vector<pid_t> before = convoy.workers();
  ASSERT_EQ(convoy.reload().status, 0);
  ASSERT_TRUE(replaced(convoy, before));
  client.send("st: a\r\n\r\n");
  EXPECT_EQ(client.readFinal().body, "ok");
}

TEST(Handover, ABusyConnectionMovesAfterItsAnswerWithThePipelinedRest) {
  FakeUpstream backend([](const HttpMessage&, RawClient& connection) {
    poll(nullptr, 0, 300);  // the pace of a slow backend
    return connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow");
  });
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend")).cluster("backend", {backend.port()});
  ConvoyProcess convoy(config);
  RawClient client(port);
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  client.send(request + request + request);
  ASSERT_TRUE(eventually([&] { return backend.requests() == 1; }));
  const std::vector<pid_t> before = convoy.workers();

  ASSERT_EQ(convoy.reload().status, 0);

  for (int i = 0; i < 3; ++i) {
    const HttpMessage answer = client.readFinal();
    EXPECT_EQ(answer.body, "slow") << answer.error;
    EXPECT_EQ(answer.header("connection"), "");
  }
  EXPECT_TRUE(replaced(convoy, before));
  EXPECT_EQ(handedOver(convoy, "http"), 1);
  EXPECT_EQ(backend.requests(), 3u);
}

TEST(Handover, AKeepAliveLoadNeverSeesItsConnectionsClosed) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config);
  LoadClient::Options load;
  load.connections = 16;
  LoadClient clients(port, load);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(convoy.reload().status, 0) << convoy.log();
  clients.stop();
  EXPECT_EQ(clients.failed(), 0u) << clients.failures();
  EXPECT_EQ(clients.opened(), 16u);
  EXPECT_GE(handedOver(convoy, "http"), 16 * 10);
}

TEST(Handover, AConnectionWhoseListenerIsGoneIsAnsweredOnceMoreAndThenCloses) {
  const uint16_t kept = freePort(), gone = freePort();
  Config config;
  config.http(kept, Config::direct(200, "kept"));
  const Config only_kept = config;
  config.http(gone, Config::direct(200, "gone"));
  ConvoyProcess convoy(config);
  RawClient client(gone);
  ASSERT_EQ(client.get("/").body, "gone");

  convoy.rewrite(only_kept.text());
  ASSERT_EQ(convoy.reload().status, 0);

  const HttpMessage answer = client.get("/");
  EXPECT_EQ(answer.body, "gone");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.closedByPeer());
}

TEST(Handover, IdleUpstreamConnectionsMoveTooSoThatABackendSeesNoReload) {
  FakeUpstream backend(FakeUpstream::respond(200, "ok"));
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend")).cluster("backend", {backend.port()});
  ConvoyProcess::Options one;
  one.concurrency = 1;
  ConvoyProcess convoy(config, one);
  RawClient client(port);
  ASSERT_EQ(client.get("/").status, 200);
  for (int round = 0; round < 3; ++round) {
    const std::vector<pid_t> before = convoy.workers();
    ASSERT_EQ(convoy.reload().status, 0);
    ASSERT_TRUE(replaced(convoy, before));
    ASSERT_EQ(client.get("/").status, 200);
  }
  EXPECT_EQ(backend.connections(), 1u);
  EXPECT_EQ(handedOver(convoy, "upstream"), 3);
  EXPECT_EQ(convoy.metric("envoy_cluster_upstream_cx_total{envoy_cluster_name=\"backend\"}"), 1);
  EXPECT_EQ(convoy.metric("envoy_cluster_upstream_cx_active{envoy_cluster_name=\"backend\"}"), 1);
}

// What the backend answers goes through a tcp_proxy, so its HTTP is none of Convoy's business.
TEST(Handover, TcpConnectionsMoveWithBothTheirSockets) {
  FakeUpstream backend([](const HttpMessage& request, RawClient& connection) {
    return connection.send("HTTP/1.1 200 OK\r\nContent-Length: " +
                           std::to_string(request.body.size()) + "\r\n\r\n" + request.body);
  });
  const uint16_t port = freePort();
  Config config;
  config.tcp(port, "backend").cluster("backend", {backend.port()});
  ConvoyProcess convoy(config);
  std::vector<RawClient> clients;
  for (int i = 0; i < 20; ++i) clients.emplace_back(port, Millis(10000));
  for (int round = 0; round < 3; ++round) {
    const std::string body = "round " + std::to_string(round);
    for (RawClient& client : clients) EXPECT_EQ(client.request("POST", "/", "", body).body, body);
    const std::vector<pid_t> before = convoy.workers();
    ASSERT_EQ(convoy.reload().status, 0);
    ASSERT_TRUE(replaced(convoy, before)) << round;
  }
  for (RawClient& client : clients) EXPECT_EQ(client.request("POST", "/", "", "last").body, "last");
  EXPECT_EQ(handedOver(convoy, "tcp"), 60);
  const std::string active = "envoy_cluster_upstream_cx_active{envoy_cluster_name=\"backend\"}";
  EXPECT_EQ(convoy.metric(active), 20);
  for (RawClient& client : clients) client.close();
  EXPECT_TRUE(eventually([&] { return convoy.metric(active) == 0; }));
}

TEST(Handover, ATcpDownloadThatNeverPausesMovesToo) {
  FakeUpstream backend([](const HttpMessage&, RawClient& connection) {
    const std::string part(100000, 'x');
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n");
    for (int i = 0; i < 30; ++i) {
      if (!connection.send(part)) return false;
      poll(nullptr, 0, 30);  // the pace of a slow backend
    }
    return true;
  });
  const uint16_t port = freePort();
  Config config;
  config.tcp(port, "backend").cluster("backend", {backend.port()});
  ConvoyProcess convoy(config);
  RawClient client(port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return backend.requests() == 1; }));
  const std::vector<pid_t> before = convoy.workers();
  ASSERT_EQ(convoy.reload().status, 0);
  EXPECT_TRUE(replaced(convoy, before));
  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.error, "");
  EXPECT_EQ(answer.body.size(), 3000000u);
  EXPECT_EQ(handedOver(convoy, "tcp"), 1);
}

const char kUpgrade[] =
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

// Accepts the upgrade, then sends every byte back.
bool echoAfterUpgrade(const HttpMessage&, RawClient& connection) {
  connection.send(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  for (std::string bytes = connection.readSome(); !bytes.empty(); bytes = connection.readSome()) {
    connection.send(bytes);
  }
  return false;
}

struct Chats {
  FakeUpstream backend{echoAfterUpgrade};
  uint16_t port = freePort();
  TempDir dir;
  std::string log;
  Config config;
  std::unique_ptr<ConvoyProcess> convoy;
  Chats() : log(dir.path("access.log")) {
    config
        .http(port, Config::toCluster("backend"), "upgrade_configs: [{upgrade_type: websocket}]",
              log)
        .cluster("backend", {backend.port()});
    convoy = std::make_unique<ConvoyProcess>(config);
  }
  bool reloadedAndReplaced() const {
    const std::vector<pid_t> before = convoy->workers();
    return convoy->reload().status == 0 && replaced(*convoy, before);
  }
};

TEST(Handover, UpgradedConnectionsMoveAgainAndAgainAndAreLoggedOnceAtTheirEnd) {
  Chats chats;
  std::vector<RawClient> clients;
  for (int i = 0; i < 10; ++i) {
    clients.emplace_back(chats.port, Millis(10000));
    clients.back().send(kUpgrade);
    ASSERT_EQ(clients.back().readResponse().status, 101);
  }
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(chats.reloadedAndReplaced()) << chats.convoy->log();
    for (RawClient& client : clients) {
      client.send("hello");
      ASSERT_EQ(client.readExactly(5), "hello") << client.lastError();
    }
  }
  EXPECT_EQ(handedOver(*chats.convoy, "upgrade"), 30);
  const std::string active =
      "envoy_http_downstream_cx_upgrades_active{envoy_http_conn_manager_prefix=\"web\"}";
  EXPECT_EQ(chats.convoy->metric(active), 10);
  EXPECT_EQ(readFile(chats.log), "");

  for (RawClient& client : clients) client.shutdownWrite();
  for (RawClient& client : clients) EXPECT_TRUE(client.closedByPeer());

  EXPECT_TRUE(eventually([&] { return chats.convoy->metric(active) == 0; }));
  EXPECT_TRUE(eventually([&] {
    const std::string text = readFile(chats.log);
    return std::count(text.begin(), text.end(), '\n') == 10;
  })) << readFile(chats.log);
  // 3 times 5 bytes each way, counted by four processes.
  EXPECT_NE(readFile(chats.log).find("\"GET /chat HTTP/1.1\" 101 - 15 15"), std::string::npos)
      << readFile(chats.log);
}

TEST(Handover, AnUpgradedConnectionThatNeverRestsMovesToo) {
  Chats chats;
  RawClient client(chats.port);
  client.send(kUpgrade);
  ASSERT_EQ(client.readResponse().status, 101);
  std::string echoed;
  std::thread reader([&] { echoed = client.readExactly(40 * 50000); });
  const auto part = [](int i) { return std::string(50000, static_cast<char>('a' + i % 26)); };
  for (int i = 0; i < 40; ++i) {
    client.send(part(i));
    if (i == 10 || i == 25) {
      EXPECT_TRUE(chats.reloadedAndReplaced()) << chats.convoy->log();
    }
  }
  reader.join();
  ASSERT_EQ(echoed.size(), 40u * 50000);
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(echoed.substr(static_cast<size_t>(i) * 50000, 50000), part(i));
  }
  EXPECT_EQ(handedOver(*chats.convoy, "upgrade"), 2);
}

}  // namespace
}  // namespace convoy::fakes
