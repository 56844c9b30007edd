// Promise: what a TLS scanner looks for is in order: versions, ciphers, renegotiation, compression,
// early data, names, client certificates, broken handshakes; each refusal is clear and counted.
#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/tls_files_test.h"

namespace convoy::fakes {
namespace {

class TlsChecklistTest : public TlsFilesTest {
 protected:
  void SetUp() override {
    if (const std::string why = missing("openssl"); !why.empty()) GTEST_SKIP() << why;
    writeCertificate(at("server"), ca().sign("localhost", "DNS:localhost"));
    writeCertificate(at("rsa"), ca().sign("localhost", "DNS:localhost", 30, "rsa"));
    std::ofstream(at("ca.pem")) << ca().pem();
  }
  bool counts(const ConvoyProcess& convoy, const std::string& name, double value) const {
    return eventually([&] { return listenerStat(convoy, "ssl_" + name) == value; });
  }
};

TEST_F(TlsChecklistTest, OldVersionsAreRefused) {
  config_.chain(downstreamTls(at("server"))).http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  // Security level 0: the client itself would not offer them otherwise.
  for (const char* version : {"-tls1", "-tls1_1"}) {
    const std::string said = sClient(std::string(version) + " -cipher ALL:@SECLEVEL=0");
    EXPECT_TRUE(says(said, "alert protocol version")) << said;
  }
  EXPECT_TRUE(says(sClient("-tls1_2"), "hello"));
  EXPECT_TRUE(says(sClient("-tls1_3"), "hello"));
  EXPECT_TRUE(counts(convoy, "connection_error", 2));
  EXPECT_TRUE(counts(convoy, "handshake", 2));
}

TEST_F(TlsChecklistTest, WeakCiphersAreRefusedAndGoodOnesKeepAForwardSecret) {
  config_
      .chain(
          "transport_socket: {name: envoy.transport_sockets.tls, typed_config: {\"@type\": "
          "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext, "
          "common_tls_context: {tls_certificates: [" +
          filesYaml(at("server")) + ", " + filesYaml(at("rsa")) + "]}}}")
      .http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  for (const char* cipher :
       {"AES128-SHA", "AES256-GCM-SHA384", "ECDHE-RSA-AES128-SHA", "DHE-RSA-AES128-GCM-SHA256",
        "NULL-SHA256", "ECDHE-ECDSA-AES256-SHA384", "AECDH-AES128-SHA"}) {
    const std::string said = sClient("-tls1_2 -cipher " + std::string(cipher) + ":@SECLEVEL=0");
    EXPECT_TRUE(says(said, "handshake failure") || says(said, "no ciphers")) << cipher << said;
  }
  for (const char* cipher : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305",
                             "ECDHE-ECDSA-AES256-GCM-SHA384"}) {
    const std::string said = sClient("-tls1_2 -cipher " + std::string(cipher));
    EXPECT_TRUE(says(said, "hello") && says(said, "Cipher is " + std::string(cipher))) << said;
  }
}

TEST_F(TlsChecklistTest, NoRenegotiationNoCompressionNoEarlyData) {
  config_.chain(downstreamTls(at("server"))).http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  const std::string plain = sClient("-tls1_2");
  EXPECT_TRUE(says(plain, "Compression: NONE")) << plain;
  EXPECT_TRUE(says(plain, "Secure Renegotiation IS supported")) << plain;
  // "R" at the start of a line asks for it. What the client reads from has no end, so that it ends
  // with the connection.
  const std::string keys = at("keys");
  const std::string again = outputOf("mkfifo " + keys + " && exec 3<>" + keys +
                                     " && printf 'R\\n' >&3 && timeout 10 openssl s_client "
                                     "-connect 127.0.0.1:" +
                                     std::to_string(port_) + " -tls1_2 <&3");
  EXPECT_TRUE(says(again, "RENEGOTIATING")) << again;
  EXPECT_TRUE(says(again, "no renegotiation")) << again;
  const std::string session = at("session");
  const std::string first = sClient("-tls1_3 -sess_out " + session);
  EXPECT_TRUE(says(first, "Max Early Data: 0")) << first;
  std::ofstream(at("early")) << "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
  const std::string early = sClient("-tls1_3 -sess_in " + session + " -early_data " + at("early"));
  EXPECT_FALSE(says(early, "Early data was accepted")) << early;
}

TEST_F(TlsChecklistTest, AProtocolThatNobodySharesIsAnAlert) {
  config_.chain(downstreamTls(at("server"), "alpn_protocols: [h2, http/1.1]"))
      .http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  EXPECT_TRUE(says(sClient("-alpn http/1.1"), "hello"));
  EXPECT_TRUE(says(sClient(""), "hello"));
  EXPECT_TRUE(says(sClient("-alpn spdy/3"), "alert no application protocol"));
  EXPECT_TRUE(counts(convoy, "connection_error", 1));
}

TEST_F(TlsChecklistTest, ANameIsRequiredWhereThatIsConfigured) {
  config_.chain(downstreamTls(at("server"), "", "require_sni: true"))
      .http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  EXPECT_TRUE(says(sClient("-servername localhost"), "hello"));
  EXPECT_TRUE(says(sClient("-noservername"), "unrecognized name"));
  EXPECT_TRUE(counts(convoy, "connection_error", 1));
}

TEST_F(TlsChecklistTest, ClientCertificatesAreJudged) {
  TestCa stranger("Stranger CA");
  const TestCertificate revoked = ca().sign("revoked", "DNS:revoked");
  writeCertificate(at("good"), ca().sign("good", "DNS:good"));
  writeCertificate(at("expired"), ca().sign("expired", "DNS:expired", -1));
  writeCertificate(at("stranger"), stranger.sign("stranger", "DNS:good"));
  writeCertificate(at("revoked"), revoked);
  std::ofstream(at("crl.pem")) << ca().revoke(revoked);
  config_
      .chain(downstreamTls(at("server"),
                           "validation_context: {trusted_ca: {filename: \"" + at("ca.pem") +
                               "\"}, crl: {filename: \"" + at("crl.pem") + "\"}}",
                           "require_client_certificate: true"))
      .http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  const auto with = [&](const std::string& name) {
    return sClient("-cert " + at(name + ".pem") + " -key " + at(name + ".key"));
  };
  EXPECT_TRUE(says(with("good"), "hello"));
  EXPECT_TRUE(says(sClient(""), "alert certificate required"));
  EXPECT_TRUE(says(with("expired"), "alert certificate expired"));
  EXPECT_TRUE(says(with("stranger"), "alert unknown ca"));
  EXPECT_TRUE(says(with("revoked"), "alert certificate revoked"));
  EXPECT_TRUE(counts(convoy, "fail_verify_no_cert", 1));
  EXPECT_TRUE(counts(convoy, "fail_verify_error", 3));
  EXPECT_TRUE(counts(convoy, "handshake", 1));
}

TEST_F(TlsChecklistTest, AnOcspResponseIsStapledAndMissedWhereItMustBe) {
  const auto chain = [&](const std::string& more) {
    return "transport_socket: {name: envoy.transport_sockets.tls, typed_config: {\"@type\": "
           "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext, "
           "common_tls_context: {tls_certificates: [{certificate_chain: {filename: \"" +
           at("server.pem") + "\"}, private_key: {filename: \"" + at("server.key") + "\"}" + more +
           "}]}, ocsp_staple_policy: ";
  };
  // A responder of our own: the certificate, by its CA, is good for a day.
  const std::string response = ca().ocsp(readFile(at("server.pem")));
  std::ofstream(at("staple.der"), std::ios::binary) << response;
  const std::string staple = ", ocsp_staple: {filename: \"" + at("staple.der") + "\"}";
  config_.chain(chain(staple) + "MUST_STAPLE}}").http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  const std::string said = sClient("-status");
  EXPECT_TRUE(says(said, "OCSP Response Status: successful")) << said;
  EXPECT_TRUE(says(sClient(""), "hello"));
  EXPECT_TRUE(counts(convoy, "ocsp_staple_requests", 1));
  EXPECT_TRUE(counts(convoy, "ocsp_staple_responses", 1));

  Config bad;
  bad.chain(chain("") + "MUST_STAPLE}}").http(freePort(), Config::direct(200, "hello"));
  ConvoyProcess::Options options;
  options.wait_ready = false;
  ConvoyProcess refused(bad, options);
  EXPECT_EQ(refused.wait(Millis(10000)), 1);
  EXPECT_TRUE(says(refused.log(), "an OCSP response is required")) << refused.log();
}

TEST_F(TlsChecklistTest, BrokenHandshakesAreClosedAndCounted) {
  config_.chain(downstreamTls(at("server"))).http(port_, Config::direct(200, "hello"));
  ConvoyProcess convoy(config_);
  const std::string record("\x16\x03\x01\x00\x05", 5);
  const std::string hellos[] = {
      "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
      std::string("\x80\x2e\x01\x03\x01\x00\x15", 7) + std::string(39, '\x01'),  // SSL 2
      record + "\x01" + std::string("\xff\xff\xff", 3) + "x",
      record + std::string("\x02\x00\x00\x01x", 5),
      std::string("\x16\x03\x01\xff\xff", 5) + std::string(2000, 'x'),
      std::string("\x15\x03\x01\x00\x02\x02\x28", 7),
      std::string("\x17\x03\x03\x00\x05hello", 10),
      std::string(300, '\0'),
  };
  double broken = 0;
  for (const std::string& bytes : hellos) {
    RawClient raw(port_);
    raw.send(bytes);
    raw.shutdownWrite();
    while (!raw.readSome().empty()) {
    }
    EXPECT_NE(raw.lastError(), "timeout") << bytes.substr(0, 5);
    EXPECT_TRUE(counts(convoy, "connection_error", ++broken)) << bytes.substr(0, 5);
  }
  EXPECT_TRUE(says(sClient(""), "hello"));
}

}  // namespace
}  // namespace convoy::fakes
