// Promise: backends and clients see the headers that Envoy adds, and no hop-by-hop ones.
#include <regex>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

struct Front {
  FakeUpstream backend;
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  explicit Front(const std::string& hcm = "", const std::string& route = "") {
    Config config;
    config.http(port, Config::toCluster("backend", route), hcm)
        .cluster("backend", {backend.port()});
    convoy = std::make_unique<ConvoyProcess>(config);
  }
  HttpMessage seenBy(const std::string& fields) {
    EXPECT_EQ(httpGet(port, "/a?b=c", fields).status, 200);
    return backend.last();
  }
};

const std::regex kUuid("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

TEST(ForwardedHeaders, BackendSeesWhereTheRequestCameFrom) {
  Front front;
  const HttpMessage request = front.seenBy("");
  EXPECT_EQ(request.first_line, "GET /a?b=c HTTP/1.1");
  EXPECT_EQ(request.header("host"), "test");
  EXPECT_EQ(request.header("x-forwarded-proto"), "http");
  EXPECT_TRUE(std::regex_match(request.header("x-request-id"), kUuid))
      << request.header("x-request-id");
  EXPECT_EQ(request.header("x-envoy-expected-rq-timeout-ms"), "15000");
}

TEST(ForwardedHeaders, TheEdgeAppendsTheClientToXForwardedFor) {
  Front front("use_remote_address: true");
  EXPECT_EQ(front.seenBy("X-Forwarded-For: 10.1.2.3\r\n").header("x-forwarded-for"),
            "10.1.2.3,127.0.0.1");
  EXPECT_EQ(front.seenBy("").header("x-forwarded-for"), "127.0.0.1");
}

TEST(ForwardedHeaders, InsideXForwardedForIsLeftAlone) {
  Front front;
  EXPECT_EQ(front.seenBy("X-Forwarded-For: 10.1.2.3\r\n").header("x-forwarded-for"), "10.1.2.3");
}

TEST(ForwardedHeaders, HopByHopFieldsStopHere) {
  Front front;
  const HttpMessage request = front.seenBy(
      "Connection: keep-alive, x-private\r\nKeep-Alive: timeout=5\r\nX-Private: 1\r\n"
      "Proxy-Connection: close\r\nTE: gzip\r\nX-Public: 2\r\n");
  for (const char* name : {"keep-alive", "x-private", "proxy-connection", "te", "upgrade"}) {
    EXPECT_FALSE(request.has(name)) << name;
  }
  EXPECT_EQ(request.header("x-public"), "2");
}

TEST(ForwardedHeaders, ClientSeesServerDateAndUpstreamTime) {
  Front front;
  front.backend.setHandler(FakeUpstream::respond(200, "x", "Server: secret\r\nX-Own: 1\r\n"));
  const HttpMessage answer = httpGet(front.port, "/");
  EXPECT_EQ(answer.header("server"), "envoy");
  EXPECT_EQ(answer.header("x-own"), "1");
  EXPECT_TRUE(std::regex_match(
      answer.header("date"),
      std::regex("(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT")))
      << answer.header("date");
  EXPECT_TRUE(std::regex_match(answer.header("x-envoy-upstream-service-time"), std::regex("\\d+")));
}

TEST(ForwardedHeaders, RequestIdFromOutsideIsKeptInsideTheMesh) {
  Front front;
  EXPECT_EQ(front.seenBy("X-Request-Id: 11111111-2222-4333-8444-555555555555\r\n")
                .header("x-request-id")
                .substr(0, 8),
            "11111111");
}

TEST(ForwardedHeaders, HostAndPrefixRewriteKeepTheOriginalPath) {
  Front front("", "prefix_rewrite: /inner/, host_rewrite_literal: other.example");
  const HttpMessage request = front.seenBy("");
  EXPECT_EQ(request.first_line, "GET /inner/a?b=c HTTP/1.1");
  EXPECT_EQ(request.header("host"), "other.example");
  EXPECT_EQ(request.header("x-envoy-original-path"), "/a?b=c");
}

TEST(ForwardedHeaders, BackendSeesWhichServiceAsks) {
  FakeUpstream backend;
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend"), "add_user_agent: true")
      .cluster("backend", {backend.port()});
  ConvoyProcess::Options options;
  options.args = {"--service-cluster", "shop", "--service-node", "shop-1"};
  const ConvoyProcess convoy(config, options);
  httpGet(port, "/");
  EXPECT_EQ(backend.last().header("user-agent"), "shop");
  EXPECT_EQ(backend.last().header("x-envoy-downstream-service-cluster"), "shop");
  EXPECT_EQ(backend.last().header("x-envoy-downstream-service-node"), "shop-1");
  httpGet(port, "/", "User-Agent: curl/8\r\n");
  EXPECT_EQ(backend.last().header("user-agent"), "curl/8");
}

TEST(ForwardedHeaders, SchemeIsWhatTheOperatorSays) {
  Front front("scheme_header_transformation: {scheme_to_overwrite: https}");
  EXPECT_EQ(front.seenBy("").header("x-forwarded-proto"), "https");
}

}  // namespace
}  // namespace convoy::fakes
