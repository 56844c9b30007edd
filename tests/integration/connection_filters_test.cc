// Promise: the network filters before the last one of a chain let in what they are configured to,
// over all workers together, and count the rest.
#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/other_programs.h"
#include "tests/fakes/tls_config.h"

namespace convoy::fakes {
namespace {

const char kLimit[] = "connection_limit.v3.ConnectionLimit";
const char kRate[] = "local_ratelimit.v3.LocalRateLimit";

bool echoes(RawClient& client) {
  client.send("x");
  return client.readExactly(1) == "x";
}

TEST(ConnectionFilters, AConnectionLimitIsOneForAllWorkersAndOverReloads) {
  const uint16_t port = freePort();
  Config config;
  config.networkFilter("limit", kLimit, "stat_prefix: few, max_connections: 3")
      .last(port, "echo", "echo.v3.Echo");
  ConvoyProcess::Options options;
  options.concurrency = 4;
  ConvoyProcess convoy(config, options);
  std::vector<std::unique_ptr<RawClient>> held;
  for (int i = 0; i < 3; ++i) {
    held.push_back(std::make_unique<RawClient>(port));
    ASSERT_TRUE(echoes(*held.back()));
  }
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(echoes(*std::make_unique<RawClient>(port)));
  EXPECT_TRUE(eventually([&] {
    return convoy.metric(
               "envoy_connection_limit_limited_connections{"
               "envoy_connection_limit_prefix=\"few\"}") == 6;
  }));
  EXPECT_TRUE(eventually([&] {
    return convoy.metric(
               "envoy_connection_limit_active_connections{"
               "envoy_connection_limit_prefix=\"few\"}") == 3;
  }));
  held.pop_back();
  EXPECT_TRUE(eventually([&] { return echoes(*std::make_unique<RawClient>(port)); }));
  // Those that the old generation still holds count, too.
  ASSERT_TRUE(convoy.hangup());
  held.push_back(std::make_unique<RawClient>(port));
  EXPECT_TRUE(eventually([&] {
    held.back() = std::make_unique<RawClient>(port);
    return echoes(*held.back());
  }));
  EXPECT_FALSE(echoes(*std::make_unique<RawClient>(port)));
}

TEST(ConnectionFilters, AKilledWorkerHoldsNothing) {
  const uint16_t port = freePort();
  Config config;
  config.networkFilter("limit", kLimit, "stat_prefix: few, max_connections: 2")
      .last(port, "echo", "echo.v3.Echo");
  ConvoyProcess::Options options;
  options.concurrency = 1;
  ConvoyProcess convoy(config, options);
  RawClient first(port), second(port);
  ASSERT_TRUE(echoes(first) && echoes(second));
  ::kill(convoy.workers().front(), SIGKILL);
  EXPECT_TRUE(eventually([&] {
    RawClient one(port), two(port);
    return echoes(one) && echoes(two);
  }));
}

TEST(ConnectionFilters, HttpConnectionsAreCountedToTheirEnd) {
  const uint16_t port = freePort();
  Config config;
  config.networkFilter("limit", kLimit, "stat_prefix: few, max_connections: 1, delay: 0.2s")
      .http(port, Config::direct(200, "hello"));
  ConvoyProcess convoy(config);
  auto first = std::make_unique<RawClient>(port);
  ASSERT_EQ(first->get("/").body, "hello");
  RawClient second(port);
  second.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  EXPECT_EQ(second.readAll(), "");
  // It moves to new workers and is counted there, once it is there: on its way nobody counts it.
  const std::vector<pid_t> before = convoy.workers();
  ASSERT_TRUE(convoy.hangup());
  EXPECT_TRUE(eventually([&] {
    const std::vector<pid_t> now = convoy.workers();
    return std::find_first_of(now.begin(), now.end(), before.begin(), before.end()) == now.end() &&
           convoy.metric(
               "envoy_http_downstream_cx_active{envoy_http_conn_manager_prefix=\"web\"}") == 1;
  }));
  EXPECT_EQ(first->get("/").body, "hello");
  RawClient third(port);
  third.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  EXPECT_EQ(third.readAll(), "");
  first.reset();
  EXPECT_TRUE(eventually([&] { return httpGet(port, "/").body == "hello"; }));
}

TEST(ConnectionFilters, ARateIsOneForAllWorkers) {
  const uint16_t port = freePort();
  Config config;
  config
      .networkFilter("rate", kRate,
                     "stat_prefix: slow, token_bucket: {max_tokens: 4, fill_interval: 3600s}")
      .http(port, Config::direct(200, "hello"));
  ConvoyProcess::Options options;
  options.concurrency = 4;
  ConvoyProcess convoy(config, options);
  int answered = 0;
  for (int i = 0; i < 12; ++i) answered += httpGet(port, "/").status == 200 ? 1 : 0;
  EXPECT_EQ(answered, 4);
  EXPECT_TRUE(eventually([&] {
    return convoy.metric(
               "envoy_local_rate_limit_rate_limited{"
               "envoy_local_network_ratelimit_prefix=\"slow\"}") == 8;
  }));
}

TEST(ConnectionFilters, AnUpstreamHearsOnlyOfConnectionsThatAreLetIn) {
  FakeUpstream backend;
  const uint16_t port = freePort();
  Config config;
  config.networkFilter("limit", kLimit, "stat_prefix: few, max_connections: 1, delay: 3600s")
      .networkFilter("unused", kLimit,
                     "stat_prefix: none, max_connections: 1, runtime_enabled: {default_value: "
                     "false, runtime_key: x}")
      .tcp(port, "backend")
      .cluster("backend", {backend.port()});
  ConvoyProcess convoy(config);
  RawClient first(port);
  EXPECT_EQ(first.get("/").body, "hello\n");
  RawClient second(port);
  second.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  const auto count = [&](const std::string& name) {
    return convoy.metric("envoy_connection_limit_" + name +
                         "{envoy_connection_limit_prefix=\"few\"}");
  };
  // It stays open, and is counted, until its delay is over.
  EXPECT_TRUE(eventually([&] { return count("limited_connections") == 1; }));
  EXPECT_EQ(count("active_connections"), 2);
  EXPECT_EQ(convoy.metric("envoy_connection_limit_active_connections{"
                          "envoy_connection_limit_prefix=\"none\"}"),
            0);
  EXPECT_EQ(backend.connections(), 1u);
}

TEST(ConnectionFilters, RulesShutOutByAddressAndOnlyCountInTheShadow) {
  const uint16_t port = freePort();
  Config config;
  config
      .listenerFields(
          "listener_filters: [{name: proxy, typed_config: {\"@type\": "
          "type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3."
          "ProxyProtocol}}]")
      .networkFilter(
          "rbac", "rbac.v3.RBAC",
          "stat_prefix: door, rules: {action: DENY, policies: {bad: {permissions: [{any: true}], "
          "principals: [{remote_ip: {address_prefix: 203.0.113.0, prefix_len: 24}}]}}}, "
          "shadow_rules: {action: ALLOW, policies: {tls: {permissions: [{destination_port: 443}], "
          "principals: [{any: true}]}}}")
      .http(port, Config::direct(200, "hello"));
  ConvoyProcess convoy(config);
  RawClient good(port);
  good.send("PROXY TCP4 198.51.100.7 192.0.2.1 1 80\r\n");
  EXPECT_EQ(good.get("/").body, "hello");
  RawClient bad(port);
  bad.send("PROXY TCP4 203.0.113.7 192.0.2.1 1 443\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n");
  EXPECT_EQ(bad.readAll(), "");
  const auto count = [&](const std::string& name) {
    return convoy.metric("envoy_rbac_" + name + "{envoy_rbac_prefix=\"door\"}");
  };
  EXPECT_TRUE(eventually([&] { return count("denied") == 1 && count("allowed") == 1; }));
  EXPECT_EQ(count("shadow_allowed"), 1);
  EXPECT_EQ(count("shadow_denied"), 1);
}

TEST(ConnectionFilters, RulesSeeTheClientsCertificate) {
  if (const std::string why = missing("curl"); !why.empty()) GTEST_SKIP() << why;
  TempDir dir;
  TestCa ca;
  std::ofstream(dir.path("ca.pem")) << ca.pem();
  writeCertificate(dir.path("server"), ca.sign("localhost", "DNS:localhost"));
  writeCertificate(dir.path("friend"), ca.sign("friend", "URI:spiffe://tests/friend"));
  writeCertificate(dir.path("other"), ca.sign("other", "URI:spiffe://tests/other"));
  const uint16_t port = freePort();
  Config config;
  config
      .chain(downstreamTls(dir.path("server"), "validation_context: {trusted_ca: {filename: \"" +
                                                   dir.path("ca.pem") + "\"}}"))
      .networkFilter("rbac", "rbac.v3.RBAC",
                     "stat_prefix: door, rules: {policies: {friends: {permissions: [{any: true}], "
                     "principals: [{authenticated: {principal_name: {exact: "
                     "\"spiffe://tests/friend\"}}}]}}}")
      .http(port, Config::direct(200, "hello"));
  ConvoyProcess convoy(config);
  const auto curl = [&](const std::string& name) {
    return outputOf("curl -sS --max-time 10 --cacert " + dir.path("ca.pem") + " --cert " +
                    dir.path(name + ".pem") + " --key " + dir.path(name + ".key") +
                    " https://localhost:" + std::to_string(port) + "/");
  };
  EXPECT_EQ(curl("friend"), "hello");
  EXPECT_NE(curl("other").find("curl:"), std::string::npos);
}

// Envoy's words for each.
TEST(ConnectionFilters, ARefusedTcpConnectionHasItsLineInTheLog) {
  FakeUpstream backend;
  TempDir dir;
  const auto lineOf = [&](const std::string& name, const char* kind, const std::string& fields,
                          int held) {
    const uint16_t port = freePort();
    const std::string log = dir.path(name);
    Config config;
    config.networkFilter(name, kind, fields)
        .last(port, "tcp_proxy", "tcp_proxy.v3.TcpProxy",
              "stat_prefix: t, cluster: backend, access_log: [{name: f, typed_config: {\"@type\": "
              "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: " +
                  log +
                  ", log_format: {text_format_source: {inline_string: "
                  "\"%RESPONSE_FLAGS% %CONNECTION_TERMINATION_DETAILS% %UPSTREAM_HOST%\\n\"}}}}]")
        .cluster("backend", {backend.port()});
    ConvoyProcess::Options options;
    options.concurrency = 1;
    ConvoyProcess convoy(config, options);
    std::vector<std::unique_ptr<RawClient>> kept;
    for (int i = 0; i < held; ++i) {
      kept.push_back(std::make_unique<RawClient>(port));
      EXPECT_EQ(kept.back()->get("/").status, 200);
    }
    EXPECT_TRUE(RawClient(port).closedByPeer());
    std::string line;
    EXPECT_TRUE(eventually([&] {
      std::ifstream in(log);
      return static_cast<bool>(std::getline(in, line));
    })) << name;
    return line;
  };
  EXPECT_EQ(lineOf("limit", kLimit, "stat_prefix: few, max_connections: 1", 1), "- - -");
  EXPECT_EQ(lineOf("rate", kRate,
                   "stat_prefix: few, token_bucket: {max_tokens: 1, fill_interval: 3600s}", 1),
            "URX - -");
  EXPECT_EQ(lineOf("rules", "rbac.v3.RBAC",
                   "stat_prefix: few, rules: {action: DENY, policies: {all: {permissions: [{any: "
                   "true}], principals: [{any: true}]}}}",
                   0),
            "- rbac_access_denied_matched_policy[all] -");
}

}  // namespace
}  // namespace convoy::fakes
