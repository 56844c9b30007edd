// Promise: with locality_weighted_lb_config localities share the requests by their weights.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

std::string locality(const std::string& zone, uint32_t weight, uint16_t port) {
  return "{locality: {zone: " + zone + "}, load_balancing_weight: " + std::to_string(weight) +
         ", lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, "
         "port_value: " +
         std::to_string(port) + "}}}}]}";
}

// Requests that the backend of weight 3 got, of 40 that went to it and one of weight 1.
uint64_t shareOfTheHeavier(const std::string& cluster) {
  FakeUpstream light, heavy;
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("service")).cluster("service", {1}, cluster);
  std::string text = config.text();
  const std::string plain =
      "{lb_endpoints: [{endpoint: {address: {socket_address: {address: "
      "127.0.0.1, port_value: 1}}}}]}";
  const size_t at = text.find(plain);
  EXPECT_NE(at, std::string::npos) << text;
  text.replace(at, plain.size(),
               locality("a", 1, light.port()) + ", " + locality("b", 3, heavy.port()));
  ConvoyProcess::Options options;
  options.concurrency = 1;
  const ConvoyProcess convoy(text, config.adminPort(), options);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(httpGet(port, "/").status, 200);
  EXPECT_EQ(light.requests() + heavy.requests(), 40u);
  return heavy.requests();
}

TEST(LocalityWeights, ShareTheRequests) {
  EXPECT_EQ(shareOfTheHeavier("common_lb_config: {locality_weighted_lb_config: {}}"), 30u);
}

TEST(LocalityWeights, MeanNothingUnlessTheClusterIsToHeedThem) {
  EXPECT_EQ(shareOfTheHeavier(""), 20u);
}

}  // namespace
}  // namespace convoy::fakes
