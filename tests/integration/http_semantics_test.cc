// Promise: HTTP/1.1 and 1.0 mean through Convoy what they mean without it.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

struct Front {
  FakeUpstream backend;
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  explicit Front(FakeUpstream::Handler handler = FakeUpstream::echo(), const std::string& hcm = "")
      : backend(std::move(handler)) {
    Config config;
    config.http(port, Config::toCluster("backend"), hcm).cluster("backend", {backend.port()});
    convoy = std::make_unique<ConvoyProcess>(config);
  }
};

FakeUpstream::Handler text(std::string bytes, bool keep = true) {
  return [bytes, keep](const HttpMessage&, RawClient& connection) {
    return connection.send(bytes) && keep;
  };
}

TEST(HttpSemantics, WhoSpeaksTlsOnAPlainPortIsToldAtOnce) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "hello"));
  ConvoyProcess convoy(config);
  RawClient client(port);
  ASSERT_TRUE(client.send(std::string_view("\x16\x03\x01\x02", 4)));
  EXPECT_EQ(client.readResponse().status, 400);
  EXPECT_TRUE(client.closedByPeer());
}

TEST(HttpSemantics, PipelinedRequestsAreAnsweredInOrder) {
  Front front([](const HttpMessage& request, RawClient& connection) {
    return connection.send(responseText(200, request.first_line));
  });
  RawClient client(front.port);
  std::string all;
  for (int i = 0; i < 20; ++i) {
    all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  client.send(all);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client.readFinal().body, "GET /" + std::to_string(i) + " HTTP/1.1");
  }
}

TEST(HttpSemantics, HeadHasTheFieldsAndNoBody) {
  Front front(text("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nX-A: b\r\n\r\n"));
  RawClient client(front.port);
  for (int i = 0; i < 3; ++i) {
    const HttpMessage answer = client.request("HEAD", "/");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("content-length"), "1234");
    EXPECT_EQ(answer.header("x-a"), "b");
  }
}

TEST(HttpSemantics, ChunkedAnswersArriveWholeOnAConnectionThatLives) {
  Front front(
      text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;ext=1\r\n!\r\n"
           "0\r\n\r\n"));
  RawClient client(front.port);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.get("/").body, "hello!");
  EXPECT_EQ(front.backend.connections(), 1u);
}

TEST(HttpSemantics, AnAnswerThatEndsWithItsConnectionArrivesWhole) {
  Front front(text("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end", false));
  RawClient client(front.port);
  const HttpMessage answer = client.get("/");
  EXPECT_EQ(answer.body, "until the end");
  EXPECT_EQ(answer.error, "");
}

TEST(HttpSemantics, ExpectContinueLetsTheBodyComeAndIsAnsweredOnce) {
  Front front;
  RawClient client(front.port);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.readResponse().status, 100);
  client.send("body");
  const HttpMessage answer = client.readResponse();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "body");
}

TEST(HttpSemantics, InterimAnswersDoNotTakeTheTurnOfTheFinalOne) {
  Front front(
      text("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
           "2\r\n\r\nok"));
  RawClient client(front.port);
  for (int i = 0; i < 3; ++i) {
    const HttpMessage answer = client.get("/");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "ok");
  }
}

TEST(HttpSemantics, TrailersPassBothWaysWhereEnabled) {
  Front front(
      [](const HttpMessage& request, RawClient& connection) {
        const std::string seen = request.trailers.empty() ? "none" : request.trailers[0].second;
        return connection.send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Seen: " + seen +
            "\r\n\r\n");
      },
      "http_protocol_options: {enable_trailers: true}");
  RawClient client(front.port);
  client.send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Sum: "
      "42\r\n\r\n");
  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.body, "ok");
  ASSERT_EQ(answer.error, "");
  EXPECT_EQ(front.backend.last().body, "x");
}

TEST(HttpSemantics, Http10IsToldToUpgradeUnlessAccepted) {
  Front refusing;
  RawClient old(refusing.port);
  old.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  EXPECT_EQ(old.readFinal().status, 426);
  EXPECT_EQ(refusing.backend.requests(), 0u);

  Front accepting(FakeUpstream::respond(200, "ok"),
                  "http_protocol_options: {accept_http_10: true, default_host_for_http_10: ten}");
  RawClient client(accepting.port);
  client.send("GET / HTTP/1.0\r\n\r\n");
  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ok");
  EXPECT_TRUE(client.closedByPeer());
  EXPECT_EQ(accepting.backend.last().header("host"), "ten");
}

TEST(HttpSemantics, Http10KeepsAliveOnRequestAndNeverSeesChunks) {
  Front front(text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
              "http_protocol_options: {accept_http_10: true}");
  RawClient client(front.port);
  client.send("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.body, "hello");
  EXPECT_FALSE(answer.has("transfer-encoding"));
}

TEST(HttpSemantics, ConnectionCloseIsObeyed) {
  Front front;
  RawClient client(front.port);
  const HttpMessage answer = client.get("/", "Connection: close\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.closedByPeer());
}

// Before an answer has begun, the end of a client's input means that it has gone; after, that it
// has nothing more to ask.
TEST(HttpSemantics, AClientThatHalfClosesDuringItsAnswerGetsAllOfIt) {
  std::atomic<bool> go_on{false};
  Front front([&](const HttpMessage&, RawClient& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
    eventually([&] { return go_on.load(); });
    return connection.send("later");
  });
  RawClient client(front.port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.readUntil("first");
  client.shutdownWrite();
  go_on = true;
  EXPECT_EQ(client.readAll(), "later");
  EXPECT_EQ(client.lastError(), "eof");
}

TEST(HttpSemantics, NoContentAndNotModifiedHaveNoBody) {
  Front front(text("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 10\r\n\r\n"));
  RawClient client(front.port);
  EXPECT_EQ(client.get("/").status, 304);
  front.backend.setHandler(text("HTTP/1.1 204 No Content\r\n\r\n"));
  const HttpMessage answer = client.get("/");
  EXPECT_EQ(answer.status, 204);
  EXPECT_FALSE(answer.has("content-length"));
  EXPECT_EQ(client.get("/").status, 204);
}

TEST(HttpSemantics, UpstreamConnectionsAreReused) {
  Front front;
  RawClient client(front.port);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(client.get("/").status, 200);
  EXPECT_EQ(front.backend.connections(), 1u);
}

TEST(HttpSemantics, AByteAtATimeIsTheSameRequest) {
  Front front;
  RawClient client(front.port);
  for (const char byte :
       std::string("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")) {
    ASSERT_TRUE(client.send(std::string_view(&byte, 1)));
  }
  EXPECT_EQ(client.readFinal().body, "abc");
  EXPECT_EQ(front.backend.last().first_line, "POST /slow HTTP/1.1");
}

}  // namespace
}  // namespace convoy::fakes
