// One worker's HTTP data path, socket to socket: what a client gets for what an upstream does.
#include "tests/unit/worker/http/proxy_fixture.h"

namespace convoy {
namespace {

TEST_F(ProxyTest, AnswersWithWhatTheUpstreamSays) {
  start();
  FakeUpstream upstream(FakeUpstream::respond(201, "made\n", "x-from: up\r\n"));
  serve(upstream);
  const HttpMessage answer = get("/a?b=c");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, "made\n");
  EXPECT_EQ(answer.header("x-from"), "up");
  EXPECT_EQ(answer.header("server"), "envoy");
  EXPECT_TRUE(answer.has("date"));
  EXPECT_TRUE(answer.has("x-envoy-upstream-service-time"));
  EXPECT_EQ(upstream.last().first_line, "GET /a?b=c HTTP/1.1");
}

TEST_F(ProxyTest, SendsUpstreamWhatEnvoySends) {
  start();
  FakeUpstream upstream;
  serve(upstream);
  get("/", "X-Mine: 1\r\nConnection: x-mine\r\nKeep-Alive: 5\r\n");
  const HttpMessage request = upstream.last();
  EXPECT_FALSE(request.has("x-mine"));
  EXPECT_FALSE(request.has("keep-alive"));
  EXPECT_FALSE(request.has("connection"));
  EXPECT_EQ(request.header("x-forwarded-proto"), "http");
  EXPECT_EQ(request.header("x-request-id").size(), 36u);
  EXPECT_EQ(request.header("x-envoy-expected-rq-timeout-ms"), "15000");
}

TEST_F(ProxyTest, KeepsBothConnectionsForTheNextRequest) {
  start();
  FakeUpstream upstream;
  serve(upstream);
  play([&] {
    RawClient client(port());
    for (int i = 0; i < 5; ++i) EXPECT_EQ(client.get("/").status, 200);
  });
  EXPECT_EQ(upstream.connections(), 1u);
  EXPECT_EQ(stats().get(ClusterStat::upstream_rq_total), 5u);
  EXPECT_EQ(stats().get(ClusterStat::upstream_rq_active), 0u);
}

TEST_F(ProxyTest, AnswersPipelinedRequestsInOrder) {
  start();
  FakeUpstream upstream([](const HttpMessage& request, RawClient& connection) {
    return connection.send(fakes::responseText(200, request.first_line));
  });
  serve(upstream);
  play([&] {
    RawClient client(port());
    client.send(
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /direct HTTP/1.1\r\nHost: a\r\n\r\n"
        "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: "
        "a\r\n\r\n");
    EXPECT_EQ(client.readResponse().body, "GET /1 HTTP/1.1");
    EXPECT_EQ(client.readResponse().body, "direct");
    EXPECT_EQ(client.readResponse().body, "POST /2 HTTP/1.1");
    EXPECT_EQ(client.readResponse().body, "GET /3 HTTP/1.1");
  });
}

TEST_F(ProxyTest, PassesBodiesBothWaysWhateverTheirFraming) {
  start();
  FakeUpstream upstream(FakeUpstream::echo());
  serve(upstream);
  const std::string body(300000, 'b');
  play([&] {
    RawClient client(port());
    EXPECT_EQ(client.request("POST", "/", "", body).body, body);
    client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nx-trailer: t\r\n\r\n");
    EXPECT_EQ(client.readResponse().body, "abcdefg");
    EXPECT_EQ(client.get("/").status, 200);
  });
}

TEST_F(ProxyTest, NoRouteIs404AndNoHostIs503) {
  start();
  const HttpMessage answer = get("/");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "no healthy upstream");
  EXPECT_EQ(stats().get(ClusterStat::upstream_cx_none_healthy), 1u);
}

TEST_F(ProxyTest, ARefusedConnectionIs503) {
  start();
  uint16_t closed_port = 0;
  {
    FakeUpstream gone;
    closed_port = gone.port();
  }
  worker_->setHosts(0, {closed_port});
  const HttpMessage answer = get("/");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.body.find("connection failure"), std::string::npos) << answer.body;
  EXPECT_EQ(stats().get(ClusterStat::upstream_cx_connect_fail), 1u);
  EXPECT_EQ(stats().get(ClusterStat::upstream_cx_active), 0u);
  EXPECT_EQ(stats().get(ClusterStat::upstream_rq_pending_active), 0u);
}

TEST_F(ProxyTest, AnUpstreamThatClosesWithoutAnAnswerIs503) {
  start();
  FakeUpstream upstream([](const HttpMessage&, RawClient&) { return false; });
  serve(upstream);
  const HttpMessage answer = get("/");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.body.find("connection termination"), std::string::npos) << answer.body;
}

TEST_F(ProxyTest, AnUpstreamThatTalksNonsenseIs502) {
  start();
  FakeUpstream upstream([](const HttpMessage&, RawClient& connection) {
    connection.send("BANANA\r\n\r\n");
    return false;
  });
  serve(upstream);
  const HttpMessage answer = get("/");
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(stats().get(ClusterStat::upstream_cx_protocol_error), 1u);
}

TEST_F(ProxyTest, ABodyThatEndsEarlyCutsTheClientVisibly) {
  start();
  FakeUpstream upstream([](const HttpMessage&, RawClient& connection) {
    connection.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
    return false;
  });
  serve(upstream);
  const HttpMessage answer = get("/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.ok());
}

TEST_F(ProxyTest, ABodyUntilCloseBecomesChunksAndKeepsTheClient) {
  start();
  FakeUpstream upstream([](const HttpMessage&, RawClient& connection) {
    connection.send("HTTP/1.1 200 OK\r\n\r\nall of it");
    return false;
  });
  serve(upstream);
  play([&] {
    RawClient client(port());
    const HttpMessage first = client.get("/");
    EXPECT_EQ(first.header("transfer-encoding"), "chunked");
    EXPECT_EQ(first.body, "all of it");
    EXPECT_EQ(client.get("/").body, "all of it");
  });
}

TEST_F(ProxyTest, AStaleKeptConnectionIsReplacedWithoutTheClientNoticing) {
  start();
  // Closes after each answer without having said so: the race of every keep-alive pool.
  std::atomic<int> served{0};
  FakeUpstream upstream([&](const HttpMessage&, RawClient& connection) {
    if (++served % 2 == 0) return false;  // reads the request, answers nothing, closes
    return connection.send(fakes::responseText(200, "ok"));
  });
  serve(upstream);
  play([&] {
    RawClient client(port());
    EXPECT_EQ(client.get("/").status, 200);
    EXPECT_EQ(client.get("/").status, 200);
  });
  EXPECT_EQ(upstream.requests(), 3u);
}

TEST_F(ProxyTest, APostOnAStaleConnectionIsNotSentTwice) {
  start();
  std::atomic<int> served{0};
  FakeUpstream upstream([&](const HttpMessage&, RawClient& connection) {
    if (++served % 2 == 0) return false;
    return connection.send(fakes::responseText(200, "ok"));
  });
  serve(upstream);
  play([&] {
    RawClient client(port());
    EXPECT_EQ(client.request("POST", "/", "", "x").status, 200);
    EXPECT_EQ(client.request("POST", "/", "", "x").status, 503);
  });
  EXPECT_EQ(upstream.requests(), 2u);
}

TEST_F(ProxyTest, ASlowUpstreamIs504AfterTheRoutesTimeout) {
  start("", "                  timeout: 0.2s\n");
  FakeUpstream upstream([](const HttpMessage&, RawClient& connection) {
    connection.readRequest();  // until the proxy gives up
    return false;
  });
  serve(upstream);
  const HttpMessage answer = get("/");
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(answer.body, "upstream request timeout");
  EXPECT_EQ(stats().get(ClusterStat::upstream_rq_timeout), 1u);
}

TEST_F(ProxyTest, HeadHasTheLengthAndNoBody) {
  start();
  FakeUpstream upstream([](const HttpMessage&, RawClient& connection) {
    return connection.send("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
  });
  serve(upstream);
  play([&] {
    RawClient client(port());
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    const HttpMessage answer = client.readResponse(true);
    EXPECT_EQ(answer.header("content-length"), "1000");
    EXPECT_EQ(client.request("HEAD", "/direct").status, 200);
  });
}

TEST_F(ProxyTest, AnswersExpectContinueItself) {
  start();
  FakeUpstream upstream(FakeUpstream::echo());
  serve(upstream);
  play([&] {
    RawClient client(port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.readResponse().status, 100);
    client.send("abc");
    EXPECT_EQ(client.readResponse().body, "abc");
  });
  EXPECT_FALSE(upstream.last().has("expect"));
}

TEST_F(ProxyTest, PassesEarlyHintsOn) {
  start();
  FakeUpstream upstream([](const HttpMessage&, RawClient& connection) {
    return connection.send("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" +
                           fakes::responseText(200, "then"));
  });
  serve(upstream);
  play([&] {
    RawClient client(port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.readResponse().status, 103);
    EXPECT_EQ(client.readResponse().body, "then");
  });
}

TEST_F(ProxyTest, AWebSocketBecomesATunnel) {
  start("          upgrade_configs: [{upgrade_type: websocket}]\n");
  FakeUpstream upstream([](const HttpMessage& request, RawClient& connection) {
    if (request.header("upgrade") != "websocket") return false;
    connection.send(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nhi");
    const std::string heard = connection.readSome();
    return connection.send("echo:" + heard) && false;
  });
  serve(upstream);
  play([&] {
    RawClient client(port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    EXPECT_EQ(client.readResponse().status, 101);
    std::string text = client.readSome();
    EXPECT_EQ(text, "hi");
    client.send("ping");
    EXPECT_EQ(client.readSome(), "echo:ping");
    EXPECT_EQ(client.readSome(), "");
  });
}

TEST_F(ProxyTest, WithoutUpgradeConfigsAnUpgradeIsRefusedAsEnvoyDoes) {
  start();
  FakeUpstream upstream;
  serve(upstream);
  const HttpMessage answer = get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\n");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(upstream.requests(), 0u);
}

TEST_F(ProxyTest, ABadRequestIsRefusedAndTheConnectionCloses) {
  start();
  FakeUpstream upstream;
  serve(upstream);
  play([&] {
    RawClient client(port());
    client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    const HttpMessage answer = client.readResponse();
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_EQ(client.readSome(), "");
  });
  EXPECT_EQ(upstream.requests(), 0u);
}

TEST_F(ProxyTest, AGrpcFailureIsAGrpcAnswer) {
  start();
  const HttpMessage answer = get("/", "Content-Type: application/grpc\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("grpc-status"), "14");
  EXPECT_EQ(answer.header("grpc-message"), "no healthy upstream");
}

TEST_F(ProxyTest, WhenDrainingTheNextAnswerIsTheLastOfItsConnection) {
  start();
  FakeUpstream upstream;
  serve(upstream);
  play([&] {
    RawClient client(port());
    EXPECT_FALSE(client.get("/").has("connection"));
    worker_->loop().post([&] { worker_->context().draining = true; });
    RawClient waker(port());  // turns the loop
    EXPECT_EQ(waker.get("/direct").status, 200);
    EXPECT_EQ(client.get("/").header("connection"), "close");
    EXPECT_EQ(client.readSome(), "");
  });
}

TEST_F(ProxyTest, AfterAFailedHealthCheckEachAnswerAsksItsClientToLeave) {
  start();
  play([&] {
    RawClient client(port());
    EXPECT_FALSE(client.get("/direct").has("connection"));
    worker_->loop().post([&] { worker_->context().health_failed = true; });
    RawClient(port()).get("/direct");  // turns the loop
    EXPECT_EQ(RawClient(port()).get("/direct").header("connection"), "close");
    EXPECT_EQ(client.get("/direct").header("connection"), "close");
    EXPECT_EQ(client.readSome(), "");
    worker_->loop().post([&] { worker_->context().health_failed = false; });
    RawClient waker(port());  // turns the loop
    waker.get("/direct");
    EXPECT_FALSE(RawClient(port()).get("/direct").has("connection"));
  });
}

TEST_F(ProxyTest, AClientThatLeavesCancelsItsRequest) {
  start();
  FakeUpstream upstream([](const HttpMessage&, RawClient& connection) {
    connection.readSome();  // "" when the proxy drops the connection
    return false;
  });
  serve(upstream);
  play([&] {
    RawClient client(port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    fakes::eventually([&] { return upstream.requests() == 1; });
  });
  EXPECT_TRUE(worker_->runUntil([&] { return stats().get(ClusterStat::upstream_rq_active) == 0; }));
  EXPECT_EQ(stats().get(ClusterStat::upstream_rq_tx_reset), 1u);
}

TEST_F(ProxyTest, AnEarlyAnswerToAnUploadEndsIt) {
  start();
  auto early = FakeUpstream::withSession([](RawClient& connection) {
    connection.readSome();
    connection.send(fakes::responseText(413, "no"));
    while (!connection.readSome().empty()) {
    }
  });
  worker_->setHosts(0, {early->port()});
  play([&] {
    RawClient client(port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nabc");
    const HttpMessage answer = client.readResponse();
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.header("connection"), "close");
  });
}

TEST_F(ProxyTest, MaxRequestsPerConnectionEndsIt) {
  start("          common_http_protocol_options: {max_requests_per_connection: 2}\n");
  FakeUpstream upstream;
  serve(upstream);
  play([&] {
    RawClient client(port());
    EXPECT_FALSE(client.get("/").has("connection"));
    EXPECT_EQ(client.get("/").header("connection"), "close");
  });
}

TEST_F(ProxyTest, SendsAFailedRequestAgainWhole) {
  start("", "                  retry_policy: {retry_on: 5xx, num_retries: 3}\n");
  std::atomic<int> asked{0};
  FakeUpstream upstream([&](const HttpMessage& request, RawClient& connection) {
    switch (asked++) {
      case 0:
        return connection.send(fakes::responseText(503, "busy"));
      case 1:
        return false;  // cut without an answer
      case 2:
        return connection.send("HTTP/1.1 500 Oops\r\ncontent-length: 900\r\n\r\npart");
      default:
        return connection.send(fakes::responseText(200, request.body));
    }
  });
  serve(upstream);
  const std::string body(100000, 'b');
  HttpMessage answer;
  play([&] { answer = RawClient(port()).request("POST", "/", "", body); });
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, body);
  EXPECT_EQ(stats().get(ClusterStat::upstream_rq_retry), 3u);
  EXPECT_EQ(stats().get(ClusterStat::upstream_rq_active), 0u);
}

}  // namespace
}  // namespace convoy
