// Promise: behind a load balancer that speaks the PROXY protocol the client's own address counts
// everywhere, and a connection that lies about it in the wrong way is closed and counted.
#include <algorithm>

#include <gtest/gtest.h>

#include "common/net/proxy_header.h"
#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/other_programs.h"
#include "tests/fakes/tls_config.h"

namespace convoy::fakes {
namespace {

const char kType[] =
    "\"@type\": type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3."
    "ProxyProtocol";

std::string filters(const std::string& fields = "", const std::string& more = "") {
  return "listener_filters: [{name: proxy, typed_config: {" + std::string(kType) +
         (fields.empty() ? "" : ", " + fields) + "}}" + more + "]";
}

std::string logTo(const std::string& path, const std::string& format) {
  return "access_log: [{name: file, typed_config: {\"@type\": "
         "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: " +
         path + ", log_format: {text_format_source: {inline_string: \"" + format + "\\n\"}}}}]";
}

net::Address ip(const std::string& text, uint16_t port) {
  return *net::Address::fromIp(text, port);
}

std::string v2(const std::vector<net::ProxyTlv>& tlvs = {}) {
  return net::encodeProxyV2(ip("2001:db8::7", 7777), ip("2001:db8::8", 443), tlvs);
}
const char kV1[] = "PROXY TCP4 203.0.113.9 198.51.100.1 50000 443\r\n";

class ProxyProtocolTest : public ::testing::Test {
 protected:
  std::string at(const std::string& name) const { return dir_.path(name); }
  double listener(const ConvoyProcess& convoy, const std::string& name) const {
    return convoy.metric("envoy_listener_" + name + "{envoy_listener_address=\"127.0.0.1_" +
                         std::to_string(port_) + "\"}");
  }
  HttpMessage ask(const std::string& before) const {
    RawClient client(port_);
    client.send(before);
    return client.get("/");
  }
  TempDir dir_;
  const uint16_t port_ = freePort();
  Config config_;
};

TEST_F(ProxyProtocolTest, TheAddressOfTheClientCountsEverywhere) {
  FakeUpstream upstream;
  config_.listenerFields(filters())
      .http(port_, Config::toCluster("up"),
            "use_remote_address: true, " +
                logTo(at("log"),
                      "%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS_"
                      "WITHOUT_PORT% %DOWNSTREAM_LOCAL_ADDRESS%"))
      .cluster("up", {upstream.port()});
  ConvoyProcess convoy(config_);
  EXPECT_EQ(ask(kV1).status, 200);
  EXPECT_EQ(upstream.last().header("x-forwarded-for"), "203.0.113.9");
  EXPECT_EQ(ask(v2()).status, 200);
  EXPECT_EQ(upstream.last().header("x-forwarded-for"), "2001:db8::7");
  ASSERT_TRUE(eventually([&] { return readLines(at("log")).size() == 2; }));
  auto lines = readLines(at("log"));
  std::sort(lines.begin(), lines.end());  // each worker writes when it does
  EXPECT_EQ(lines[0], "203.0.113.9:50000 127.0.0.1 198.51.100.1:443");
  EXPECT_EQ(lines[1], "[2001:db8::7]:7777 127.0.0.1 [2001:db8::8]:443");
  EXPECT_EQ(convoy.metric("envoy_proxy_proto_found{envoy_proxy_protocol_version=\"1\"}"), 1);
  EXPECT_EQ(convoy.metric("envoy_proxy_proto_found{envoy_proxy_protocol_version=\"2\"}"), 1);
}

TEST_F(ProxyProtocolTest, ADrippedHeaderIsWaitedForAndLocalKeepsTheSocketsAddress) {
  FakeUpstream upstream;
  config_.listenerFields(filters())
      .http(port_, Config::toCluster("up"), "use_remote_address: true")
      .cluster("up", {upstream.port()});
  ConvoyProcess convoy(config_);
  RawClient client(port_);
  for (const char c : v2({{0x02, "a.example"}})) ASSERT_TRUE(client.send(std::string(1, c)));
  EXPECT_EQ(client.get("/").status, 200);
  EXPECT_EQ(upstream.last().header("x-forwarded-for"), "2001:db8::7");
  EXPECT_EQ(client.get("/").status, 200);  // the header was for the connection
  EXPECT_EQ(ask(net::encodeProxyLocal(2)).status, 200);
  EXPECT_EQ(upstream.last().header("x-forwarded-for"), "127.0.0.1");
  EXPECT_EQ(ask("PROXY UNKNOWN\r\n").status, 200);
}

TEST_F(ProxyProtocolTest, WrongBeginningsAreClosedAndCounted) {
  config_.listenerFields(filters("disallowed_versions: [V1]"))
      .http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  for (const std::string& bytes : {std::string("GET / HTTP/1.1\r\nhost: a\r\n\r\n"),
                                   std::string(kV1), std::string("PROXY TCP4 nonsense\r\n")}) {
    RawClient client(port_);
    client.send(bytes);
    EXPECT_TRUE(client.closedByPeer()) << bytes;
  }
  EXPECT_EQ(ask(v2()).body, "hello");
  EXPECT_TRUE(eventually([&] { return listener(convoy, "downstream_cx_proxy_proto_error") == 3; }));
  EXPECT_EQ(convoy.sum("envoy_proxy_proto_not_found_disallowed"), 1);
  EXPECT_EQ(convoy.metric("envoy_proxy_proto_disallowed{envoy_proxy_protocol_version=\"1\"}"), 1);
  EXPECT_EQ(convoy.metric("envoy_proxy_proto_error{envoy_proxy_protocol_version=\"1\"}"), 1);
}

TEST_F(ProxyProtocolTest, WithoutAHeaderIsLetInWhereThatIsAllowed) {
  config_.listenerFields(filters("allow_requests_without_proxy_protocol: true"))
      .http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  EXPECT_EQ(ask("").body, "hello");
  EXPECT_EQ(ask(kV1).body, "hello");
  EXPECT_EQ(convoy.sum("envoy_proxy_proto_not_found_allowed"), 1);
}

TEST_F(ProxyProtocolTest, AClientThatSaysNothingIsNotWaitedForEndlessly) {
  config_.listenerFields(filters() + ", listener_filters_timeout: 0.2s")
      .http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  RawClient client(port_);
  client.send("PROXY");
  EXPECT_TRUE(client.closedByPeer());
  EXPECT_TRUE(eventually([&] { return listener(convoy, "downstream_pre_cx_timeout") == 1; }));
}

TEST_F(ProxyProtocolTest, TheClientsAddressChoosesTheFilterChain) {
  FakeUpstream raw(FakeUpstream::respond(200, "far"));
  config_.listenerFields(filters())
      .chain(
          "filter_chain_match: {source_prefix_ranges: [{address_prefix: 203.0.113.0, "
          "prefix_len: 24}]}")
      .http(port_, Config::direct(200, "near"))
      .alsoChain("filter_chain_match: {destination_port: 443}", "raw")
      .cluster("raw", {raw.port()});
  ConvoyProcess convoy(config_);
  // The destination port is asked for first, and both came to 443.
  EXPECT_EQ(ask(v2()).body, "far");
  EXPECT_EQ(ask("PROXY TCP4 203.0.113.9 198.51.100.1 50000 80\r\n").body, "near");
}

TEST_F(ProxyProtocolTest, TlsComesAfterTheHeaderAndAnUpstreamIsTold) {
  if (const std::string why = missing("openssl"); !why.empty()) GTEST_SKIP() << why;
  TestCa ca;
  writeCertificate(at("server"), ca.sign("localhost", "DNS:localhost"));
  std::string first;
  auto raw = FakeUpstream::withSession([&](RawClient& connection) {
    first = connection.readUntil("\r\n");
    connection.send("told\n");
  });
  const char upstream_socket[] =
      "transport_socket: {name: proxy, typed_config: {\"@type\": "
      "type.googleapis.com/envoy.extensions.transport_sockets.proxy_protocol.v3."
      "ProxyProtocolUpstreamTransport, config: {version: V1}, transport_socket: {name: "
      "envoy.transport_sockets.raw_buffer}}}";
  config_.listenerFields(filters())
      .chain(downstreamTls(at("server")))
      .tcp(port_, "up", logTo(at("log"), "%DOWNSTREAM_REMOTE_ADDRESS%"))
      .cluster("up", {raw->port()}, upstream_socket);
  ConvoyProcess convoy(config_);
  const std::string to = std::to_string(port_);
  // openssl cannot send the header itself: a relay puts it before the first byte.
  auto relay = FakeUpstream::withSession([&](RawClient& client) {
    RawClient server(port_);
    server.send(kV1);
    std::thread back([&] {
      for (std::string bytes; !(bytes = server.readSome()).empty();) client.send(bytes);
    });
    for (std::string bytes; !(bytes = client.readSome()).empty();) server.send(bytes);
    server.shutdownWrite();
    back.join();
  });
  const std::string said =
      outputOf("echo hi | timeout 10 openssl s_client -quiet -no_ign_eof -connect 127.0.0.1:" +
               std::to_string(relay->port()) + " 2>/dev/null; true");
  EXPECT_TRUE(eventually([&] { return readLines(at("log")).size() == 1; })) << said;
  EXPECT_EQ(first, "PROXY TCP4 203.0.113.9 198.51.100.1 50000 443\r\n");
  EXPECT_EQ(readLines(at("log"))[0], "203.0.113.9:50000");
}

TEST_F(ProxyProtocolTest, AReloadKeepsWhatTheHeaderSaid) {
  config_.listenerFields(filters()).http(
      port_, Config::direct(200, "hello"),
      logTo(at("log"),
            "%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS_"
            "WITHOUT_PORT%"));
  ConvoyProcess convoy(config_);
  RawClient client(port_);
  client.send(kV1);
  ASSERT_EQ(client.get("/").body, "hello");
  Config changed = config_;
  convoy.rewrite(changed.http(freePort(), Config::direct(200, "x")).text());
  ASSERT_TRUE(convoy.hangup());
  EXPECT_EQ(client.get("/").body, "hello");
  ASSERT_TRUE(eventually([&] { return readLines(at("log")).size() == 2; }));
  EXPECT_EQ(readLines(at("log"))[1], "203.0.113.9:50000 127.0.0.1");
}

}  // namespace
}  // namespace convoy::fakes
