#include "worker/explain.h"

#include <gtest/gtest.h>

#include "common/config/load.h"

namespace convoy::worker {
namespace {

constexpr const char* kConfig = R"(
static_resources:
  listeners:
  - name: web
    address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          normalize_path: true
          strip_any_host_port: true
          route_config:
            virtual_hosts:
            - name: shop
              domains: [shop.test]
              request_headers_to_add: [{header: {key: x-shop, value: "yes"}}]
              routes:
              - match: {prefix: /beta, headers: [{name: x-beta, present_match: true}]}
                route: {cluster: two}
              - match: {prefix: /api/, runtime_fraction: {default_value: {numerator: 10}}}
                route: {cluster: two}
              - match: {prefix: /api/}
                route:
                  weighted_clusters: {clusters: [{name: one, weight: 30}, {name: two, weight: 10}]}
                  prefix_rewrite: /v1/
                  timeout: 3s
              - match: {path: /old}
                redirect: {path_redirect: /new, response_code: FOUND}
              - match: {path: /fine}
                direct_response: {status: 204}
              - match: {prefix: /by}
                route: {cluster_header: x-cluster}
            - name: strict
              domains: [strict.test]
              require_tls: ALL
              routes: [{match: {prefix: /}, route: {cluster: one}}]
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  - name: redis
    address: {socket_address: {address: 127.0.0.1, port_value: 6379}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: r, cluster: two}
  clusters:
  - {name: one, type: STATIC, load_assignment: {cluster_name: one}}
  - {name: two, type: STATIC, load_assignment: {cluster_name: two}}
)";

class Explain : public ::testing::Test {
 protected:
  Explain() {
    const auto loaded = config::load({{"x.yaml", kConfig, config::Source::Format::Yaml}}, {});
    for (const auto& d : loaded.diagnostics) ADD_FAILURE() << config::render(d);
    bootstrap_ = loaded.bootstrap;
  }
  base::Result<Json::Value> ask(const std::string& json) {
    return explain(*bootstrap_, base::parseJson(json).value());
  }
  Json::Value answer(const std::string& json) {
    auto result = ask(json);
    EXPECT_TRUE(result.ok()) << json;
    return result.ok() ? *result : Json::Value();
  }
  std::string refusal(const std::string& json) {
    auto result = ask(json);
    EXPECT_FALSE(result.ok()) << json;
    return result.ok() ? "" : result.error().context;
  }
  std::shared_ptr<const config::Bootstrap> bootstrap_;
};

TEST_F(Explain, AForwardedRequestHasClustersAndWhatTheHostWouldGet) {
  const Json::Value a = answer(R"({"host": "shop.test:8080", "path": "/x/../api/y?q=1"})");
  EXPECT_EQ(a["outcome"].asString(), "forward");
  EXPECT_EQ(a["listener"].asUInt(), 0u);
  EXPECT_EQ(a["route"].asUInt(), 1u);  // it takes a tenth
  EXPECT_EQ(a["fraction"].asDouble(), 10);
  EXPECT_EQ(a["otherwise"].asUInt(), 2u);
  EXPECT_EQ(a["notes"][0].asString(), "the path is normalized to /api/y?q=1");
  EXPECT_EQ(a["notes"][1].asString(), "the host is normalized to shop.test");
}

TEST_F(Explain, WeightsTimeoutRewriteAndHeadersAreThoseOfTheRoute) {
  Json::Value a = answer(R"({"host": "shop.test", "path": "/beta", "headers": [["x-beta", "1"]]})");
  EXPECT_EQ(a["route"].asUInt(), 0u);
  EXPECT_EQ(a["clusters"][0]["name"].asString(), "two");
  EXPECT_EQ(base::writeJson(a["upstream"]["headers"]).find(R"(["x-beta","1"])"), 1u);
  EXPECT_NE(base::writeJson(a["upstream"]["headers"]).find(R"(["x-shop","yes"])"),
            std::string::npos);
  a = answer(R"({"host": "shop.test", "path": "/beta"})");
  EXPECT_EQ(a["outcome"].asString(), "no_route");
  EXPECT_EQ(a["tried"][0].asString(), "headers, query parameters or share");
  EXPECT_EQ(a["tried"][1].asString(), "path");
}

TEST_F(Explain, RedirectsAndDirectResponsesAreToldNotFollowed) {
  Json::Value a = answer(R"({"host": "shop.test", "path": "/old"})");
  EXPECT_EQ(a["outcome"].asString(), "redirect");
  EXPECT_EQ(a["status"].asInt(), 302);
  EXPECT_EQ(a["location"].asString(), "http://shop.test/new");
  a = answer(R"({"host": "shop.test", "path": "/fine"})");
  EXPECT_EQ(a["outcome"].asString(), "direct_response");
  EXPECT_EQ(a["status"].asInt(), 204);
}

TEST_F(Explain, RequireTlsSendsClearRequestsAway) {
  Json::Value a = answer(R"({"host": "strict.test", "path": "/x"})");
  EXPECT_EQ(a["status"].asInt(), 301);
  EXPECT_EQ(a["location"].asString(), "https://strict.test/x");
  EXPECT_EQ(answer(R"({"host": "strict.test", "scheme": "https"})")["outcome"].asString(),
            "forward");
}

TEST_F(Explain, AClusterThatAHeaderNamesMayNotExist) {
  EXPECT_EQ(answer(R"({"host": "shop.test", "path": "/by"})")["outcome"].asString(), "no_cluster");
  const Json::Value a =
      answer(R"({"host": "shop.test", "path": "/by", "headers": [["X-Cluster", "one"]]})");
  EXPECT_EQ(a["outcome"].asString(), "forward");
  EXPECT_EQ(a["clusters"][0]["name"].asString(), "one");
}

TEST_F(Explain, OtherEnds) {
  EXPECT_EQ(answer(R"({"host": "nobody.test"})")["outcome"].asString(), "no_virtual_host");
  const Json::Value tcp = answer(R"({"listener": "redis"})");
  EXPECT_EQ(tcp["outcome"].asString(), "tcp");
  EXPECT_EQ(tcp["clusters"][0]["name"].asString(), "two");
}

TEST_F(Explain, WhatIsNoRequestIsRefusedWithAReason) {
  EXPECT_NE(refusal(R"({"listener": "nobody"})").find("nobody"), std::string::npos);
  EXPECT_NE(refusal(R"({"path": "x"})").find("begin with /"), std::string::npos);
  EXPECT_NE(refusal(R"({"path": "/a b"})").find("spaces"), std::string::npos);
  EXPECT_NE(refusal(R"({"method": "G T"})").find("method"), std::string::npos);
  EXPECT_NE(refusal(R"({"host": "a\nb"})").find("host"), std::string::npos);
  EXPECT_NE(refusal(R"({"headers": [["a b", "c"]]})").find("a b"), std::string::npos);
  EXPECT_NE(refusal(R"({"headers": [["a", "c\r\nd: e"]]})").find("control"), std::string::npos);
  EXPECT_NE(refusal(R"({"headers": [["host", "c"]]})").find("host"), std::string::npos);
  EXPECT_NE(refusal(R"({"headers": [["a"]]})").find("headers"), std::string::npos);
  EXPECT_NE(refusal(R"({"source": "here"})").find("source"), std::string::npos);
}

}  // namespace
}  // namespace convoy::worker
