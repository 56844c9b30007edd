// Promise: a listener speaks HTTP/2 with prior knowledge beside HTTP/1.1 on the same port, and a
// reload neither cuts an HTTP/2 connection with requests under way nor loses one on its way.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/h2_client.h"
#include "tests/fakes/h2_socket.h"
#include "tests/fakes/other_programs.h"
#include "tests/fakes/raw_client.h"

namespace convoy::fakes {
namespace {

TEST(Http2, SpeaksBothProtocolsOnOnePort) {
  if (const std::string why = missing("nginx"); !why.empty()) GTEST_SKIP() << why;
  Nginx nginx("return 200 \"ok $request_method $host $request_uri $server_protocol\\n\";");
  ASSERT_TRUE(nginx.ready());
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend")).cluster("backend", {nginx.port()});
  ConvoyProcess convoy(config);
  ASSERT_TRUE(convoy.ready());

  H2Socket h2(port);
  std::vector<int32_t> ids;
  for (int i = 0; i < 20; ++i) {
    ids.push_back(h2.client.request(H2Client::get("/" + std::to_string(i))));
  }
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(h2.answered(ids[static_cast<size_t>(i)]));
    const H2Client::Answer& answer = h2.client.answers[ids[static_cast<size_t>(i)]];
    EXPECT_EQ(answer.status(), "200");
    EXPECT_EQ(answer.body, "ok GET example.com /" + std::to_string(i) + " HTTP/1.1\n");
    EXPECT_EQ(answer.field(0, "server"), "envoy");
  }
  EXPECT_EQ(RawClient(port).get("/one").body, "ok GET test /one HTTP/1.1\n");
  EXPECT_EQ(convoy.sum("envoy_http_downstream_cx_http2_total"), 1);
  EXPECT_EQ(convoy.sum("envoy_http_downstream_rq_http2_total"), 20);
}

TEST(Http2, APrefaceInPiecesIsStillOne) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "hello"));
  ConvoyProcess convoy(config);
  ASSERT_TRUE(convoy.ready());
  H2Socket h2(port);
  const int32_t id = h2.client.request(H2Client::get());
  const std::string first = h2.client.output();
  for (const char octet : first.substr(0, 30)) ASSERT_TRUE(h2.socket.send({&octet, 1}));
  ASSERT_TRUE(h2.socket.send(first.substr(30)));
  ASSERT_TRUE(h2.answered(id));
  EXPECT_EQ(h2.client.answers[id].body, "hello");
}

TEST(Http2, AListenerOfHttp1AnswersThePrefaceWith400) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "hello"), "codec_type: HTTP1");
  ConvoyProcess convoy(config);
  ASSERT_TRUE(convoy.ready());
  RawClient client(port);
  ASSERT_TRUE(client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  EXPECT_EQ(client.readResponse().status, 400);
}

TEST(Http2, AListenerOfHttp2TakesNothingElse) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "hello"), "codec_type: HTTP2");
  ConvoyProcess convoy(config);
  ASSERT_TRUE(convoy.ready());
  RawClient client(port);
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(client.readAll().find("HTTP/1.1"), std::string::npos);
  H2Socket h2(port);
  const int32_t id = h2.client.request(H2Client::get());
  ASSERT_TRUE(h2.answered(id));
}

// Each connection has requests under way at every moment. What a GOAWAY did not take is asked again
// on a new connection, as every client does; all else must be answered.
TEST(Http2, AReloadLosesNoRequest) {
  if (const std::string why = missing("nginx"); !why.empty()) GTEST_SKIP() << why;
  Nginx nginx("return 200 \"ok\\n\";");
  ASSERT_TRUE(nginx.ready());
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend")).cluster("backend", {nginx.port()});
  ConvoyProcess convoy(config);
  ASSERT_TRUE(convoy.ready());

  int answered = 0, connections = 0;
  for (int round = 0; round < 5; ++round) {
    H2Socket h2(port);
    ++connections;
    std::vector<int32_t> ids;
    const auto ask = [&] {
      for (int i = 0; i < 8; ++i) ids.push_back(h2.client.request(H2Client::get()));
      // On the wire, so that it is not the client that holds one back.
      ASSERT_TRUE(h2.socket.send(h2.client.output()));
    };
    const auto open = [&] {
      return std::count_if(ids.begin(), ids.end(),
                           [&](int32_t id) { return !h2.client.answers[id].closed; });
    };
    ask();
    ASSERT_TRUE(h2.run([&] { return open() < 4; }));
    ASSERT_TRUE(convoy.hangup()) << convoy.log();
    // The notice of the old generation ends this; until then it is kept busy.
    ASSERT_TRUE(h2.run([&] {
      if (h2.client.goaway_last.empty() && open() < 4) ask();
      return !h2.client.goaway_last.empty() && open() == 0;
    })) << "round "
        << round << ": " << open() << " open, " << h2.client.goaway_last.size() << " GOAWAY "
        << h2.socket.lastError();
    for (const int32_t id : ids) {
      const H2Client::Answer& answer = h2.client.answers[id];
      if (id > h2.client.goaway_last.back()) continue;
      EXPECT_EQ(answer.status(), "200") << id;
      EXPECT_EQ(answer.body, "ok\n");
      EXPECT_EQ(answer.code, 0u);
      ++answered;
    }
    EXPECT_EQ(h2.client.goaway_code, 0u);
    EXPECT_TRUE(h2.run([&] { return h2.socket.lastError() == "eof"; })) << "and then it ends";
  }
  EXPECT_GT(answered, 40);
  EXPECT_EQ(convoy.sum("envoy_http_downstream_cx_http2_total"), connections);
  EXPECT_EQ(convoy.sum("envoy_http_downstream_rq_rx_reset"), 0);
}

// The outer listener asks the inner one, which speaks nothing but HTTP/2.
TEST(Http2, AClusterMaySpeakIt) {
  if (const std::string why = missing("nginx"); !why.empty()) GTEST_SKIP() << why;
  Nginx nginx("return 200 \"ok $request_method $request_uri\\n\";");
  ASSERT_TRUE(nginx.ready());
  const uint16_t outer = freePort(), inner = freePort();
  Config config;
  config.http(outer, Config::toCluster("inner"))
      .http(inner, Config::toCluster("backend"), "codec_type: HTTP2")
      .cluster("inner", {inner}, "http2_protocol_options: {}")
      .cluster("backend", {nginx.port()});
  ConvoyProcess::Options options;
  options.concurrency = 1;
  ConvoyProcess convoy(config, options);
  ASSERT_TRUE(convoy.ready());

  EXPECT_EQ(RawClient(outer).get("/one").body, "ok GET /one\n");
  EXPECT_EQ(RawClient(outer).request("POST", "/two", "", std::string(200000, 'x')).body,
            "ok POST /two\n");
  H2Socket h2(outer);
  std::vector<int32_t> ids;
  for (int i = 0; i < 50; ++i) ids.push_back(h2.client.request(H2Client::get("/h2")));
  for (const int32_t id : ids) {
    ASSERT_TRUE(h2.answered(id));
    EXPECT_EQ(h2.client.answers[id].body, "ok GET /h2\n");
  }
  const std::string inner_series =
      "envoy_cluster_upstream_cx_http2_total{envoy_cluster_name=\"inner\"}";
  EXPECT_EQ(convoy.metric(inner_series), 1) << "one connection carried them all";
  EXPECT_EQ(RawClient(outer).get("/again").status, 200);
  ASSERT_TRUE(convoy.hangup());
  EXPECT_EQ(RawClient(outer).get("/after").body, "ok GET /after\n");
}

TEST(Http2, AClusterMayFollowItsClients) {
  const uint16_t outer = freePort(), inner = freePort();
  Config config;
  config.http(outer, Config::toCluster("inner"))
      .http(inner, Config::direct(200, "inner"))
      .cluster("inner", {inner}, "protocol_selection: USE_DOWNSTREAM_PROTOCOL");
  ConvoyProcess convoy(config);
  ASSERT_TRUE(convoy.ready());
  EXPECT_EQ(RawClient(outer).get("/").body, "inner");
  EXPECT_EQ(convoy.sum("envoy_cluster_upstream_cx_http2_total"), 0);
  H2Socket h2(outer);
  const int32_t id = h2.client.request(H2Client::get());
  ASSERT_TRUE(h2.answered(id));
  EXPECT_EQ(h2.client.answers[id].body, "inner");
  EXPECT_EQ(convoy.sum("envoy_cluster_upstream_cx_http2_total"), 1);
}

}  // namespace
}  // namespace convoy::fakes
