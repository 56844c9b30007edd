// Promise: a request reaches the cluster that its field names, asks the upstream for the host that
// the route says, and goes in clear only where the virtual host allows that.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

TEST(RouteActions, AFieldOfTheRequestNamesTheCluster) {
  FakeUpstream blue(FakeUpstream::respond(200, "blue")), green(FakeUpstream::respond(200, "green"));
  const uint16_t port = freePort();
  Config config;
  config
      .http(port,
            "{match: {prefix: /weighted}, route: {weighted_clusters: {clusters: "
            "[{cluster_header: x-cluster, weight: 1}]}}}, "
            "{match: {prefix: /}, route: {cluster_header: X-Cluster, "
            "cluster_not_found_response_code: NOT_FOUND}}")
      .cluster("blue", {blue.port()})
      .cluster("green", {green.port()});
  ConvoyProcess convoy(config);
  RawClient client(port);
  EXPECT_EQ(client.get("/", "x-cluster: blue\r\n").body, "blue");
  EXPECT_EQ(client.get("/weighted", "x-cluster: green\r\n").body, "green");
  EXPECT_EQ(client.get("/", "x-cluster: red\r\n").status, 404);
  EXPECT_EQ(client.get("/").status, 404);
}

TEST(RouteActions, TheUpstreamIsAskedForItsOwnName) {
  FakeUpstream backend;
  const uint16_t port = freePort();
  Config config;
  config
      .http(port,
            Config::toCluster("named", "auto_host_rewrite: true, append_x_forwarded_host: true"))
      .cluster(
          "named", {backend.port()},
          "type: STRICT_DNS, load_assignment: {cluster_name: named, "
          "endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: localhost, "
          "port_value: " +
              std::to_string(backend.port()) + "}}}}]}]}");
  ConvoyProcess convoy(config);
  const HttpMessage answer = httpGet(port, "/");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(backend.last().header("host"), "localhost");
  EXPECT_EQ(backend.last().header("x-forwarded-host"), "test");
}

TEST(RouteActions, WhatMustBeEncryptedIsSentThere) {
  FakeUpstream backend;
  const uint16_t port = freePort(), admin = freePort();
  const std::string text =
      "admin: {address: {socket_address: {address: 127.0.0.1, port_value: " +
      std::to_string(admin) +
      "}}}\n"
      "static_resources: {listeners: [{address: {socket_address: {address: 127.0.0.1, "
      "port_value: " +
      std::to_string(port) +
      "}}, filter_chains: [{filters: [{name: http, typed_config: {\"@type\": "
      "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3."
      "HttpConnectionManager, stat_prefix: web, http_filters: [{name: envoy.filters.http.router}], "
      "route_config: {virtual_hosts: [{name: v, domains: [\"*\"], require_tls: ALL, "
      "routes: [{match: {prefix: /}, direct_response: {status: 204}}]}]}}}]}]}]}";
  ConvoyProcess convoy(text, admin, ConvoyProcess::Options{});
  RawClient client(port);
  const HttpMessage answer = client.request("GET", "/a?b", "");
  EXPECT_EQ(answer.status, 301);
  EXPECT_EQ(answer.header("location"), "https://test/a?b");
  EXPECT_EQ(client.get("/a", "x-forwarded-proto: https\r\n").status, 204);
}

}  // namespace
}  // namespace convoy::fakes
