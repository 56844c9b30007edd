// Promise: each way in which a TLS handshake goes, well or not, with a client or with an upstream,
// has its counter.
#include <algorithm>
#include <fstream>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "common/base/unique_fd.h"
#include "common/net/tls_context.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/tls_files_test.h"

namespace convoy::fakes {
namespace {

class TlsCountersTest : public TlsFilesTest {
 protected:
  void SetUp() override {
    if (const std::string why = missing("openssl"); !why.empty()) GTEST_SKIP() << why;
    writeCertificate(at("server"), ca().sign("localhost", "DNS:localhost"));
    writeCertificate(at("rsa"), ca().sign("localhost", "DNS:localhost", 30, "rsa"));
    writeCertificate(at("client"), ca().sign("client", "URI:spiffe://tests/client"));
    std::ofstream(at("ca.pem")) << ca().pem();
  }
  std::string withCertificate() const {
    return "-cert " + at("client.pem") + " -key " + at("client.key");
  }
  bool counts(const ConvoyProcess& convoy, const std::string& name, double value) const {
    return eventually([&] { return listenerStat(convoy, name) == value; });
  }
  static double upstream(const ConvoyProcess& convoy, const std::string& name) {
    return convoy.metric("envoy_cluster_" + name + "{envoy_cluster_name=\"tls\"}");
  }

  // What a client of today begins with.
  static std::string clientHello() {
    net::TlsContext::Fault fault;
    auto client =
        net::TlsContext::forClient(config::UpstreamTls(), fault)->connect("localhost", "", nullptr);
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    const base::UniqueFd near(ends[0]), far(ends[1]);
    client->attach(near.get());
    EXPECT_EQ(client->handshake(), net::Transport::Handshake::Working);
    char bytes[4096];
    const ssize_t size = ::read(far.get(), bytes, sizeof(bytes));
    return std::string(bytes, static_cast<size_t>(std::max<ssize_t>(size, 0)));
  }
};

TEST_F(TlsCountersTest, WhatWasAgreedOnIsCounted) {
  config_.chain(downstreamTls(at("server"))).http(port_, Config::toCluster("tls"));
  const uint16_t inner = freePort();
  config_.chain(downstreamTls(at("rsa"))).http(inner, Config::direct(200, "hello"));
  config_.cluster("tls", {inner}, upstreamTls("", "sni: localhost"));
  ConvoyProcess::Options options;
  options.concurrency = 1;  // one connection upstream
  ConvoyProcess convoy(config_, options);
  const std::string here = ",envoy_listener_address=\"127.0.0.1_" + std::to_string(port_) + "\"}";
  const auto listener = [&](const std::string& family, const std::string& value) {
    return convoy.metric("envoy_listener_ssl_" + family + "s{envoy_ssl_" + family + "=\"" + value +
                         "\"" + here);
  };
  const auto cluster = [&](const std::string& family, const std::string& label,
                           const std::string& value) {
    return convoy.metric("envoy_cluster_ssl_" + family + "{" + label + "=\"" + value +
                         "\",envoy_cluster_name=\"tls\"}");
  };
  EXPECT_TRUE(
      says(sClient("-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384 -groups P-256"), "hello"));
  EXPECT_TRUE(says(sClient("-tls1_3"), "hello"));
  EXPECT_TRUE(counts(convoy, "ssl_handshake", 2));
  EXPECT_EQ(listenerStat(convoy, "ssl_no_certificate"), 2);
  EXPECT_EQ(listenerStat(convoy, "ssl_session_reused"), 0);
  EXPECT_EQ(listener("version", "TLSv1.2"), 1);
  EXPECT_EQ(listener("version", "TLSv1.3"), 1);
  EXPECT_EQ(listener("cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"), 1);
  EXPECT_EQ(listener("curve", "P-256"), 1);
  EXPECT_EQ(listener("curve", "X25519"), 1);
  // Towards upstreams 1.3 has to be asked for.
  EXPECT_EQ(cluster("versions", "envoy_ssl_version", "TLSv1.2"), 1);
  EXPECT_EQ(cluster("sigalgs", "envoy_ssl_sigalg", "rsa_pss_rsae_sha256"), 1);
  EXPECT_GE(cluster("ciphers", "cipher_suite", "ECDHE-RSA-AES128-GCM-SHA256"), 1);
}

TEST_F(TlsCountersTest, AResumedSessionIsOne) {
  config_.chain(downstreamTls(at("server"), trust())).http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    const std::string session = at("session");
    const std::string common = withCertificate() + " " + version;
    EXPECT_TRUE(says(sClient(common + " -sess_out " + session), "New, TLSv1"));
    EXPECT_TRUE(says(sClient(common + " -sess_in " + session), "Reused, TLSv1"));
  }
  EXPECT_TRUE(counts(convoy, "ssl_handshake", 4));
  EXPECT_EQ(listenerStat(convoy, "ssl_session_reused"), 2);
  EXPECT_EQ(listenerStat(convoy, "ssl_no_certificate"), 0);
}

TEST_F(TlsCountersTest, ACertificateOfAnotherNameIsRefused) {
  const std::string names =
      ", match_typed_subject_alt_names: [{san_type: URI, matcher: {exact: spiffe://tests/other}}]";
  config_.chain(downstreamTls(at("server"), trust(names))).http(port_, Config::direct(200, "x"));
  ConvoyProcess convoy(config_);
  EXPECT_TRUE(says(sClient(withCertificate()), "alert"));
  EXPECT_TRUE(counts(convoy, "ssl_fail_verify_san", 1));
  EXPECT_TRUE(says(sClient(""), "alert"));  // who says which one expects one
  EXPECT_TRUE(counts(convoy, "ssl_fail_verify_no_cert", 1));
  EXPECT_EQ(listenerStat(convoy, "ssl_connection_error"), 0);
}

TEST_F(TlsCountersTest, ACertificateThatIsNotThePinnedOneIsRefused) {
  const std::string pin = ", verify_certificate_hash: [\"" + std::string(64, '0') + "\"]";
  config_.chain(downstreamTls(at("server"), trust(pin))).http(port_, Config::direct(200, "x"));
  ConvoyProcess convoy(config_);
  EXPECT_TRUE(says(sClient(withCertificate()), "alert"));
  EXPECT_TRUE(counts(convoy, "ssl_fail_verify_cert_hash", 1));
  EXPECT_EQ(listenerStat(convoy, "ssl_connection_error"), 0);
}

// One that says nothing, one that stops in the middle, and one that waits for its answer for ever.
TEST_F(TlsCountersTest, AHandshakeThatStopsIsCutAtItsTime) {
  config_.chain(downstreamTls(at("server")) + ", transport_socket_connect_timeout: 0.4s")
      .http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  RawClient silent(port_), stopped(port_), waiting(port_);
  stopped.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01", 8));
  ASSERT_TRUE(waiting.send(clientHello()));
  for (RawClient* one : {&silent, &stopped, &waiting}) {
    while (!one->readSome().empty()) {
    }
    EXPECT_NE(one->lastError(), "timeout");
  }
  EXPECT_TRUE(counts(convoy, "downstream_cx_transport_socket_connect_timeout", 3));
  EXPECT_EQ(listenerStat(convoy, "ssl_handshake"), 0);
  EXPECT_EQ(listenerStat(convoy, "ssl_connection_error"), 0);
  EXPECT_TRUE(says(sClient(""), "hello"));
}

TEST_F(TlsCountersTest, AStapleThatIsMissingIsOmitted) {
  config_.chain(downstreamTls(at("server"))).http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  EXPECT_TRUE(says(sClient("-status"), "OCSP response: no response sent"));
  EXPECT_TRUE(counts(convoy, "ssl_ocsp_staple_omitted", 1));
}

TEST_F(TlsCountersTest, AStapleThatIsTooOldFailsWhereOneIsRequired) {
  std::string response = ca().ocsp(readFile(at("server.pem")));
  // Its nextUpdate, a GeneralizedTime, is long ago.
  const size_t next_update = response.rfind(
      "\x18\x0f"
      "20");
  ASSERT_NE(next_update, std::string::npos);
  response.replace(next_update + 2, 4, "2001");
  std::ofstream(at("staple.der"), std::ios::binary) << response;
  config_
      .chain(
          "transport_socket: {name: envoy.transport_sockets.tls, typed_config: {\"@type\": "
          "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext, "
          "common_tls_context: {tls_certificates: [{certificate_chain: {filename: \"" +
          at("server.pem") + "\"}, private_key: {filename: \"" + at("server.key") +
          "\"}, ocsp_staple: {filename: \"" + at("staple.der") +
          "\"}}]}, ocsp_staple_policy: STRICT_STAPLING}}")
      .http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  EXPECT_FALSE(says(sClient("-status"), "hello"));
  EXPECT_TRUE(says(sClient(""), "hello"));  // does not ask for it
  EXPECT_TRUE(counts(convoy, "ssl_ocsp_staple_failed", 1));
  EXPECT_EQ(listenerStat(convoy, "ssl_ocsp_staple_requests"), 1);
  EXPECT_EQ(listenerStat(convoy, "ssl_ocsp_staple_responses"), 0);
}

TEST_F(TlsCountersTest, AnUpstreamThatBreaksTheHandshakeIsNamed) {
  auto plain = FakeUpstream::withSession(
      [](RawClient& peer) { peer.send("HTTP/1.1 400 No TLS here\r\ncontent-length: 0\r\n\r\n"); });
  config_.http(port_, Config::toCluster("tls"), reasonsTo(at("log")))
      .cluster("tls", {plain->port()}, upstreamTls(trust(), "sni: localhost"));
  ConvoyProcess convoy(config_);
  const HttpMessage answer = RawClient(port_).get("/");
  EXPECT_EQ(answer.status, 503);
  // The operator's business, not the client's.
  EXPECT_FALSE(says(answer.body, "TLS_error")) << answer.body;
  ASSERT_TRUE(eventually([&] { return !readLines(at("log")).empty(); }));
  EXPECT_TRUE(says(readLines(at("log"))[0], "TLS_error:|")) << readLines(at("log"))[0];
  EXPECT_EQ(upstream(convoy, "ssl_connection_error"), 1);
  EXPECT_EQ(upstream(convoy, "upstream_cx_connect_fail"), 1);
  EXPECT_EQ(upstream(convoy, "ssl_handshake"), 0);
}

TEST_F(TlsCountersTest, AnUpstreamThatNeverAnswersTheHandshakeIsATimeout) {
  auto silent = FakeUpstream::withSession([](RawClient& peer) {
    while (!peer.readSome().empty()) {
    }
  });
  config_.http(port_, Config::toCluster("tls"))
      .cluster("tls", {silent->port()}, "connect_timeout: 0.4s, " + upstreamTls(trust()));
  ConvoyProcess convoy(config_);
  EXPECT_EQ(RawClient(port_).get("/").status, 503);
  EXPECT_EQ(upstream(convoy, "upstream_cx_connect_timeout"), 1);
  EXPECT_EQ(upstream(convoy, "ssl_connection_error"), 0);
}

TEST_F(TlsCountersTest, AnUpstreamsCertificateIsJudged) {
  const uint16_t inner = freePort();
  config_.chain(downstreamTls(at("server"))).http(inner, Config::direct(200, "inner")).chain("");
  TestCa stranger("Stranger CA");
  std::ofstream(at("stranger.pem")) << stranger.pem();
  const std::string pin = ", verify_certificate_hash: [\"" + std::string(64, '0') + "\"]";
  config_
      .http(port_,
            "{match: {prefix: /ca}, route: {cluster: ca}}, {match: {prefix: /pin}, route: "
            "{cluster: pin}}")
      .cluster("ca", {inner},
               upstreamTls("validation_context: {trusted_ca: {filename: \"" + at("stranger.pem") +
                           "\"}}"))
      .cluster("pin", {inner}, upstreamTls(trust(pin)));
  ConvoyProcess convoy(config_);
  EXPECT_EQ(RawClient(port_).get("/ca").status, 503);
  EXPECT_EQ(RawClient(port_).get("/pin").status, 503);
  EXPECT_EQ(convoy.metric("envoy_cluster_ssl_fail_verify_error{envoy_cluster_name=\"ca\"}"), 1);
  EXPECT_EQ(convoy.metric("envoy_cluster_ssl_fail_verify_cert_hash{envoy_cluster_name=\"pin\"}"),
            1);
}

}  // namespace
}  // namespace convoy::fakes
