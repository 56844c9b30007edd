// Promise: requests are counted by virtual cluster and by route, under Envoy's names.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

TEST(VirtualClusters, AScrapeHasTheirCounters) {
  FakeUpstream backend(FakeUpstream::respond(201, "made"));
  const uint16_t port = freePort(), admin = freePort();
  const std::string text =
      "admin: {address: {socket_address: {address: 127.0.0.1, port_value: " +
      std::to_string(admin) +
      "}}}\n"
      "static_resources: {listeners: [{address: {socket_address: {address: 127.0.0.1, "
      "port_value: " +
      std::to_string(port) +
      "}}, filter_chains: [{filters: [{name: envoy.filters.network.http_connection_manager, "
      "typed_config: {stat_prefix: web, http_filters: [{name: envoy.filters.http.router}], "
      "route_config: {virtual_hosts: [{name: shop, domains: ['*'], virtual_clusters: [{name: "
      "users, headers: [{name: ':path', string_match: {prefix: /users}}]}], routes: [{match: "
      "{prefix: /}, stat_prefix: everything, route: {cluster: backend}}]}]}}}]}]}], clusters: "
      "[{name: backend, load_assignment: {cluster_name: backend, endpoints: [{lb_endpoints: "
      "[{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: " +
      std::to_string(backend.port()) + "}}}}]}]}}]}\n";
  ConvoyProcess convoy(text, admin, {});
  EXPECT_EQ(httpGet(port, "/users/1").status, 201);
  EXPECT_EQ(httpGet(port, "/users/2").status, 201);
  EXPECT_EQ(httpGet(port, "/").status, 201);
  const std::string users = "{envoy_virtual_host=\"shop\",envoy_virtual_cluster=\"users\"";
  EXPECT_EQ(convoy.metric("envoy_vhost_vcluster_upstream_rq_total" + users + "}"), 2);
  EXPECT_EQ(convoy.metric("envoy_vhost_vcluster_upstream_rq_total{envoy_virtual_host=\"shop\","
                          "envoy_virtual_cluster=\"other\"}"),
            1);
  EXPECT_EQ(convoy.sum("envoy_vhost_vcluster_upstream_rq"), 3);
  EXPECT_EQ(convoy.metric("envoy_vhost_route_upstream_rq_completed{envoy_virtual_host=\"shop\","
                          "envoy_route=\"everything\"}"),
            3);
  const HttpMessage stats = convoy.admin("/stats?filter=vhost");
  EXPECT_NE(stats.body.find("vhost.shop.vcluster.users.upstream_rq_201: 2"), std::string::npos)
      << stats.body;
}

}  // namespace
}  // namespace convoy::fakes
