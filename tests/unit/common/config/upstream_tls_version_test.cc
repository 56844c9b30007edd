#include <gtest/gtest.h>

#include "common/config/load.h"

namespace convoy::config {
namespace {

using Version = TlsSettings::Version;

// Of a cluster with these tls_params.
TlsSettings settingsOf(const std::string& params) {
  const std::string text =
      "static_resources: {clusters: [{name: one, type: STATIC, load_assignment: {cluster_name: "
      "one, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: "
      "127.0.0.1, port_value: 1}}}}]}]}, transport_socket: {name: envoy.transport_sockets.tls, "
      "typed_config: {\"@type\": "
      "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext, "
      "common_tls_context: {" +
      params + "}}}}]}";
  const LoadResult result = load({Source{"test.yaml", text, Source::Format::Yaml}}, LoadOptions());
  for (const Diagnostic& d : result.diagnostics) {
    if (result.bootstrap == nullptr) ADD_FAILURE() << render(d);
  }
  if (result.bootstrap == nullptr) return {};
  return *result.bootstrap->clusters.at(0).tls;
}

TEST(UpstreamTlsVersion, IsEnvoysUnlessMoreIsAskedFor) {
  EXPECT_EQ(settingsOf("").max_version, Version::Tls12);
  EXPECT_EQ(settingsOf("tls_params: {}").max_version, Version::Tls12);
  EXPECT_EQ(settingsOf("tls_params: {tls_maximum_protocol_version: TLS_AUTO}").max_version,
            Version::Tls12);
  EXPECT_EQ(settingsOf("tls_params: {tls_maximum_protocol_version: TLSv1_3}").max_version,
            Version::Tls13);
}

TEST(UpstreamTlsVersion, AMinimumAloneIsAMaximumToo) {
  const TlsSettings settings = settingsOf("tls_params: {tls_minimum_protocol_version: TLSv1_3}");
  EXPECT_EQ(settings.min_version, Version::Tls13);
  EXPECT_EQ(settings.max_version, Version::Tls13);
}

}  // namespace
}  // namespace convoy::config
