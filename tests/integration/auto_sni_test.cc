// Promise: with auto_sni a TLS upstream is asked for the host of the request, with
// auto_san_validation it must prove it, and no request travels on the connection of another name.
#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/tls_files_test.h"

namespace convoy::fakes {
namespace {

class AutoSniTest : public TlsFilesTest {
 protected:
  void SetUp() override {
    if (const std::string why = missing("openssl"); !why.empty()) GTEST_SKIP() << why;
    writeCertificate(at("server"), ca().sign("a.example", "DNS:a.example,DNS:*.wild.example"));
    std::ofstream(at("ca.pem")) << ca().pem();
    // The upstream: says for which name it was asked.
    inner_ = freePort();
    config_.chain(downstreamTls(at("server"), "alpn_protocols: [h2, http/1.1]"))
        .http(inner_,
              "{match: {prefix: /}, direct_response: {status: 200}, response_headers_to_add: "
              "[{header: {key: x-sni, value: \"%REQUESTED_SERVER_NAME%\"}}]}");
    config_.chain("");
  }
  static std::string options(const std::string& upstream, const std::string& more = "") {
    return "typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3."
           "HttpProtocolOptions: {\"@type\": type.googleapis.com/envoy.extensions.upstreams.http."
           "v3.HttpProtocolOptions, upstream_http_protocol_options: {" +
           upstream + "}, " +
           (more.empty() ? "explicit_http_config: {http_protocol_options: {}}" : more) + "}}";
  }
  // One worker: what it does with its connections is to be seen.
  static ConvoyProcess::Options alone() {
    ConvoyProcess::Options options;
    options.concurrency = 1;
    return options;
  }
  void serve(const std::string& cluster, const std::string& route = "") {
    config_.http(port_, Config::toCluster("tls", route), reasonsTo(at("log")))
        .cluster("tls", {inner_}, cluster);
  }
  HttpMessage ask(RawClient& client, const std::string& host, const std::string& fields = "") {
    client.send("GET / HTTP/1.1\r\nhost: " + host + "\r\n" + fields + "\r\n");
    return client.readFinal();
  }
  std::string sniFor(RawClient& client, const std::string& host, const std::string& fields = "") {
    const HttpMessage answer = ask(client, host, fields);
    return answer.status == 200 ? answer.header("x-sni") : answer.first_line + answer.body;
  }
  static double stat(const ConvoyProcess& convoy, const std::string& name) {
    return convoy.metric("envoy_cluster_" + name + "{envoy_cluster_name=\"tls\"}");
  }

  uint16_t inner_ = 0;
};

TEST_F(AutoSniTest, EachNameHasConnectionsOfItsOwn) {
  serve(upstreamTls("", "sni: fallback.example") + ", " + options("auto_sni: true"));
  ConvoyProcess convoy(config_, alone());
  RawClient client(port_);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(sniFor(client, "a.example"), "a.example");
    EXPECT_EQ(sniFor(client, "B.example:8080"), "b.example");
    EXPECT_EQ(sniFor(client, "b.example."), "b.example");
  }
  EXPECT_EQ(stat(convoy, "upstream_cx_total"), 2);
  // No address is a name: RFC 6066 section 3.
  EXPECT_EQ(sniFor(client, "127.0.0.1:80"), "fallback.example");
  EXPECT_EQ(sniFor(client, "[::1]"), "fallback.example");
}

TEST_F(AutoSniTest, AnotherFieldMaySayTheName) {
  serve(upstreamTls("") + ", " + options("auto_sni: true, override_auto_sni_header: X-Server"));
  ConvoyProcess convoy(config_, alone());
  RawClient client(port_);
  EXPECT_EQ(sniFor(client, "a.example", "x-server: other.example:443\r\n"), "other.example");
  EXPECT_EQ(sniFor(client, "a.example"), "a.example");
  EXPECT_EQ(sniFor(client, "a.example", "x-server: \r\n"), "a.example");
}

TEST_F(AutoSniTest, TheHostOfTheRouteCounts) {
  serve(upstreamTls("") + ", " + options("auto_sni: true"), "host_rewrite_literal: new.example");
  ConvoyProcess convoy(config_, alone());
  RawClient client(port_);
  EXPECT_EQ(sniFor(client, "a.example"), "new.example");
}

TEST_F(AutoSniTest, TheUpstreamMustProveTheName) {
  serve(upstreamTls(trust()) + ", " + options("auto_sni: true, auto_san_validation: true"));
  ConvoyProcess convoy(config_, alone());
  RawClient client(port_);
  EXPECT_EQ(sniFor(client, "a.example"), "a.example");
  EXPECT_EQ(sniFor(client, "x.wild.example"), "x.wild.example");
  EXPECT_EQ(ask(client, "b.example").status, 503);
  ASSERT_TRUE(eventually([&] { return readLines(at("log")).size() == 3; }));
  EXPECT_NE(readLines(at("log"))[2].find("not for b.example"), std::string::npos);
  EXPECT_EQ(ask(client, "127.0.0.1").status, 503);
  EXPECT_EQ(sniFor(client, "a.example"), "a.example");
  EXPECT_EQ(stat(convoy, "ssl_fail_verify_san"), 2);
  EXPECT_EQ(stat(convoy, "upstream_cx_total"), 4);
}

class AutoSniSessions : public AutoSniTest, public testing::WithParamInterface<const char*> {};

TEST_P(AutoSniSessions, AreResumedForTheirNameOnly) {
  serve(upstreamTls(std::string("tls_params: {tls_maximum_protocol_version: ") + GetParam() +
                    "}, " + trust()) +
        ", " +
        options("auto_sni: true, auto_san_validation: true",
                "explicit_http_config: {http_protocol_options: {}}, "
                "common_http_protocol_options: {max_requests_per_connection: 1}"));
  ConvoyProcess convoy(config_, alone());
  RawClient client(port_);
  EXPECT_EQ(sniFor(client, "a.example"), "a.example");
  EXPECT_EQ(sniFor(client, "y.wild.example"), "y.wild.example");
  EXPECT_EQ(stat(convoy, "ssl_session_reused"), 0);
  EXPECT_EQ(ask(client, "b.example").status, 503);
  EXPECT_EQ(sniFor(client, "a.example"), "a.example");
  EXPECT_EQ(sniFor(client, "y.wild.example"), "y.wild.example");
  EXPECT_EQ(stat(convoy, "ssl_session_reused"), 2);
}

INSTANTIATE_TEST_SUITE_P(Tls, AutoSniSessions, testing::Values("TLSv1_2", "TLSv1_3"),
                         [](const auto& one) { return std::string(one.param); });

TEST_F(AutoSniTest, Http2ConnectionsAreOfOneNameToo) {
  serve(upstreamTls(trust()) + ", " +
        options("auto_sni: true", "explicit_http_config: {http2_protocol_options: {}}"));
  ConvoyProcess convoy(config_, alone());
  RawClient client(port_);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(sniFor(client, "a.example"), "a.example");
    EXPECT_EQ(sniFor(client, "b.example"), "b.example");
  }
  EXPECT_EQ(stat(convoy, "upstream_cx_http2_total"), 2);
}

// Clients choose the names: their number must not take the limit's meaning.
TEST_F(AutoSniTest, IdleConnectionsOfOtherNamesMakeRoomAtTheLimit) {
  serve(upstreamTls("") + ", " + options("auto_sni: true") +
        ", circuit_breakers: {thresholds: [{max_connections: 2}]}");
  ConvoyProcess convoy(config_, alone());
  RawClient client(port_);
  for (int i = 0; i < 20; ++i) {
    const std::string name = "n" + std::to_string(i) + ".example";
    EXPECT_EQ(sniFor(client, name), name);
    EXPECT_LE(stat(convoy, "upstream_cx_active"), 2);
  }
  EXPECT_EQ(stat(convoy, "upstream_cx_overflow"), 0);
}

TEST_F(AutoSniTest, AReloadGoesOnWithTheSameNames) {
  serve(upstreamTls(trust()) + ", " + options("auto_sni: true, auto_san_validation: true"));
  ConvoyProcess convoy(config_, alone());
  RawClient client(port_);
  EXPECT_EQ(sniFor(client, "a.example"), "a.example");
  ASSERT_TRUE(convoy.hangup());
  EXPECT_EQ(sniFor(client, "a.example"), "a.example");
  EXPECT_EQ(ask(client, "b.example").status, 503);
}

TEST_F(AutoSniTest, AMirrorIsAskedForItsOwnName) {
  const std::string policy =
      "request_mirror_policies: [{cluster: mirror, runtime_fraction: {default_value: "
      "{numerator: 100}}}]";
  serve(upstreamTls("") + ", " + options("auto_sni: true"), policy);
  FakeUpstream plain(FakeUpstream::respond(200, ""));
  const uint16_t tap = freePort();
  config_
      .chain(downstreamTls(at("server")) +
             ", filter_chain_match: {server_names: [a.example-shadow]}")
      .tcp(tap, "plain")
      .cluster("plain", {plain.port()})
      .cluster("mirror", {tap}, upstreamTls("") + ", " + options("auto_sni: true"));
  ConvoyProcess convoy(config_, alone());
  RawClient client(port_);
  EXPECT_EQ(sniFor(client, "a.example"), "a.example");
  EXPECT_TRUE(eventually([&] {
    return convoy.metric("envoy_cluster_upstream_rq_completed{envoy_cluster_name=\"mirror\"}") == 1;
  }));
}

}  // namespace
}  // namespace convoy::fakes
