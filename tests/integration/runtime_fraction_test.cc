// Promise: a route with a runtime_fraction takes its share of the requests, as the static runtime
// layer sets it.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"

namespace convoy::fakes {
namespace {

// Of 200 requests, how many the canary took.
int takenByTheCanary(const std::string& runtime) {
  const uint16_t port = freePort();
  Config config;
  config.http(port,
              "{match: {prefix: /, runtime_fraction: {default_value: {numerator: 50}, runtime_key: "
              "canary.share}}, direct_response: {status: 200, body: {inline_string: canary}}}, " +
                  Config::direct(200, "stable"));
  const ConvoyProcess convoy(config.text() + runtime, config.adminPort(), {});
  int taken = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string body = httpGet(port, "/").body;
    EXPECT_TRUE(body == "canary" || body == "stable") << body;
    taken += body == "canary" ? 1 : 0;
  }
  return taken;
}

TEST(RuntimeFraction, ARouteTakesItsShare) {
  const int taken = takenByTheCanary("");
  EXPECT_GT(taken, 60);
  EXPECT_LT(taken, 140);
}

TEST(RuntimeFraction, TheStaticLayerOverridesTheDefault) {
  const auto layer = [](const std::string& value) {
    return "\nlayered_runtime: {layers: [{name: static, static_layer: {canary: {share: " + value +
           "}}}]}\n";
  };
  EXPECT_EQ(takenByTheCanary(layer("0")), 0);
  EXPECT_EQ(takenByTheCanary(layer("100")), 200);
}

}  // namespace
}  // namespace convoy::fakes
