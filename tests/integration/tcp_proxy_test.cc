// Promise: a TCP proxy passes a real protocol both ways, half-closes, back-pressure and all.
#include <algorithm>
#include <regex>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/other_programs.h"

namespace convoy::fakes {
namespace {

struct Proxy {
  uint16_t port = freePort();
  TempDir dir;
  std::string log = dir.path("tcp.log");
  std::unique_ptr<ConvoyProcess> convoy;
  explicit Proxy(std::vector<uint16_t> backends, const std::string& extra = "") {
    Config config;
    config
        .tcp(port, "backend",
             "access_log: [{name: f, typed_config: {\"@type\": "
             "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: " +
                 log +
                 ", log_format: {text_format_source: {inline_string: \"%BYTES_RECEIVED% "
                 "%BYTES_SENT% %UPSTREAM_HOST% %RESPONSE_FLAGS%\\n\"}}}}]" +
                 extra)
        .cluster("backend", backends);
    convoy = std::make_unique<ConvoyProcess>(config);
  }
  double counter(const std::string& name) const {
    return convoy->metric("envoy_tcp_" + name + "{envoy_tcp_prefix=\"tcp\"}");
  }
};

TEST(TcpProxy, RedisAnswersThroughIt) {
  if (const std::string why = missing("redis-server"); !why.empty()) GTEST_SKIP() << why;
  Redis redis;
  ASSERT_TRUE(redis.ready());
  Proxy proxy({redis.port()});
  RawClient client(proxy.port);
  client.send("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n");
  EXPECT_EQ(client.readExactly(16), "+OK\r\n$5\r\nvalue\r\n");
  const std::string big(5000000, 'v');
  client.send("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$5000000\r\n" + big + "\r\n");
  EXPECT_EQ(client.readExactly(5), "+OK\r\n");
  client.send("GET big\r\n");
  EXPECT_EQ(client.readExactly(10 + big.size() + 2), "$5000000\r\n" + big + "\r\n");
}

TEST(TcpProxy, HalfCloseIsPassedOnAndTheAnswerStillArrives) {
  auto backend = FakeUpstream::withSession([](RawClient& connection) {
    const std::string all = connection.readAll();
    connection.send("got " + std::to_string(all.size()));
  });
  Proxy proxy({backend->port()});
  RawClient client(proxy.port);
  client.send(std::string(300000, 'z'));
  client.shutdownWrite();
  EXPECT_EQ(client.readAll(), "got 300000");
  EXPECT_EQ(client.lastError(), "eof");
}

TEST(TcpProxy, BytesAreCountedAndLoggedExactly) {
  auto backend = FakeUpstream::withSession([](RawClient& connection) {
    connection.readExactly(5);
    connection.send("answer!");
  });
  Proxy proxy({backend->port()});
  {
    RawClient client(proxy.port);
    client.send("hello");
    EXPECT_EQ(client.readAll(), "answer!");
  }
  const std::string line = "5 7 127.0.0.1:" + std::to_string(backend->port()) + " -";
  EXPECT_TRUE(eventually([&] { return readLines(proxy.log) == std::vector<std::string>{line}; }))
      << readFile(proxy.log);
  EXPECT_EQ(proxy.counter("downstream_cx_total"), 1);
  EXPECT_EQ(proxy.counter("downstream_cx_rx_bytes_total"), 5);
  EXPECT_EQ(proxy.counter("downstream_cx_tx_bytes_total"), 7);
}

TEST(TcpProxy, NoBackendClosesTheClientAndIsLoggedAsUF) {
  Proxy proxy({freePort()});
  RawClient client(proxy.port);
  EXPECT_TRUE(client.closedByPeer());
  EXPECT_TRUE(eventually([&] {
    const auto lines = readLines(proxy.log);
    return lines.size() == 1 && lines[0].find("UF") != std::string::npos;
  })) << readFile(proxy.log);
}

TEST(TcpProxy, IdleConnectionsAreClosedAfterTheirTimeout) {
  auto backend = FakeUpstream::withSession([](RawClient& connection) { connection.readAll(); });
  Proxy proxy({backend->port()}, ", idle_timeout: 0.3s");
  RawClient client(proxy.port);
  client.send("x");
  const int64_t start = nowMs();
  EXPECT_TRUE(client.closedByPeer());
  EXPECT_GE(nowMs() - start, 250);
}

TEST(TcpProxy, AResetBackendEndsTheClient) {
  auto backend = FakeUpstream::withSession([](RawClient& connection) {
    connection.readExactly(1);
    connection.reset();
  });
  Proxy proxy({backend->port()});
  RawClient client(proxy.port);
  client.send("x");
  EXPECT_TRUE(client.closedByPeer());
}

TEST(TcpProxy, AConnectionEndsAtItsMaximumDuration) {
  auto upstream = FakeUpstream::withSession([](RawClient& connection) { connection.readAll(); });
  Proxy proxy({upstream->port()}, ", max_downstream_connection_duration: 0.3s");
  RawClient client(proxy.port);
  client.send("x");
  EXPECT_TRUE(client.closedByPeer());
  EXPECT_TRUE(eventually([&] { return proxy.counter("max_downstream_connection_duration") == 1; }));
  ASSERT_TRUE(eventually([&] { return readLines(proxy.log).size() == 1; }));
  EXPECT_NE(readLines(proxy.log)[0].find(" DT"), std::string::npos) << readLines(proxy.log)[0];
}

TEST(TcpProxy, LinesOfConnectionsThatLast) {
  auto upstream = FakeUpstream::withSession([](RawClient& connection) { connection.readAll(); });
  TempDir dir;
  const uint16_t port = freePort();
  Config config;
  config
      .tcp(port, "backend",
           "access_log: [{name: f, typed_config: {\"@type\": "
           "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: " +
               dir.path("log") +
               ", log_format: {text_format_source: {inline_string: \"%ACCESS_LOG_TYPE% "
               "%BYTES_RECEIVED%\\n\"}}}}], access_log_options: {access_log_flush_interval: 0.1s, "
               "flush_access_log_on_connected: true}")
      .cluster("backend", {upstream->port()});
  ConvoyProcess convoy(config);
  RawClient client(port);
  client.send("12345");
  EXPECT_TRUE(eventually([&] { return readLines(dir.path("log")).size() >= 3; }));
  client.close();
  EXPECT_TRUE(
      eventually([&] { return readLines(dir.path("log")).back() == "TcpConnectionEnd 5"; }));
  const auto lines = readLines(dir.path("log"));
  EXPECT_TRUE(lines[0].starts_with("TcpUpstreamConnected ")) << lines[0];
  EXPECT_EQ(lines[2], "TcpPeriodic 5");
}

TEST(TcpProxy, ConnectionsAreSharedOutByWeight) {
  const auto saying = [](const std::string& what) {
    return FakeUpstream::withSession([what](RawClient& connection) { connection.send(what); });
  };
  auto much = saying("m"), little = saying("l"), none = saying("n");
  const uint16_t port = freePort();
  Config config;
  config
      .last(port, "tcp_proxy", "tcp_proxy.v3.TcpProxy",
            "stat_prefix: tcp, weighted_clusters: {clusters: [{name: little, weight: 1}, {name: "
            "much, weight: 9}]}")
      .cluster("much", {much->port()})
      .cluster("little", {little->port()})
      .cluster("none", {none->port()});
  ConvoyProcess convoy(config);
  std::string said;
  for (int i = 0; i < 300; ++i) said += RawClient(port).readAll();
  ASSERT_EQ(said.size(), 300u);
  const auto got = std::count(said.begin(), said.end(), 'l');
  EXPECT_GT(got, 5);  // 30 of 300: fewer or more once in a million runs
  EXPECT_LT(got, 70);
  EXPECT_EQ(none->connections(), 0u);
}

}  // namespace
}  // namespace convoy::fakes
