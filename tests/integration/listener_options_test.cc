// Promise: what a listener is configured to do with its sockets happens: more addresses, the
// inspectors that choose a chain, timeouts, small filters as the last of a chain.
#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/other_programs.h"
#include "tests/fakes/tls_config.h"

namespace convoy::fakes {
namespace {

std::string socketAddress(uint16_t port) {
  return "{address: {socket_address: {address: 127.0.0.1, port_value: " + std::to_string(port) +
         "}}}";
}

std::string inspector(const std::string& name, const std::string& message,
                      const std::string& fields = "") {
  return "{name: " + name + ", typed_config: {\"@type\": type.googleapis.com/envoy.extensions." +
         "filters.listener." + message + (fields.empty() ? "" : ", " + fields) + "}}";
}

TEST(ListenerOptions, AdditionalAddressesAreServedAndCanBeDropped) {
  const uint16_t first = freePort(), second = freePort();
  Config with;
  with.listenerFields("additional_addresses: [" + socketAddress(second) +
                      "], connection_balance_config: {exact_balance: {}}, freebind: true, "
                      "tcp_fast_open_queue_length: 16, tcp_backlog_size: 64, "
                      "max_connections_to_accept_per_socket_event: 1")
      .http(first, Config::direct(200, "hello"));
  ConvoyProcess convoy(with);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(httpGet(first, "/").body, "hello");
    EXPECT_EQ(httpGet(second, "/").body, "hello");
  }
  Config without(with.adminPort());
  without.http(first, Config::direct(200, "hello"));
  convoy.rewrite(without.text());
  ASSERT_TRUE(convoy.hangup());
  EXPECT_EQ(httpGet(first, "/").body, "hello");
  EXPECT_TRUE(eventually([&] { return !RawClient(second, Millis(500)).connected(); }));
}

TEST(ListenerOptions, TheFirstLineOfHttpChoosesTheChain) {
  FakeUpstream raw(FakeUpstream::respond(200, "raw"));
  const uint16_t port = freePort();
  Config config;
  config
      .listenerFields("listener_filters: [" + inspector("http", "http_inspector.v3.HttpInspector") +
                      "]")
      .chain("filter_chain_match: {application_protocols: [http/1.1]}")
      .http(port, Config::direct(200, "managed"))
      .alsoChain("filter_chain_match: {application_protocols: [http/1.0]}", "raw")
      .cluster("raw", {raw.port()});
  ConvoyProcess convoy(config);
  EXPECT_EQ(httpGet(port, "/").body, "managed");
  RawClient old(port);
  old.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.readResponse().body, "raw");
  RawClient other(port);
  other.send("SSH-2.0-x\r\n");
  EXPECT_TRUE(other.closedByPeer());
  EXPECT_EQ(convoy.sum("envoy_listener_no_filter_chain_match"), 1);
}

TEST(ListenerOptions, ASilentClientMayBeGoneOnWith) {
  const uint16_t port = freePort();
  Config config;
  config
      .listenerFields("listener_filters: [" + inspector("tls", "tls_inspector.v3.TlsInspector") +
                      "], listener_filters_timeout: 0.2s, "
                      "continue_on_listener_filters_timeout: true")
      .last(port, "greeter", "direct_response.v3.Config",
            "response: {inline_string: \"220 ready\\r\\n\"}");
  ConvoyProcess convoy(config);
  RawClient client(port);
  EXPECT_EQ(client.readAll(), "220 ready\r\n");
}

TEST(ListenerOptions, EchoAndDirectResponseEndAChain) {
  const uint16_t echo = freePort(), direct = freePort();
  Config config;
  config.last(echo, "echo", "echo.v3.Echo")
      .last(direct, "direct", "direct_response.v3.Config", "response: {inline_string: bye}");
  ConvoyProcess convoy(config);
  RawClient client(echo);
  const std::string big(300000, 'x');
  client.send("ping");
  EXPECT_EQ(client.readExactly(4), "ping");
  client.send(big);
  client.shutdownWrite();
  EXPECT_EQ(client.readAll(), big);
  EXPECT_EQ(RawClient(direct).readAll(), "bye");
  EXPECT_TRUE(eventually([&] { return convoy.sum("envoy_listener_downstream_cx_active") == 0; }));
}

TEST(ListenerOptions, TheNameThatTlsAsksForIsTheCluster) {
  if (const std::string why = missing("openssl"); !why.empty()) GTEST_SKIP() << why;
  TempDir dir;
  TestCa ca;
  writeCertificate(dir.path("a"), ca.sign("a", "DNS:a.example"));
  const uint16_t port = freePort(), inner = freePort();
  Config config;
  config.chain(downstreamTls(dir.path("a"))).http(inner, Config::direct(200, "inner a"));
  config.chain("")
      .listenerFields(
          "listener_filters: [" +
          inspector("tls", "tls_inspector.v3.TlsInspector", "enable_ja3_fingerprinting: true") +
          "]")
      .networkFilter("sni", "sni_cluster.v3.SniCluster", "")
      .tcp(port, "nowhere",
           "access_log: [{name: file, typed_config: {\"@type\": type.googleapis.com/"
           "envoy.extensions.access_loggers.file.v3.FileAccessLog, path: " +
               dir.path("log") +
               ", log_format: {text_format_source: {inline_string: \"%UPSTREAM_CLUSTER% "
               "%REQUESTED_SERVER_NAME% %TLS_JA3_FINGERPRINT%\\n\"}}}}]");
  config.cluster("a.example", {inner}).cluster("nowhere", {freePort()});
  ConvoyProcess convoy(config);
  const std::string said = outputOf(
      "printf 'GET / HTTP/1.1\\r\\nhost: a\\r\\nconnection: close\\r\\n\\r\\n' | timeout 10 "
      "openssl "
      "s_client -quiet -ign_eof -servername A.example -connect 127.0.0.1:" +
      std::to_string(port));
  EXPECT_NE(said.find("inner a"), std::string::npos) << said;
  ASSERT_TRUE(eventually([&] { return readLines(dir.path("log")).size() == 1; }));
  const std::string line = readLines(dir.path("log"))[0];
  EXPECT_TRUE(line.starts_with("a.example a.example ")) << line;
  EXPECT_EQ(line.size(), std::string("a.example a.example ").size() + 32) << line;
}

}  // namespace
}  // namespace convoy::fakes
