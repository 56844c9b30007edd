// Promise: what Convoy answers by itself has Envoy's status, body and response flags.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

constexpr char kReset[] =
    "upstream connect error or disconnect/reset before headers. reset reason: ";

struct Front {
  TempDir dir;
  std::string log = dir.path("access.log");
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  Front(const std::string& routes, const std::vector<uint16_t>& backends,
        const std::string& cluster = "", const std::string& hcm = "") {
    Config config;
    config.http(port, routes, hcm, log).cluster("backend", backends, cluster);
    convoy = std::make_unique<ConvoyProcess>(config);
  }
  // The last line holds " STATUS FLAGS ".
  void expectLogged(const std::string& status_and_flags) const {
    EXPECT_TRUE(eventually([&] {
      const auto lines = readLines(log);
      return !lines.empty() &&
             lines.back().find("\" " + status_and_flags + " ") != std::string::npos;
    })) << "wanted "
        << status_and_flags << " in " << readFile(log);
  }
};

TEST(LocalReplies, NoRouteIs404NR) {
  Front front("{match: {prefix: /only}, route: {cluster: backend}}", {freePort()});
  const HttpMessage answer = httpGet(front.port, "/else");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, "");
  front.expectLogged("404 NR");
  EXPECT_EQ(front.convoy->metric("envoy_http_no_route{envoy_http_conn_manager_prefix=\"web\"}"), 1);
}

TEST(LocalReplies, NoHostIs503UH) {
  Front front(Config::toCluster("backend"), {});
  const HttpMessage answer = httpGet(front.port, "/");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "no healthy upstream");
  EXPECT_EQ(answer.header("content-type"), "text/plain");
  front.expectLogged("503 UH");
  EXPECT_EQ(front.convoy->metric(
                "envoy_cluster_upstream_cx_none_healthy{envoy_cluster_name=\"backend\"}"),
            1);
}

TEST(LocalReplies, RefusedConnectionIs503UF) {
  Front front(Config::toCluster("backend"), {freePort()});
  const HttpMessage answer = httpGet(front.port, "/");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body.rfind(kReset, 0), 0u) << answer.body;
  front.expectLogged("503 UF");
  EXPECT_EQ(front.convoy->metric(
                "envoy_cluster_upstream_cx_connect_fail{envoy_cluster_name=\"backend\"}"),
            1);
}

TEST(LocalReplies, BackendThatClosesBeforeAnsweringIs503UC) {
  FakeUpstream backend([](const HttpMessage&, RawClient&) { return false; });
  Front front(Config::toCluster("backend"), {backend.port()});
  const HttpMessage answer = httpGet(front.port, "/");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, std::string(kReset) + "connection termination");
  front.expectLogged("503 UC");
}

TEST(LocalReplies, SlowBackendIs504UT) {
  FakeUpstream backend([](const HttpMessage&, RawClient& connection) {
    connection.readSome();  // until Convoy gives up and closes
    return false;
  });
  Front front(Config::toCluster("backend", "timeout: 0.2s"), {backend.port()});
  const HttpMessage answer = httpGet(front.port, "/");
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(answer.body, "upstream request timeout");
  front.expectLogged("504 UT");
  EXPECT_EQ(
      front.convoy->metric("envoy_cluster_upstream_rq_timeout{envoy_cluster_name=\"backend\"}"), 1);
}

// A backend whose kernel takes every connection and whose program takes none.
class SilentBackend {
 public:
  SilentBackend() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size);
    listen(fd_.get(), 4096);
    getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  uint16_t port() const { return port_; }

 private:
  base::UniqueFd fd_;
  uint16_t port_ = 0;
};

// The default limits of a cluster: 1024 connections, and 1024 requests that wait for one.
TEST(LocalReplies, MoreThanTheCircuitBreakerAllowsIs503UO) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < 8192) GTEST_SKIP() << "needs 8192 descriptors; raise ulimit -n";
  limit.rlim_cur = 8192;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  SilentBackend backend;
  TempDir dir;
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend"), "", dir.path("log"))
      .cluster("backend", {backend.port()}, "connect_timeout: 10s");
  ConvoyProcess convoy(config, {{}, {}, 1, true, "convoy.yaml"});
  std::vector<RawClient> clients;
  for (int i = 0; i < 2058; ++i) {
    clients.emplace_back(port, Millis(5000));
    ASSERT_TRUE(clients.back().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")) << i;
  }
  const HttpMessage answer = clients.back().readFinal();
  EXPECT_EQ(answer.status, 503) << answer.error;
  EXPECT_EQ(answer.header("x-envoy-overloaded"), "true");
  // Which of the two limits a request met first depends on how fast connections came; at least
  // 1024 were admitted, at most 2048.
  EXPECT_TRUE(eventually([&] { return readLines(dir.path("log")).size() >= 10; }));
  EXPECT_LE(readLines(dir.path("log")).size(), 1034u);
  for (const std::string& line : readLines(dir.path("log"))) {
    EXPECT_NE(line.find("\" 503 UO "), std::string::npos) << line;
  }
}

TEST(LocalReplies, RedirectAndDirectResponse) {
  Front front(
      "{match: {path: /old}, redirect: {path_redirect: /new, response_code: FOUND}}, "
      "{match: {path: /tls}, redirect: {https_redirect: true}}, "
      "{match: {prefix: /}, direct_response: {status: 418, body: {inline_string: tea}}}",
      {freePort()});
  const HttpMessage moved = httpGet(front.port, "/old");
  EXPECT_EQ(moved.status, 302);
  EXPECT_EQ(moved.header("location"), "http://test/new");
  EXPECT_EQ(httpGet(front.port, "/tls").header("location"), "https://test/tls");
  const HttpMessage tea = httpGet(front.port, "/pot");
  EXPECT_EQ(tea.status, 418);
  EXPECT_EQ(tea.body, "tea");
}

TEST(LocalReplies, AmbiguousRequestsAre400AndClose) {
  FakeUpstream backend;
  Front front(Config::toCluster("backend"), {backend.port()});
  for (const char* bad :
       {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "nonsense\r\n\r\n",
        "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    RawClient client(front.port);
    client.send(bad);
    const HttpMessage answer = client.readFinal();
    EXPECT_EQ(answer.status, 400) << bad;
    EXPECT_EQ(answer.header("connection"), "close") << bad;
    EXPECT_TRUE(client.closedByPeer()) << bad;
  }
  EXPECT_EQ(backend.requests(), 0u);
  front.expectLogged("400 DPE");
}

TEST(LocalReplies, LocalReplyConfigHasTheLastWord) {
  Front front("{match: {prefix: /only}, route: {cluster: backend}}", {freePort()}, "",
              "local_reply_config: {mappers: [{filter: {status_code_filter: {comparison: {op: "
              "EQ, value: {default_value: 404}}}}, status_code: 410, body: {inline_string: "
              "gone}}], body_format: {json_format: {error: '%LOCAL_REPLY_BODY%', code: "
              "'%RESPONSE_CODE%', path: '%REQ(:path)%'}}}");
  const HttpMessage answer = httpGet(front.port, "/else");
  EXPECT_EQ(answer.status, 410);
  EXPECT_EQ(answer.header("content-type"), "application/json");
  EXPECT_EQ(answer.body, "{\"code\":410,\"error\":\"gone\",\"path\":\"/else\"}\n");
  front.expectLogged("410 NR");
}

}  // namespace
}  // namespace convoy::fakes
