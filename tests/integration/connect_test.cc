// Promise: CONNECT goes where a route with a connect_matcher sends it: as bytes to a TCP service,
// or as CONNECT to another proxy; and nowhere without one. Upgrades of HTTP/2 clients come by it.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/h2_socket.h"

namespace convoy::fakes {
namespace {

const char kConnect[] = "CONNECT Service.example:443 HTTP/1.1\r\nHost: ignored\r\n\r\n";
const char kTerminated[] =
    "{match: {connect_matcher: {}}, route: {cluster: service, upgrade_configs: [{upgrade_type: "
    "CONNECT, connect_config: {}}]}}, {match: {prefix: /}, direct_response: {status: 200}}";
const char kForwarded[] =
    "{match: {connect_matcher: {}}, route: {cluster: service, upgrade_configs: [{upgrade_type: "
    "CONNECT}]}}";
const char kH2Connect[] = "http2_protocol_options: {allow_connect: true}";

std::unique_ptr<FakeUpstream> echo() {
  return FakeUpstream::withSession([](RawClient& connection) {
    for (std::string bytes = connection.readSome(); !bytes.empty(); bytes = connection.readSome()) {
      connection.send(bytes);
    }
  });
}

struct Tunnel {
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  Tunnel(uint16_t backend, const std::string& routes, const std::string& extra = "") {
    Config config;
    config.http(port, routes, extra).cluster("service", {backend});
    convoy = std::make_unique<ConvoyProcess>(config);
  }
};

TEST(Connect, WithoutARouteForItIsNotAllowed) {
  auto backend = echo();
  Tunnel tunnel(backend->port(), Config::toCluster("service"));
  RawClient client(tunnel.port);
  client.send(kConnect);
  EXPECT_EQ(client.readFinal().status, 405);
}

TEST(Connect, EndsHereAndItsBytesGoToTheCluster) {
  auto backend = echo();
  Tunnel tunnel(backend->port(), kTerminated);
  RawClient client(tunnel.port);
  client.send(std::string(kConnect) + "early");
  const HttpMessage answer = client.readResponse(true);
  ASSERT_EQ(answer.status, 200) << answer.error;
  EXPECT_FALSE(answer.has("transfer-encoding"));
  EXPECT_FALSE(answer.has("content-length"));
  EXPECT_EQ(client.readExactly(5), "early");
  const std::string much(300000, 'x');
  client.send(much);
  EXPECT_EQ(client.readExactly(much.size()), much);
  client.shutdownWrite();
  EXPECT_TRUE(client.closedByPeer());
}

TEST(Connect, OtherRequestsKeepTheirRoutes) {
  auto backend = echo();
  Tunnel tunnel(backend->port(), kTerminated);
  EXPECT_EQ(httpGet(tunnel.port, "/x").status, 200);
  EXPECT_EQ(backend->connections(), 0u);
}

TEST(Connect, ABodyOrAnotherFormOfTargetIsRefused) {
  auto backend = echo();
  Tunnel tunnel(backend->port(), kTerminated);
  for (const std::string& bad :
       {std::string("CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
        std::string("CONNECT a.example:1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n0\r\n\r\n"),
        std::string("CONNECT /x HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("CONNECT a.example HTTP/1.1\r\nHost: a\r\n\r\n")}) {
    RawClient client(tunnel.port);
    client.send(bad);
    EXPECT_EQ(client.readFinal().status, 400) << bad;
  }
  EXPECT_EQ(backend->connections(), 0u);
}

int statusThrough(const std::string& route) {
  auto backend = echo();
  Tunnel tunnel(backend->port(), route);
  RawClient client(tunnel.port);
  client.send(kConnect);
  return client.readFinal().status;
}

TEST(Connect, ARouteWithoutTheUpgradeRefusesIt) {
  EXPECT_EQ(statusThrough("{match: {connect_matcher: {}}, route: {cluster: service}}"), 403);
}

TEST(Connect, ARouteThatAnswersByItselfOpensNoTunnel) {
  EXPECT_EQ(statusThrough("{match: {connect_matcher: {}}, direct_response: {status: 200}}"), 403);
}

TEST(Connect, SurvivesAReload) {
  auto backend = echo();
  Tunnel tunnel(backend->port(), kTerminated);
  RawClient client(tunnel.port);
  client.send(kConnect);
  ASSERT_EQ(client.readResponse(true).status, 200);
  client.send("one");
  ASSERT_EQ(client.readExactly(3), "one");
  ASSERT_EQ(tunnel.convoy->reload().status, 0);
  client.send("two");
  EXPECT_EQ(client.readExactly(3), "two");
  EXPECT_EQ(backend->connections(), 1u);
}

TEST(Connect, ADeadServiceIsAnAnswer) {
  Tunnel tunnel(freePort(), kTerminated);
  RawClient client(tunnel.port);
  client.send(kConnect);
  EXPECT_EQ(client.readFinal().status, 503);
}

TEST(Connect, IsPassedToAnotherProxyAsItIs) {
  FakeUpstream backend([](const HttpMessage&, RawClient& connection) {
    connection.send("HTTP/1.1 200 Connected\r\nContent-Length: 7\r\nx-by: proxy\r\n\r\n");
    connection.send(connection.readSome());
    return false;
  });
  Tunnel tunnel(backend.port(), kForwarded);
  RawClient client(tunnel.port);
  client.send(kConnect);
  const HttpMessage answer = client.readResponse(true);
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("x-by"), "proxy");
  EXPECT_FALSE(answer.has("content-length"));
  EXPECT_EQ(backend.last().first_line, "CONNECT service.example:443 HTTP/1.1");
  EXPECT_EQ(backend.last().header("host"), "service.example:443");
  client.send("ping");
  EXPECT_EQ(client.readExactly(4), "ping");
}

TEST(Connect, WhatTheOtherProxyRefusesIsAnOrdinaryAnswer) {
  FakeUpstream backend(FakeUpstream::respond(407, "who are you"));
  Tunnel tunnel(backend.port(), kForwarded);
  RawClient client(tunnel.port);
  client.send(kConnect);
  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.status, 407);
  EXPECT_EQ(answer.body, "who are you");
}

TEST(Connect, AClientOfHttp2HasItAsAStream) {
  auto backend = echo();
  Tunnel tunnel(backend->port(), kTerminated, kH2Connect);
  H2Socket h2(tunnel.port);
  const int32_t id =
      h2.client.request({{":method", "CONNECT"}, {":authority", "service.example:443"}}, false);
  h2.client.more(id, "ping", false);
  ASSERT_TRUE(h2.run([&] { return h2.client.answers[id].body == "ping"; }));
  EXPECT_EQ(h2.client.answers[id].status(), "200");
  h2.client.more(id, "pong", true);
  ASSERT_TRUE(h2.answered(id));
  EXPECT_EQ(h2.client.answers[id].body, "pingpong");
  EXPECT_EQ(h2.client.answers[id].code, 0u);
}

TEST(Connect, AClientOfHttp2NeedsTheOption) {
  auto backend = echo();
  Tunnel tunnel(backend->port(), kTerminated);
  H2Socket h2(tunnel.port);
  const int32_t id =
      h2.client.request({{":method", "CONNECT"}, {":authority", "service.example:443"}}, false);
  ASSERT_TRUE(h2.run([&] { return !h2.client.answers[id].heads.empty(); }));
  EXPECT_EQ(h2.client.answers[id].status(), "405");
}

// RFC 8441 section 5.1.
TEST(Connect, AWebSocketOfHttp2ReachesAnHttp1Service) {
  FakeUpstream backend([](const HttpMessage& request, RawClient& connection) {
    if (request.header("sec-websocket-key").size() != 24) {
      return connection.send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    }
    connection.send(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: chat\r\n\r\n");
    connection.send(connection.readSome());
    return false;
  });
  Tunnel tunnel(backend.port(), Config::toCluster("service"),
                std::string(kH2Connect) + ", upgrade_configs: [{upgrade_type: websocket}]");
  H2Socket h2(tunnel.port);
  ASSERT_TRUE(h2.run([&] { return h2.client.extendedConnect(); }));
  const int32_t id = h2.client.request({{":method", "CONNECT"},
                                        {":protocol", "websocket"},
                                        {":scheme", "http"},
                                        {":path", "/chat"},
                                        {":authority", "a.example"},
                                        {"sec-websocket-version", "13"}},
                                       false);
  h2.client.more(id, "frame", false);
  ASSERT_TRUE(h2.answered(id));
  const H2Client::Answer& answer = h2.client.answers[id];
  EXPECT_EQ(answer.status(), "200");
  EXPECT_EQ(answer.field(0, "sec-websocket-protocol"), "chat");
  EXPECT_EQ(answer.field(0, "sec-websocket-accept"), "");
  EXPECT_EQ(answer.body, "frame");
  EXPECT_EQ(backend.last().first_line, "GET /chat HTTP/1.1");
  EXPECT_EQ(backend.last().header("upgrade"), "websocket");
}

}  // namespace
}  // namespace convoy::fakes
