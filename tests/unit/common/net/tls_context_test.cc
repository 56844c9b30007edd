// What a configuration promises holds in the handshake: whom to trust, what to show, what to speak;
// and what cannot work is refused with its reason.
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/common/net/tls_fixture.h"

namespace convoy::net {

namespace {

class TlsContextTest : public TlsTest {
 protected:
  TlsContext::Fault faultOf(const config::DownstreamTls& settings) {
    TlsContext::Fault fault;
    EXPECT_EQ(TlsContext::forServer(settings, nullptr, "", fault), nullptr);
    return fault;
  }
  bool connectAfresh() {
    sessions_ = std::make_shared<TlsSessions>();
    return connectAgain();
  }
  bool connectAgain() {
    destroy(server_);
    destroy(client_);
    at_server_ = Recorder();
    at_client_ = Recorder();
    return connectBoth();
  }
};

TEST_F(TlsContextTest, AKeyOfAnotherCertificateIsRefused) {
  server_settings_.certificates[0].key_pem = clientCertificate().key_pem;
  const auto fault = faultOf(server_settings_);
  EXPECT_EQ(fault.part, TlsContext::Part::Key);
  EXPECT_NE(fault.why.find("does not belong"), std::string::npos);
}

TEST_F(TlsContextTest, TextThatIsNoCertificateIsRefused) {
  server_settings_.certificates[0].chain_pem = "hello";
  EXPECT_EQ(faultOf(server_settings_).part, TlsContext::Part::Chain);
  server_settings_.certificates[0].chain_pem =
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_NE(faultOf(server_settings_).why.find("broken"), std::string::npos);
  server_settings_.certificates.clear();
  EXPECT_NE(faultOf(server_settings_).why.find("needs a certificate"), std::string::npos);
}

TEST_F(TlsContextTest, UnknownCiphersAndCurvesAreRefused) {
  server_settings_.cipher_suites = "ECDHE-RSA-AES128-GCM-SHA256:NO-SUCH";
  EXPECT_NE(faultOf(server_settings_).why.find("NO-SUCH"), std::string::npos);
  server_settings_.cipher_suites = "";
  server_settings_.curves = "P-257";
  EXPECT_EQ(faultOf(server_settings_).part, TlsContext::Part::Curves);
}

TEST_F(TlsContextTest, AClientWithoutACertificateIsRefusedWhereOneIsRequired) {
  server_settings_.validation.trusted_ca_pem = ca().pem();
  server_settings_.require_client_certificate = true;
  client_settings_.max_version = config::TlsSettings::Version::Tls12;
  EXPECT_FALSE(connectBoth());
  ASSERT_TRUE(runUntil([&] { return !at_server_.closed.empty(); }));
  EXPECT_EQ(server_->transport()->failureKind(), Transport::Failure::NoCertificate);
}

TEST_F(TlsContextTest, AClientsCertificateIsVerifiedAndTold) {
  server_settings_.validation.trusted_ca_pem = ca().pem();
  server_settings_.require_client_certificate = true;
  server_settings_.validation.sans.push_back(san("spiffe://tests/client"));
  client_settings_.certificates.push_back(configured(clientCertificate()));
  ASSERT_TRUE(connectBoth());
  const CertificateText* shown = server_->transport()->peerCertificate();
  ASSERT_NE(shown, nullptr);
  EXPECT_EQ(shown->uri_sans, std::vector<std::string>{"spiffe://tests/client"});
  EXPECT_EQ(shown->sha256.size(), 64u);
  EXPECT_NE(shown->issuer.find("CN=Test CA"), std::string::npos);
}

// As Envoy: who says which certificates are expected wants one.
TEST_F(TlsContextTest, ExpectedNamesRequireACertificate) {
  server_settings_.validation.trusted_ca_pem = ca().pem();
  EXPECT_TRUE(connectBoth());
  server_settings_.validation.sans.push_back(san("spiffe://tests/client"));
  client_settings_.max_version = config::TlsSettings::Version::Tls12;
  EXPECT_FALSE(connectAfresh());
  EXPECT_EQ(server_->transport()->failureKind(), Transport::Failure::NoCertificate);
  client_settings_.certificates.push_back(configured(clientCertificate()));
  EXPECT_TRUE(connectAfresh());
}

// What was asked of a client when its session began is not what is asked of it now.
TEST_F(TlsContextTest, ASessionIsNotResumedWhereMoreIsAskedOfTheClient) {
  server_settings_.validation.trusted_ca_pem = ca().pem();
  client_settings_.certificates.push_back(configured(clientCertificate()));
  for (const auto version :
       {config::TlsSettings::Version::Tls13, config::TlsSettings::Version::Tls12}) {
    client_settings_.max_version = version;
    server_settings_.validation.sans.clear();
    server_settings_.validation.crl_pem.clear();
    ASSERT_TRUE(client_ ? connectAfresh() : connectBoth());
    const auto again = [&] {
      at_client_.read.clear();
      server_->write("ticket");
      EXPECT_TRUE(runUntil([&] { return at_client_.read == "ticket"; }));
      return connectAgain();
    };
    ASSERT_TRUE(again());
    EXPECT_TRUE(server_->transport()->resumed());
    server_settings_.validation.sans.push_back(san("spiffe://tests/client"));
    ASSERT_TRUE(again());
    EXPECT_FALSE(server_->transport()->resumed());
    server_settings_.validation.crl_pem = ca().revoke(ca().sign("somebody", ""));
    ASSERT_TRUE(again());
    EXPECT_FALSE(server_->transport()->resumed());
    server_settings_.validation.sans.back() = san("spiffe://tests/other");
    EXPECT_FALSE(again() && server_->transport()->resumed());
  }
}

// As Envoy and its dashboards name it.
TEST_F(TlsContextTest, WhatWasAgreedOnHasBoringsslsNames) {
  server_settings_.validation.trusted_ca_pem = ca().pem();
  client_settings_.certificates.push_back(configured(clientCertificate()));
  const auto names = [&](const char* curve, config::TlsSettings::Version version) {
    server_settings_.curves = curve;
    client_settings_.max_version = version;
    EXPECT_TRUE(connectAfresh());
    return std::string(client_->transport()->curve()) + " " +
           std::string(client_->transport()->signature()) + " " +
           std::string(server_->transport()->signature());
  };
  EXPECT_TRUE(connectBoth());
  using Version = config::TlsSettings::Version;
  EXPECT_EQ(names("X25519", Version::Tls13),
            "X25519 ecdsa_secp256r1_sha256 ecdsa_secp256r1_sha256");
  server_settings_.certificates[0] = configured(ca().sign("rsa", "DNS:server.example", 30, "rsa"));
  EXPECT_EQ(names("P-256", Version::Tls12), "P-256 rsa_pss_rsae_sha256 ecdsa_secp256r1_sha256");
  EXPECT_EQ(names("P-384", Version::Tls13), "P-384 rsa_pss_rsae_sha256 ecdsa_secp256r1_sha256");
  client_settings_.certificates.clear();
  EXPECT_EQ(names("P-384", Version::Tls13), "P-384 rsa_pss_rsae_sha256 ");
}

TEST_F(TlsContextTest, AClientsCertificateOfAnotherNameIsRefused) {
  server_settings_.validation.trusted_ca_pem = ca().pem();
  server_settings_.validation.sans.push_back(san("spiffe://tests/other"));
  client_settings_.certificates.push_back(configured(clientCertificate()));
  connectBoth();
  ASSERT_TRUE(runUntil([&] { return !at_server_.closed.empty(); }));
  EXPECT_EQ(server_->transport()->failureKind(), Transport::Failure::NotExpected);
}

TEST_F(TlsContextTest, ARevokedCertificateIsRefused) {
  TestCa revoking("Revoking CA");
  const TestCertificate good = revoking.sign("good", ""), bad = revoking.sign("bad", "");
  server_settings_.validation.trusted_ca_pem = revoking.pem();
  server_settings_.validation.crl_pem = revoking.revoke(bad);
  client_settings_.certificates.push_back(configured(good));
  ASSERT_TRUE(connectBoth());
  client_settings_.certificates[0] = configured(bad);
  connectAfresh();
  ASSERT_TRUE(runUntil([&] { return !at_server_.closed.empty(); }));
  EXPECT_NE(server_->transport()->failure().find("revoked"), std::string_view::npos);
}

TEST_F(TlsContextTest, AnExpiredCertificateIsRefusedUnlessItMayBe) {
  server_settings_.certificates[0] = configured(ca().sign("old", "DNS:server.example", -1));
  EXPECT_FALSE(connectBoth());
  client_settings_.validation.allow_expired = true;
  EXPECT_TRUE(connectAfresh());
}

TEST_F(TlsContextTest, TheNameThatWasDialledIsVerifiedWhereAsked) {
  expected_san_ = "a.wild.example";
  EXPECT_TRUE(connectBoth());
  expected_san_ = "a.b.wild.example";
  EXPECT_FALSE(connectAfresh());
  EXPECT_EQ(client_->transport()->failureKind(), Transport::Failure::NotExpected);
}

TEST_F(TlsContextTest, WithoutACaTheServersCertificateIsTaken) {
  client_settings_.validation = {};
  server_settings_.certificates[0] = configured(TestCa("Nobody").sign("x", ""));
  EXPECT_TRUE(connectBoth());
}

TEST_F(TlsContextTest, APinnedCertificateIsTheOnlyOneTaken) {
  client_settings_.validation = {};
  client_settings_.validation.sha256_hex = {
      readCertificates(serverCertificate().chain_pem)[0].sha256};
  EXPECT_TRUE(connectBoth());
  client_settings_.validation.sha256_hex = {std::string(64, 'a')};
  EXPECT_FALSE(connectAfresh());
  EXPECT_EQ(client_->transport()->failureKind(), Transport::Failure::NotPinned);
}

TEST_F(TlsContextTest, VersionsThatDoNotMeetFail) {
  server_settings_.min_version = config::TlsSettings::Version::Tls13;
  client_settings_.max_version = config::TlsSettings::Version::Tls12;
  EXPECT_FALSE(connectBoth());
}

TEST_F(TlsContextTest, TheServersOrderOfProtocolsDecides) {
  server_settings_.alpn = {"h2", "http/1.1"};
  client_settings_.alpn = {"http/1.1", "h2"};
  ASSERT_TRUE(connectBoth());
  EXPECT_EQ(client_->transport()->alpn(), "h2");
  client_settings_.alpn = {"spdy/1"};
  EXPECT_FALSE(connectAfresh());
}

TEST_F(TlsContextTest, TheNameThatTheClientAsksForChoosesTheCertificate) {
  server_settings_.certificates.push_back(
      configured(ca().sign("second.example", "DNS:second.example,DNS:*.second.example")));
  server_settings_.certificates.push_back(
      configured(ca().sign("third.example", "DNS:third.example", 30, "rsa")));
  const auto subjectFor = [&](const std::string& name) {
    sni_ = name;
    EXPECT_TRUE(client_ ? connectAfresh() : connectBoth());
    return client_->transport()->peerCertificate()->subject;
  };
  EXPECT_EQ(subjectFor("server.example"), "CN=server.example");
  EXPECT_EQ(subjectFor("x.second.example"), "CN=second.example");
  EXPECT_EQ(subjectFor("THIRD.example"), "CN=third.example");
  EXPECT_EQ(subjectFor("unknown.example"), "CN=server.example");
}

// Both versions, and a server that shares nothing with the first but the ticket keys.
TEST_F(TlsContextTest, ASessionIsResumedByAnotherContextWithTheSameTicketKeys) {
  for (const auto version :
       {config::TlsSettings::Version::Tls13, config::TlsSettings::Version::Tls12}) {
    client_settings_.max_version = version;
    sessions_ = std::make_shared<TlsSessions>();
    ASSERT_TRUE(client_ ? connectAgain() : connectBoth());
    EXPECT_FALSE(server_->transport()->resumed());
    server_->write("ticket");  // TLS 1.3 sends it with the first bytes
    ASSERT_TRUE(runUntil([&] { return at_client_.read == "ticket"; }));
    ASSERT_TRUE(connectAgain());
    EXPECT_TRUE(server_->transport()->resumed());
    EXPECT_TRUE(client_->transport()->resumed());
  }
}

// A ticket of TLS 1.3 is for one use: whoever resumes gets another.
TEST_F(TlsContextTest, EachResumedSessionCanBeResumed) {
  ASSERT_TRUE(connectBoth());
  for (int again = 0; again < 4; ++again) {
    at_client_.read.clear();
    server_->write("ticket");
    ASSERT_TRUE(runUntil([&] { return at_client_.read == "ticket"; }));
    ASSERT_TRUE(connectAgain());
    EXPECT_TRUE(server_->transport()->resumed()) << again;
  }
}

TEST_F(TlsContextTest, RotatedKeysStillReadTheTicketsOfTheOnesBefore) {
  const std::string first = TlsTickets::rotated("");
  tickets_ = std::make_shared<TlsTickets>();
  ASSERT_TRUE(tickets_->set(first));
  client_settings_.max_version = config::TlsSettings::Version::Tls12;
  ASSERT_TRUE(connectBoth());
  const std::string second = TlsTickets::rotated(first);
  ASSERT_EQ(second.size(), 2 * TlsTickets::kKeyBytes);
  ASSERT_TRUE(tickets_->set(second));
  ASSERT_TRUE(connectAgain());
  EXPECT_TRUE(server_->transport()->resumed());
  const std::string third = TlsTickets::rotated(TlsTickets::rotated(second));
  ASSERT_TRUE(tickets_->set(TlsTickets::rotated(third)));
  sessions_ = std::make_shared<TlsSessions>();
  EXPECT_TRUE(connectAgain());
  EXPECT_FALSE(server_->transport()->resumed());
}

TEST_F(TlsContextTest, TheFirstExpiryIsOfWhateverEndsFirst) {
  server_settings_.certificates.push_back(configured(ca().sign("soon", "DNS:soon", 2)));
  const int64_t soon = readCertificates(server_settings_.certificates[1].chain_pem)[0].not_after_s;
  EXPECT_EQ(serverContext()->firstExpiryS(), soon);
}

}  // namespace

}  // namespace convoy::net
