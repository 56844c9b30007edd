// Promise: WebSocket goes through an upgrade as a tunnel, and only where it is enabled.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

const char kUpgrade[] =
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

// Accepts the upgrade, then sends every byte back.
FakeUpstream::Handler echoAfterUpgrade() {
  return [](const HttpMessage& request, RawClient& connection) {
    if (request.header("upgrade") != "websocket") return connection.send(responseText(400, "no"));
    connection.send(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
    for (std::string bytes = connection.readSome(); !bytes.empty(); bytes = connection.readSome()) {
      connection.send(bytes);
    }
    return false;
  };
}

struct Chat {
  FakeUpstream backend{echoAfterUpgrade()};
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  explicit Chat(const std::string& hcm = "upgrade_configs: [{upgrade_type: websocket}]") {
    Config config;
    config.http(port, Config::toCluster("backend"), hcm).cluster("backend", {backend.port()});
    convoy = std::make_unique<ConvoyProcess>(config);
  }
};

TEST(Upgrade, WebSocketEchoesBothWays) {
  Chat chat;
  RawClient client(chat.port);
  client.send(kUpgrade);
  const HttpMessage answer = client.readResponse();
  ASSERT_EQ(answer.status, 101) << answer.first_line << answer.error;
  EXPECT_EQ(answer.header("upgrade"), "websocket");
  EXPECT_EQ(answer.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(chat.backend.last().header("sec-websocket-key"), "dGhlIHNhbXBsZSBub25jZQ==");
  for (const std::string& frame : {std::string("\x81\x85mask!hello"), std::string(100000, '\0')}) {
    client.send(frame);
    EXPECT_EQ(client.readExactly(frame.size()), frame);
  }
}

TEST(Upgrade, FramesSentTogetherWithTheRequestAreNotLost) {
  Chat chat;
  RawClient client(chat.port);
  client.send(std::string(kUpgrade) + "early");
  ASSERT_EQ(client.readResponse().status, 101);
  EXPECT_EQ(client.readExactly(5), "early");
}

TEST(Upgrade, TheEndOfOneSideReachesTheOther) {
  Chat chat;
  RawClient client(chat.port);
  client.send(kUpgrade);
  ASSERT_EQ(client.readResponse().status, 101);
  client.shutdownWrite();
  EXPECT_TRUE(client.closedByPeer());
}

TEST(Upgrade, ATunnelSurvivesAReload) {
  Chat chat;
  RawClient client(chat.port);
  client.send(kUpgrade);
  ASSERT_EQ(client.readResponse().status, 101);
  ASSERT_EQ(chat.convoy->reload().status, 0);
  client.send("still here");
  EXPECT_EQ(client.readExactly(10), "still here");
}

TEST(Upgrade, WithoutConfigurationItIsRefused) {
  Chat chat("");
  RawClient client(chat.port);
  client.send(kUpgrade);
  EXPECT_EQ(client.readFinal().status, 403);
  EXPECT_EQ(chat.backend.requests(), 0u);
}

TEST(Upgrade, ABackendThatRefusesIsAnOrdinaryAnswer) {
  Chat chat;
  chat.backend.setHandler(FakeUpstream::respond(426, "not today"));
  RawClient client(chat.port);
  client.send(kUpgrade);
  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.status, 426);
  EXPECT_EQ(answer.body, "not today");
}

TEST(Upgrade, AnyTypeThatIsConfiguredIsATunnel) {
  FakeUpstream backend([](const HttpMessage& request, RawClient& connection) {
    const std::string type = request.header("upgrade");
    connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: " + type +
                    "\r\n\r\n");
    connection.send(connection.readSome());
    return false;
  });
  const uint16_t port = freePort();
  Config config;
  config
      .http(port,
            "{match: {prefix: /route}, route: {cluster: backend, upgrade_configs: [{upgrade_type: "
            "Raw/1}]}}, {match: {prefix: /off}, route: {cluster: backend, upgrade_configs: "
            "[{upgrade_type: Custom, enabled: false}]}}, " +
                Config::toCluster("backend"),
            "upgrade_configs: [{upgrade_type: custom}]")
      .cluster("backend", {backend.port()});
  ConvoyProcess convoy(config);
  const auto ask = [&](const std::string& start, const std::string& type) {
    RawClient client(port);
    client.send(start + " HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: " + type +
                "\r\nContent-Length: 0\r\n\r\n");
    const HttpMessage answer = client.readFinal();
    if (answer.status != 101) return std::to_string(answer.status);
    client.send("ping");
    return answer.header("upgrade") + " " + client.readExactly(4);
  };
  EXPECT_EQ(ask("GET /", "CUSTOM"), "CUSTOM ping");
  EXPECT_EQ(ask("POST /", "custom"), "custom ping");
  EXPECT_EQ(ask("GET /route", "raw/1"), "raw/1 ping");
  EXPECT_EQ(ask("GET /", "raw/1"), "403");
  EXPECT_EQ(ask("GET /off", "custom"), "403");
  backend.setHandler(FakeUpstream::respond(200, "plain"));
  EXPECT_EQ(ask("GET /", "h2c"), "200");
  EXPECT_FALSE(backend.last().has("upgrade"));
  EXPECT_EQ(ask("GET /", "unheard-of"), "200");
}

TEST(Upgrade, ABackendMaySwitchToNothingElse) {
  Chat chat("upgrade_configs: [{upgrade_type: websocket}, {upgrade_type: custom}]");
  chat.backend.setHandler([](const HttpMessage&, RawClient& connection) {
    return connection.send(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: custom\r\n\r\n");
  });
  RawClient client(chat.port);
  client.send(kUpgrade);
  EXPECT_EQ(client.readFinal().status, 502);
}

TEST(Upgrade, ATunnelOfAnotherTypeSurvivesAReload) {
  FakeUpstream backend([](const HttpMessage& request, RawClient& connection) {
    connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: " +
                    request.header("upgrade") + "\r\n\r\n");
    for (std::string bytes = connection.readSome(); !bytes.empty(); bytes = connection.readSome()) {
      connection.send(bytes);
    }
    return false;
  });
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend"), "upgrade_configs: [{upgrade_type: custom}]")
      .cluster("backend", {backend.port()});
  ConvoyProcess convoy(config);
  RawClient client(port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: custom\r\n\r\n");
  ASSERT_EQ(client.readResponse().status, 101);
  ASSERT_EQ(convoy.reload().status, 0);
  client.send("still here");
  EXPECT_EQ(client.readExactly(10), "still here");
}

}  // namespace
}  // namespace convoy::fakes
