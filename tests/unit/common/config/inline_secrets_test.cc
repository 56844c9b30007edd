// Secrets of files and of the bootstrap stand where they are named, and what cannot be found is
// said with its place.
#include <fstream>

#include <gtest/gtest.h>

#include "common/config/load.h"
#include "common/config/tls_material.h"
#include "tests/fakes/child.h"
#include "tests/fakes/test_certificates.h"

namespace convoy::config {

namespace {

class InlineSecretsTest : public ::testing::Test {
 protected:
  static TestCa& ca() {
    static TestCa made;
    return made;
  }
  void SetUp() override {
    write("a", ca().sign("a", "DNS:a.example"));
    std::ofstream(at("ca.pem")) << ca().pem();
  }
  std::string at(const std::string& name) const { return dir_.path(name); }
  void write(const std::string& name, const TestCertificate& certificate) const {
    std::ofstream(at(name + ".pem")) << certificate.chain_pem;
    std::ofstream(at(name + ".key")) << certificate.key_pem;
  }
  std::string certificate(const std::string& name) const {
    return "name: cert, tls_certificate: {certificate_chain: {filename: " + at(name + ".pem") +
           "}, private_key: {filename: " + at(name + ".key") + "}}";
  }
  std::string resource(const std::string& fields) const {
    return "resources: [{\"@type\": "
           "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret, " +
           fields + "}]\n";
  }
  LoadResult listener(const std::string& common, const std::string& more = "",
                      const std::string& resources = "") const {
    const std::string text =
        "static_resources:\n  listeners:\n  - address: {socket_address: {address: 127.0.0.1, "
        "port_value: 0}}\n    filter_chains:\n    - filters: [{name: envoy.filters.network.echo}]\n"
        "      transport_socket: {name: envoy.transport_sockets.tls, typed_config: {\"@type\": "
        "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext, "
        "common_tls_context: {" +
        common + "}" + more + "}}\n" + resources;
    return load({{"test.yaml", text, Source::Format::Yaml}}, {});
  }
  static std::string firstError(const LoadResult& result) {
    for (const Diagnostic& d : result.diagnostics) {
      if (d.level == Diagnostic::Level::Error) return d.code + " " + d.message;
    }
    return "";
  }
  const DownstreamTls& tls(const LoadResult& result) const {
    return *result.bootstrap->listeners.at(0).filter_chain.tls;
  }
  fakes::TempDir dir_;
};

TEST_F(InlineSecretsTest, OfAFileBothWaysOfNamingIt) {
  std::ofstream(at("sds.yaml")) << resource(certificate("a"));
  for (const std::string& source :
       {"path: " + at("sds.yaml"), "path_config_source: {path: " + at("sds.yaml") +
                                       ", watched_directory: {path: " + dir_.path("") + "}}"}) {
    const LoadResult result = listener(
        "tls_certificate_sds_secret_configs: [{name: cert, "
        "sds_config: {" +
        source + "}}]");
    ASSERT_TRUE(result.ok()) << firstError(result);
    EXPECT_EQ(tls(result).certificates.size(), 1u);
    EXPECT_EQ(result.files.size(), 3u);
    for (const FileRead& file : result.files) EXPECT_TRUE(file.always) << file.path;
  }
}

TEST_F(InlineSecretsTest, OfTheBootstrap) {
  const LoadResult result = listener(
      "tls_certificate_sds_secret_configs: [{name: cert}], combined_validation_context: "
      "{default_validation_context: {match_typed_subject_alt_names: [{san_type: DNS, matcher: "
      "{exact: b.example}}]}, validation_context_sds_secret_config: {name: trust}}",
      ", require_client_certificate: true",
      "  secrets:\n  - {" + certificate("a") + "}\n  - {name: trust, validation_context: " +
          "{trusted_ca: {filename: " + at("ca.pem") + "}}}\n");
  ASSERT_TRUE(result.ok()) << firstError(result);
  EXPECT_EQ(tls(result).certificates.size(), 1u);
  EXPECT_EQ(tls(result).validation.trusted_ca_pem, ca().pem());
  EXPECT_EQ(tls(result).validation.sans.size(), 1u);
  const LoadResult again = loadCanonical("worker", result.canonical_json);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(tls(again).validation.trusted_ca_pem, ca().pem());
}

TEST_F(InlineSecretsTest, WhatIsNotThereIsAnErrorThatNamesIt) {
  const auto errorOf = [&](const std::string& source) {
    return firstError(listener("tls_certificate_sds_secret_configs: [{name: cert" + source + "}]"));
  };
  EXPECT_EQ(errorOf(""), "E0301 there is no secret \"cert\" in static_resources.secrets");
  EXPECT_EQ(errorOf(", sds_config: {path: /nowhere.yaml}"),
            "E0104 cannot read /nowhere.yaml: No such file or directory");
  std::ofstream(at("other.yaml")) << resource("name: other, generic_secret: {}");
  EXPECT_EQ(errorOf(", sds_config: {path: " + at("other.yaml") + "}"),
            "E0301 there is no secret \"cert\" in " + at("other.yaml"));
  std::ofstream(at("kind.yaml")) << resource("name: cert, validation_context: {}");
  EXPECT_EQ(errorOf(", sds_config: {path: " + at("kind.yaml") + "}"),
            "E0103 the secret \"cert\" of " + at("kind.yaml") + " is not a tls_certificate");
  std::ofstream(at("broken.json")) << "{\"resources\": [";
  EXPECT_NE(errorOf(", sds_config: {path: " + at("broken.json") + "}").find("broken.json:1:"),
            std::string::npos);
  EXPECT_NE(errorOf(", sds_config: {ads: {}}").find("E0201"), std::string::npos);
}

TEST_F(InlineSecretsTest, OnlyMaterialIsTakenWithoutNewWorkers) {
  const std::string common = "tls_certificates: [{certificate_chain: {filename: " + at("a.pem") +
                             "}, private_key: {filename: " + at("a.key") + "}}]";
  const LoadResult before = listener(common);
  ASSERT_TRUE(before.ok());
  EXPECT_FALSE(differOnlyInTlsMaterial(before.canonical_json, before.canonical_json));
  write("a", ca().sign("a2", "DNS:a.example"));
  const LoadResult renewed = listener(common);
  ASSERT_TRUE(renewed.ok());
  EXPECT_TRUE(differOnlyInTlsMaterial(before.canonical_json, renewed.canonical_json));
  const LoadResult more = listener(common + ", alpn_protocols: [h2]");
  EXPECT_FALSE(differOnlyInTlsMaterial(before.canonical_json, more.canonical_json));
}

}  // namespace

}  // namespace convoy::config
