// Promise: a page of an origin that the policy names can read the answers, also those that Convoy
// makes itself, and no other page can; preflight requests never reach the upstream.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

constexpr char kPreflight[] = "Origin: http://page.test\r\nAccess-Control-Request-Method: POST\r\n";

struct World {
  FakeUpstream backend;
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  explicit World(const std::string& old_form_policy) {
    Config config;
    config.httpFilter("cors", "cors.v3.Cors")
        .http(port, "{match: {path: /direct}, direct_response: {status: 403}}, " +
                        Config::toCluster("service", "cors: {" + old_form_policy + "}"))
        .cluster("service", {backend.port()});
    convoy = std::make_unique<ConvoyProcess>(config);
  }
  double counted(const std::string& what) const {
    return convoy->metric("envoy_http_cors_" + what + "{envoy_http_conn_manager_prefix=\"web\"}");
  }
};

TEST(Cors, APreflightIsAnsweredWithoutTheUpstream) {
  World world(
      "allow_origin_string_match: [{exact: \"http://page.test\"}], allow_methods: \"GET, POST\"");
  RawClient client(world.port);
  const HttpMessage answer = client.request("OPTIONS", "/", kPreflight);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("access-control-allow-origin"), "http://page.test");
  EXPECT_EQ(answer.header("access-control-allow-methods"), "GET, POST");
  EXPECT_EQ(answer.header("content-length"), "0");
  EXPECT_EQ(world.backend.requests(), 0u);
  // The connection serves on.
  EXPECT_EQ(client.get("/", "Origin: http://page.test\r\n").header("access-control-allow-origin"),
            "http://page.test");
  EXPECT_EQ(world.counted("origin_valid"), 2);
}

TEST(Cors, AnotherOriginIsNotNamedAndItsPreflightGoesOn) {
  World world("allow_origin_string_match: [{exact: \"http://other.test\"}]");
  RawClient client(world.port);
  EXPECT_FALSE(client.request("OPTIONS", "/", kPreflight).has("access-control-allow-origin"));
  EXPECT_EQ(world.backend.requests(), 1u);
  EXPECT_EQ(world.counted("origin_invalid"), 1);
}

TEST(Cors, TheFormOfV2MeansTheSame) {
  World world("allow_origin: [\"*\"], max_age: \"5\"");
  RawClient client(world.port);
  const HttpMessage answer = client.request("OPTIONS", "/", kPreflight);
  EXPECT_EQ(answer.header("access-control-allow-origin"), "http://page.test");
  EXPECT_EQ(answer.header("access-control-max-age"), "5");
}

TEST(Cors, OurOwnErrorsCanBeReadToo) {
  World world("allow_origin_string_match: [{prefix: \"*\"}]");
  world.backend.setHandler([](const HttpMessage&, RawClient&) { return false; });
  RawClient client(world.port);
  const HttpMessage answer = client.get("/", "Origin: http://page.test\r\n");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("access-control-allow-origin"), "http://page.test");
}

TEST(Cors, TheFiltersOwnSettingsOfARouteTakeThePlaceOfTheHosts) {
  FakeUpstream backend;
  const uint16_t port = freePort();
  Config config;
  config.httpFilter("envoy.filters.http.cors", "cors.v3.Cors")
      .http(port,
            "{match: {path: /open}, route: {cluster: service}, typed_per_filter_config: "
            "{envoy.filters.http.cors: {\"@type\": "
            "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy, "
            "allow_origin_string_match: [{safe_regex: {regex: \"http://.*\\\\.test\"}}]}}}, " +
                Config::toCluster("service"))
      .cluster("service", {backend.port()});
  ConvoyProcess convoy(config);
  RawClient client(port);
  EXPECT_TRUE(client.get("/open", "Origin: http://a.test\r\n").has("access-control-allow-origin"));
  EXPECT_FALSE(client.get("/open", "Origin: http://a.evil\r\n").has("access-control-allow-origin"));
  EXPECT_FALSE(client.get("/", "Origin: http://a.test\r\n").has("access-control-allow-origin"));
}

}  // namespace
}  // namespace convoy::fakes
