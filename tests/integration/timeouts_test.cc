// Promise: nobody can hold a connection or a request for longer than its timeout.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

struct Front {
  FakeUpstream backend;
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  explicit Front(const std::string& hcm, const std::string& cluster = "") {
    Config config;
    config.http(port, Config::toCluster("backend"), hcm)
        .cluster("backend", {backend.port()}, cluster);
    convoy = std::make_unique<ConvoyProcess>(config);
  }
};

TEST(Timeouts, IdleConnectionsAreClosed) {
  Front front("common_http_protocol_options: {idle_timeout: 0.3s}");
  RawClient client(front.port);
  ASSERT_EQ(client.get("/").status, 200);
  const int64_t start = nowMs();
  EXPECT_TRUE(client.closedByPeer());
  EXPECT_GE(nowMs() - start, 200);
  EXPECT_EQ(front.convoy->metric(
                "envoy_http_downstream_cx_idle_timeout{envoy_http_conn_manager_prefix=\"web\"}"),
            1);
}

TEST(Timeouts, SlowRequestHeadersAre408) {
  Front front("request_headers_timeout: 0.3s");
  RawClient client(front.port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n");
  EXPECT_EQ(client.readFinal().status, 408);
  EXPECT_TRUE(client.closedByPeer());
}

TEST(Timeouts, ARequestThatStallsInItsBodyIs408) {
  Front front("stream_idle_timeout: 0.3s");
  RawClient client(front.port);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(client.readFinal().status, 408);
}

TEST(Timeouts, AWholeRequestHasItsLimit) {
  Front front("request_timeout: 0.3s");
  RawClient client(front.port);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(client.readFinal().status, 408);
}

TEST(Timeouts, ABackendThatStallsInItsAnswerEndsTheStream) {
  Front front("stream_idle_timeout: 0.3s");
  front.backend.setHandler([](const HttpMessage&, RawClient& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    connection.readSome();
    return false;
  });
  RawClient client(front.port);
  const HttpMessage answer = client.get("/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "abc");
  EXPECT_NE(answer.error, "");  // cut, so that nobody takes it for whole
}

TEST(Timeouts, AnAddressThatSwallowsConnectionsIs503AfterTheConnectTimeout) {
  // A full backlog does not answer a SYN any more.
  const base::UniqueFd full(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(full.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(full.get(), 0), 0);
  getsockname(full.get(), reinterpret_cast<sockaddr*>(&address), &size);
  std::vector<base::UniqueFd> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    connect(waiting.back().get(), reinterpret_cast<sockaddr*>(&address), size);
  }

  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend")).cluster("backend", {ntohs(address.sin_port)});
  ConvoyProcess convoy(config);
  const int64_t start = nowMs();
  const HttpMessage answer = httpGet(port, "/");
  EXPECT_EQ(answer.status, 503);
  EXPECT_GE(nowMs() - start, 900);
  EXPECT_LE(nowMs() - start, 3000);
  EXPECT_EQ(
      convoy.metric("envoy_cluster_upstream_cx_connect_timeout{envoy_cluster_name=\"backend\"}"),
      1);
  // As in Envoy, one of the failures.
  EXPECT_EQ(convoy.metric("envoy_cluster_upstream_cx_connect_fail{envoy_cluster_name=\"backend\"}"),
            1);
}

}  // namespace
}  // namespace convoy::fakes
