// Wrong files of certificates, keys, trust and revocation: each is an error that says what is wrong
// with which file.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/load.h"
#include "tests/fakes/child.h"
#include "tests/fakes/test_certificates.h"

namespace convoy::config {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ParseTls : public ::testing::Test {
 protected:
  static TestCa& ca() {
    static TestCa made;
    return made;
  }
  void SetUp() override {
    good_ = ca().sign("a", "DNS:a.example");
    write("chain", good_.chain_pem);
    write("key", good_.key_pem);
    write("ca", ca().pem());
  }
  std::string at(const std::string& name) const { return dir_.path(name); }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(at(name)) << bytes;
  }
  // Of common_tls_context.
  LoadResult loaded(const std::string& more = "") const {
    const std::string text =
        "static_resources:\n  listeners:\n  - address: {socket_address: {address: 127.0.0.1, "
        "port_value: 0}}\n    filter_chains:\n    - filters: [{name: envoy.filters.network.echo}]\n"
        "      transport_socket: {name: envoy.transport_sockets.tls, typed_config: {\"@type\": "
        "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext, "
        "common_tls_context: {tls_certificates: [{certificate_chain: {filename: " +
        at("chain") + "}, private_key: {filename: " + at("key") + "}}]" + more + "}}}\n";
    return load({{"test.yaml", text, Source::Format::Yaml}}, {});
  }
  // The first of that level, with its help.
  static std::string first(const LoadResult& result, Diagnostic::Level level) {
    for (const Diagnostic& d : result.diagnostics) {
      if (d.level == level) return d.message + (d.help.empty() ? "" : "; " + d.help);
    }
    return "";
  }
  std::string error(const std::string& more = "") const {
    return first(loaded(more), Diagnostic::Level::Error);
  }
  // As DER is: not UTF-8.
  static std::string der() { return std::string("\x30\x82\x01\xfe\xff\x00", 6); }

  fakes::TempDir dir_;
  TestCertificate good_;
};

TEST_F(ParseTls, GoodFilesLoad) {
  EXPECT_EQ(error(", validation_context: {trusted_ca: {filename: " + at("ca") + "}}"), "");
}

TEST_F(ParseTls, AFileThatIsNotThere) {
  std::filesystem::remove(at("chain"));
  EXPECT_EQ(error(), "cannot read " + at("chain") + ": No such file or directory");
}

TEST_F(ParseTls, ADirectory) {
  std::filesystem::remove(at("key"));
  std::filesystem::create_directory(at("key"));
  EXPECT_EQ(error(), at("key") + " is a directory; name the file in it");
}

TEST_F(ParseTls, AFileWithoutAnEnd) {
  std::filesystem::remove(at("chain"));
  std::filesystem::create_symlink("/dev/zero", at("chain"));
  EXPECT_EQ(error(), at("chain") + " is larger than 1 MiB");
}

TEST_F(ParseTls, AnEmptyFile) {
  write("chain", "");
  EXPECT_THAT(error(), StartsWith("the certificate chain holds no certificate in PEM form"));
  write("chain", good_.chain_pem);
  write("key", "");
  EXPECT_THAT(error(), StartsWith("the private key holds no private key in PEM form"));
}

TEST_F(ParseTls, DerInPlaceOfPem) {
  write("chain", der());
  EXPECT_THAT(error(), HasSubstr("`openssl x509 -inform der -in " + at("chain")));
  write("chain", good_.chain_pem);
  write("key", der());
  EXPECT_THAT(error(), HasSubstr("`openssl pkey -inform der -in " + at("key")));
}

TEST_F(ParseTls, ACertificateThatIsCutShort) {
  write("chain", good_.chain_pem.substr(0, good_.chain_pem.size() / 2));
  EXPECT_THAT(error(), StartsWith("the certificate chain holds a broken certificate: "));
}

TEST_F(ParseTls, TheKeyOfAnotherCertificate) {
  write("key", ca().sign("b", "DNS:b.example").key_pem);
  EXPECT_THAT(error(), StartsWith("the private key does not belong to the certificate"));
}

TEST_F(ParseTls, ACertificateInPlaceOfTheKey) {
  write("key", good_.chain_pem);
  EXPECT_THAT(error(), StartsWith("the private key holds no private key in PEM form"));
}

TEST_F(ParseTls, TrustAndRevocation) {
  const auto trust = [&](const std::string& more) {
    return error(", validation_context: {trusted_ca: {filename: " + at("ca") + "}" + more + "}");
  };
  write("crl", "nothing");
  EXPECT_THAT(trust(", crl: {filename: " + at("crl") + "}"),
              StartsWith("the revocation list holds no "));
  write("crl", "");
  EXPECT_THAT(trust(", crl: {filename: " + at("crl") + "}"),
              StartsWith("the revocation list holds no "));
  write("ca", "");
  EXPECT_THAT(trust(""), StartsWith("the trusted CA holds no certificate in PEM form"));
}

TEST_F(ParseTls, WhatIsNotThereYetIsRefusedByName) {
  for (const std::string name :
       {"custom_handshaker", "key_log", "tls_certificate_provider_instance"}) {
    EXPECT_THAT(error(", " + name + ": {}"), HasSubstr(name));
  }
  for (const std::string name : {"system_root_certs", "ca_certificate_provider_instance"}) {
    EXPECT_THAT(error(", validation_context: {" + name + ": {}}"), HasSubstr(name));
  }
}

}  // namespace
}  // namespace convoy::config
