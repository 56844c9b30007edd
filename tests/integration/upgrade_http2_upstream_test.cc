// Promise: upgrades and CONNECT reach upstreams of HTTP/2 too (RFC 8441), whatever the client
// speaks, if the upstream takes them.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/h2_server.h"
#include "tests/fakes/h2_socket.h"

namespace convoy::fakes {
namespace {

// The key and its answer: RFC 6455 section 1.3.
const char kUpgrade[] =
    "GET /chat HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

// Answers 200, sends back what comes, and ends when the other side has.
std::unique_ptr<FakeUpstream> echo(bool upgrades, H2Server::Fields answer = {{":status", "200"}}) {
  return FakeUpstream::withSession([=](RawClient& connection) {
    H2Server server;
    server.sendSettings(upgrades);
    connection.send(server.output());
    std::map<int32_t, size_t> sent;
    for (std::string in = connection.readSome(); !in.empty(); in = connection.readSome()) {
      if (!server.input(in)) return;
      for (const auto& [id, request] : server.requests) {
        if (sent.count(id) == 0) server.respond(id, answer);
        server.more(id, request.body.substr(sent[id]), request.ended);
        sent[id] = request.body.size();
      }
      connection.send(server.output());
    }
  });
}

struct Front {
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  explicit Front(uint16_t backend, const std::string& routes = Config::toCluster("backend")) {
    Config config;
    config
        .http(port, routes,
              "http2_protocol_options: {allow_connect: true}, upgrade_configs: [{upgrade_type: "
              "websocket}]")
        .cluster("backend", {backend}, "http2_protocol_options: {}");
    convoy = std::make_unique<ConvoyProcess>(config);
  }
};

TEST(UpgradeToHttp2, AClientOfHttp1HasItsWebSocket) {
  auto backend = echo(true);
  Front front(backend->port());
  RawClient client(front.port);
  client.send(std::string(kUpgrade) + "early");
  const HttpMessage answer = client.readResponse();
  ASSERT_EQ(answer.status, 101) << answer.first_line;
  EXPECT_EQ(answer.header("upgrade"), "websocket");
  EXPECT_EQ(answer.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(client.readExactly(5), "early");
  const std::string much(300000, 'x');
  client.send(much);
  EXPECT_EQ(client.readExactly(much.size()), much);
  client.shutdownWrite();
  EXPECT_TRUE(client.closedByPeer());
}

TEST(UpgradeToHttp2, WhatTheUpstreamSaysOfTheKeyGoesOn) {
  auto backend = echo(true, {{":status", "200"}, {"sec-websocket-accept", "its own"}});
  Front front(backend->port());
  RawClient client(front.port);
  client.send(kUpgrade);
  const HttpMessage answer = client.readResponse();
  EXPECT_EQ(answer.status, 101);
  EXPECT_EQ(answer.header("sec-websocket-accept"), "its own");
}

TEST(UpgradeToHttp2, AClientOfHttp2HasItsWebSocket) {
  auto backend = echo(true);
  Front front(backend->port());
  H2Socket h2(front.port);
  ASSERT_TRUE(h2.run([&] { return h2.client.extendedConnect(); }));
  const int32_t id = h2.client.request({{":method", "CONNECT"},
                                        {":protocol", "websocket"},
                                        {":scheme", "http"},
                                        {":path", "/chat"},
                                        {":authority", "a.example"}},
                                       false);
  h2.client.more(id, "frame", true);
  ASSERT_TRUE(h2.answered(id));
  const H2Client::Answer& answer = h2.client.answers[id];
  EXPECT_EQ(answer.status(), "200");
  EXPECT_EQ(answer.field(0, "sec-websocket-accept"), "");
  EXPECT_EQ(answer.body, "frame");
  EXPECT_EQ(answer.code, 0u);
}

TEST(UpgradeToHttp2, AnUpstreamThatHasNotOfferedItIsNotAsked) {
  auto backend = echo(false);
  Front front(backend->port());
  RawClient client(front.port);
  client.send(kUpgrade);
  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.status, 502);
  EXPECT_NE(answer.body.find("takes no upgrades over HTTP/2"), std::string::npos) << answer.body;
  EXPECT_EQ(httpGet(front.port, "/").status, 200);
}

TEST(UpgradeToHttp2, ARefusalIsAnOrdinaryAnswer) {
  auto backend = FakeUpstream::withSession([](RawClient& connection) {
    H2Server server;
    server.sendSettings(true);
    connection.send(server.output());
    for (std::string in = connection.readSome(); !in.empty(); in = connection.readSome()) {
      if (!server.input(in)) return;
      if (!server.requests.empty()) {
        server.respond(1, {{":status", "403"}, {"content-length", "2"}});
        server.more(1, "no", true);
      }
      connection.send(server.output());
    }
  });
  Front front(backend->port());
  RawClient client(front.port);
  client.send(kUpgrade);
  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.body, "no");
}

TEST(UpgradeToHttp2, AConnectOfHttp1GoesAsAConnect) {
  auto backend = echo(false);
  Front front(backend->port(),
              "{match: {connect_matcher: {}}, route: {cluster: backend, upgrade_configs: "
              "[{upgrade_type: CONNECT}]}}");
  RawClient client(front.port);
  client.send("CONNECT service.example:443 HTTP/1.1\r\nHost: service.example:443\r\n\r\nearly");
  ASSERT_EQ(client.readResponse(true).status, 200);
  EXPECT_EQ(client.readExactly(5), "early");
  client.shutdownWrite();
  EXPECT_TRUE(client.closedByPeer());
}

}  // namespace
}  // namespace convoy::fakes
