// Promise: a route with a runtime_fraction takes its share of the requests, as the static runtime
// layer sets it.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/load_client.h"

namespace convoy::fakes {
namespace {

const std::string kRoutes =
    "{match: {prefix: /, runtime_fraction: {default_value: {numerator: 50}, runtime_key: "
    "canary.share}}, direct_response: {status: 200, body: {inline_string: canary}}}, ";

// Of 200 requests, how many the canary took.
int takenByTheCanary(const std::string& runtime) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, kRoutes + Config::direct(200, "stable"));
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

// A directory per version, and a link that is moved in one step, as Envoy wants it.
class Disk {
 public:
  void publish(const std::string& version, const std::string& share) const {
    std::filesystem::create_directories(dir_.path(version + "/canary"));
    std::ofstream(dir_.path(version + "/canary/share")) << share << "\n";
    std::filesystem::create_symlink(version, dir_.path("next"));
    std::filesystem::rename(dir_.path("next"), dir_.path("current"));
  }
  std::string layers() const {
    return "\nlayered_runtime: {layers: [{name: static, static_layer: {canary.share: 100}}, {name: "
           "disk, disk_layer: {symlink_root: " +
           dir_.path("current") + "}}]}\n";
  }

 private:
  TempDir dir_;
};

TEST(RuntimeFraction, ADiskLayerIsReadAgainWhenItsLinkIsMovedWithoutALostRequest) {
  const Disk disk;
  disk.publish("v1", "0");
  FakeUpstream backend;
  const uint16_t port = freePort();
  Config config;
  config.http(port, kRoutes + Config::toCluster("backend")).cluster("backend", {backend.port()});
  const ConvoyProcess convoy(config.text() + disk.layers(), config.adminPort(), {});
  EXPECT_NE(httpGet(port, "/").body, "canary");
  LoadClient load(port, {});
  ASSERT_TRUE(eventually([&] { return load.succeeded() > 100; }));
  disk.publish("v2", "numerator: 100");
  EXPECT_TRUE(eventually([&] { return httpGet(port, "/").body == "canary"; })) << convoy.log();
  EXPECT_TRUE(eventually([&] { return convoy.reloads() == 1; }));
  load.stop();
  EXPECT_EQ(load.failed(), 0u) << load.failures();
  const std::string runtime = convoy.admin("/runtime").body;
  EXPECT_NE(runtime.find("\"final_value\": \"numerator: 100\""), std::string::npos) << runtime;
  EXPECT_EQ(convoy.admin("/config_dump").body.find("convoy_values"), std::string::npos);
}

}  // namespace
}  // namespace convoy::fakes
