// Promise: whatever a backend does, the client gets an answer or a clean end, never somebody else's
// bytes, and the worker lives.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

struct Front {
  std::unique_ptr<FakeUpstream> backend;
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  std::vector<pid_t> workers;
  // Sends `bytes` to each request and, unless `keep`, closes.
  explicit Front(const std::string& bytes, bool keep = false) {
    backend =
        std::make_unique<FakeUpstream>([bytes, keep](const HttpMessage&, RawClient& connection) {
          return connection.send(bytes) && keep;
        });
    Config config;
    config.http(port, Config::toCluster("backend", "timeout: 3s"))
        .cluster("backend", {backend->port()});
    convoy = std::make_unique<ConvoyProcess>(config);
    workers = convoy->workers();
  }
  ~Front() { EXPECT_EQ(convoy->workers(), workers) << "a worker died: " << convoy->log(); }
};

TEST(BadUpstream, GarbageIs502) {
  for (const std::string& bytes :
       {std::string("nonsense\r\n\r\n"), std::string("HTTP/1.1 abc OK\r\n\r\n"),
        std::string("\0\r\n\r\n", 5),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        std::string(
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")}) {
    Front front(bytes);
    EXPECT_EQ(httpGet(front.port, "/").status, 502) << bytes;
  }
}

TEST(BadUpstream, AnAnswerCutInItsBodyIsCutForTheClientToo) {
  Front front("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  const HttpMessage answer = httpGet(front.port, "/");
  EXPECT_NE(answer.error, "");
  EXPECT_EQ(std::string("abc").rfind(answer.body, 0), 0u) << answer.body;
}

TEST(BadUpstream, ALongAnswerCutInItsBodyIsCutForTheClientToo) {
  const std::string half(500000, 'h');
  Front front("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + half);
  const HttpMessage answer = httpGet(front.port, "/");
  EXPECT_NE(answer.error, "");
  EXPECT_EQ(half.rfind(answer.body, 0), 0u) << answer.body.size();
}

TEST(BadUpstream, BytesAfterALongAnswerNeverReachTheNextRequest) {
  Front front("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + std::string(200000, 'l') +
                  "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
              true);
  RawClient client(front.port);
  for (int i = 0; i < 5; ++i) {
    const HttpMessage answer = client.get("/");
    ASSERT_EQ(answer.status, 200) << answer.error;
    EXPECT_EQ(answer.body, std::string(200000, 'l'));
  }
}

TEST(BadUpstream, ACutChunkedAnswerNeverLooksWhole) {
  Front front("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
  EXPECT_NE(httpGet(front.port, "/").error, "");
}

TEST(BadUpstream, BytesAfterAnAnswerNeverReachTheNextRequest) {
  Front front(
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: "
      "4\r\n\r\nevil",
      true);
  RawClient client(front.port);
  for (int i = 0; i < 5; ++i) {
    const HttpMessage answer = client.get("/");
    EXPECT_EQ(answer.body, "ok") << answer.error;
  }
}

TEST(BadUpstream, AResetBeforeTheAnswerIs503) {
  Front front("");
  front.backend->setHandler([](const HttpMessage&, RawClient& connection) {
    connection.reset();
    return false;
  });
  EXPECT_EQ(httpGet(front.port, "/").status, 503);
}

TEST(BadUpstream, AnEarlyAnswerToABigUploadReachesTheClient) {
  Front front("");
  auto early = FakeUpstream::withSession([](RawClient& connection) {
    connection.readUntil("\r\n\r\n");
    connection.send("HTTP/1.1 413 Too Big\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n");
    connection.shutdownWrite();
    connection.readAll();
  });
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("early")).cluster("early", {early->port()});
  ConvoyProcess convoy(config);
  RawClient client(port);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n" +
              std::string(1000, 'x'));
  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.status, 413) << answer.error;
  EXPECT_EQ(answer.body, "no\n");
}

TEST(BadUpstream, HugeAnswerHeadersAreRefused) {
  Front front("HTTP/1.1 200 OK\r\nX: " + std::string(200000, 'x') +
              "\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(httpGet(front.port, "/").status, 502);
}

TEST(BadUpstream, AClientThatLeavesEndsTheBackendRequest) {
  std::atomic<bool> ended{false};
  auto backend = FakeUpstream::withSession([&](RawClient& connection) {
    connection.readUntil("\r\n\r\n");
    connection.readAll();
    ended = true;
  });
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend")).cluster("backend", {backend->port()});
  ConvoyProcess convoy(config);
  {
    RawClient client(port);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return backend->connections() == 1; }));
    client.reset();
  }
  EXPECT_TRUE(eventually([&] { return ended.load(); }));
  EXPECT_TRUE(eventually([&] {
    return convoy.metric(
               "envoy_http_downstream_rq_active{envoy_http_conn_manager_prefix=\"web\"}") == 0;
  }));
}

}  // namespace
}  // namespace convoy::fakes
