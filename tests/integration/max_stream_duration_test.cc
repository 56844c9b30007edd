// Promise: no request takes longer than max_stream_duration allows, on its listener or its route.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

// A backend that begins an answer and never ends it, and one that never answers.
struct Front {
  std::unique_ptr<FakeUpstream> drips = FakeUpstream::withSession([](RawClient& connection) {
    connection.readUntil("\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nx");
    connection.readAll();
  });
  std::unique_ptr<FakeUpstream> silent =
      FakeUpstream::withSession([](RawClient& connection) { connection.readAll(); });
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  Front(const std::string& hcm, const std::string& route) {
    Config config;
    config
        .http(port,
              "{match: {prefix: /drips}, route: {cluster: drips" + route +
                  "}}, {match: {prefix: /}, route: {cluster: silent" + route + "}}",
              hcm)
        .cluster("drips", {drips->port()})
        .cluster("silent", {silent->port()});
    convoy = std::make_unique<ConvoyProcess>(config);
  }
  double reached() const {
    return convoy->metric(
        "envoy_http_downstream_rq_max_duration_reached{envoy_http_conn_manager_prefix=\"web\"}");
  }
};

const std::string kListener = "common_http_protocol_options: {max_stream_duration: 0.3s}";

TEST(MaxStreamDuration, WithoutAnAnswerTheClientGets504) {
  const Front front(kListener, "");
  const HttpMessage answer = httpGet(front.port, "/");
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(answer.body, "downstream duration timeout");
  EXPECT_EQ(front.reached(), 1);
}

TEST(MaxStreamDuration, AnUnfinishedRequestGets408) {
  const Front front(kListener, "");
  RawClient client(front.port);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(client.readFinal().status, 408);
}

TEST(MaxStreamDuration, AnAnswerThatDripsIsCutOff) {
  const Front front(kListener, "");
  const HttpMessage answer = httpGet(front.port, "/drips");
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.error, "");
}

TEST(MaxStreamDuration, ARouteOverridesItsListenerAndItsOwnTimeout) {
  const Front front("common_http_protocol_options: {max_stream_duration: 60s}",
                    ", timeout: 60s, max_stream_duration: {max_stream_duration: 0.3s}");
  EXPECT_EQ(httpGet(front.port, "/").status, 504);
}

TEST(MaxStreamDuration, TheClientsGrpcTimeoutCountsWhereTheRouteSaysSo) {
  const Front front("", ", max_stream_duration: {grpc_timeout_header_max: 5s}");
  const HttpMessage answer = httpGet(front.port, "/", "grpc-timeout: 300m\r\n");
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(front.reached(), 1);
}

// As Envoy: whether the call was complete or not.
TEST(MaxStreamDuration, AGrpcCallIsToldDeadlineExceeded) {
  const Front front(kListener, "");
  RawClient whole(front.port), unfinished(front.port);
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\n";
  whole.send(head + "Content-Length: 0\r\n\r\n");
  unfinished.send(head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  for (RawClient* client : {&whole, &unfinished}) {
    const HttpMessage answer = client->readResponse();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("grpc-status"), "4");
    EXPECT_EQ(answer.header("grpc-message"), "downstream duration timeout");
  }
}

}  // namespace
}  // namespace convoy::fakes
