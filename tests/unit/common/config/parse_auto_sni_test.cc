#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/load.h"

namespace convoy::config {
namespace {

using testing::HasSubstr;

class AutoSniTest : public ::testing::Test {
 protected:
  static constexpr const char* kTls =
      ", transport_socket: {name: envoy.transport_sockets.tls, typed_config: {\"@type\": "
      "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext}}";

  // All that is said of a cluster with these fields.
  std::string read(const std::string& fields) {
    const std::string text =
        "static_resources: {clusters: [{name: one, type: STATIC, load_assignment: {cluster_name: "
        "one, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: "
        "127.0.0.1, port_value: 1}}}}]}]}" +
        fields + "}]}";
    result_ = load({Source{"test.yaml", text, Source::Format::Yaml}}, LoadOptions());
    std::string said;
    for (const Diagnostic& d : result_.diagnostics) said += render(d);
    return said;
  }
  const AutoSni& found() const { return result_.bootstrap->clusters.at(0).auto_sni; }
  LoadResult result_;
};

TEST_F(AutoSniTest, IsReadFromBothPlaces) {
  const std::string options = "{auto_sni: true, override_auto_sni_header: X-Name}";
  for (const std::string& fields :
       {", upstream_http_protocol_options: " + options,
        ", typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3."
        "HttpProtocolOptions: {\"@type\": type.googleapis.com/envoy.extensions.upstreams.http.v3."
        "HttpProtocolOptions, explicit_http_config: {http_protocol_options: {}}, "
        "upstream_http_protocol_options: " +
            options + "}}"}) {
    const std::string said = read(fields + kTls);
    ASSERT_NE(result_.bootstrap, nullptr) << said;
    EXPECT_TRUE(found().sni);
    EXPECT_FALSE(found().san);
    EXPECT_EQ(found().header, "x-name");
  }
}

TEST_F(AutoSniTest, SaysWhatItCannotDo) {
  EXPECT_THAT(read(", upstream_http_protocol_options: {auto_sni: true}"),
              HasSubstr("the cluster has no TLS"));
  EXPECT_THAT(
      read(std::string(", upstream_http_protocol_options: {auto_san_validation: true}") + kTls),
      HasSubstr("proves nothing without a trusted_ca"));
  EXPECT_THAT(read(std::string(", upstream_http_protocol_options: {auto_sni: true, "
                               "override_auto_sni_header: \":path\"}") +
                   kTls),
              HasSubstr("is not the name of a header field"));
}

}  // namespace
}  // namespace convoy::config
