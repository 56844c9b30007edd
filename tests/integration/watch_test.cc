// Promise: with --watch the configuration is reloaded when its content changes, once per change,
// however the file is replaced; what does not load changes nothing.
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <thread>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/load_client.h"

namespace convoy::fakes {
namespace {

constexpr const char* kOk = "convoy_reloads_total{result=\"ok\"}";

// As kubelet mounts a ConfigMap: convoy.yaml -> ..data/convoy.yaml, ..data -> a directory.
struct ConfigMap {
  TempDir dir;
  int version = 0;
  std::string path() const { return dir.path("convoy.yaml"); }

  explicit ConfigMap(const std::string& text) {
    swap(text);
    std::filesystem::create_symlink("..data/convoy.yaml", path());
  }
  void swap(const std::string& text) {
    const std::string name = "..v" + std::to_string(++version);
    std::filesystem::create_directory(dir.path(name));
    std::ofstream(dir.path(name) + "/convoy.yaml") << text;
    std::filesystem::create_symlink(name, dir.path("..data_tmp"));
    std::filesystem::rename(dir.path("..data_tmp"), dir.path("..data"));
    if (version > 1) std::filesystem::remove_all(dir.path("..v" + std::to_string(version - 1)));
  }
};

struct Site {
  uint16_t port = freePort();
  uint16_t admin = freePort();
  std::string text(const std::string& body) const {
    return "admin: {address: {socket_address: {address: 127.0.0.1, port_value: " +
           std::to_string(admin) + "}}}\n" + [&] {
             Config config;
             config.http(port, Config::direct(200, body));
             const std::string all = config.text();
             return all.substr(all.find('\n') + 1);
           }();
  }
  bool serves(const std::string& body) const {
    return eventually([&] { return httpGet(port, "/").body == body; }, Millis(10000));
  }
};

// The harness says --watch=false first; the last one counts.
ConvoyProcess::Options watching(const std::string& path) {
  return {{"--watch", "-c", path}, {}, 1, true, "unused.yaml"};
}

TEST(Watch, EachSwapOfAConfigMapIsReloadedOnce) {
  Site site;
  ConfigMap map(site.text("v0"));
  ConvoyProcess convoy(site.text("v0"), site.admin, watching(map.path()));
  ASSERT_TRUE(site.serves("v0")) << convoy.log();
  for (int i = 1; i <= 5; ++i) {
    map.swap(site.text("v" + std::to_string(i)));
    ASSERT_TRUE(site.serves("v" + std::to_string(i))) << convoy.log();
    ASSERT_TRUE(eventually([&] { return convoy.metric(kOk) >= i; }));
  }
  EXPECT_EQ(convoy.metric(kOk), 5) << convoy.log();
}

TEST(Watch, AHundredSwapsInTenSecondsUnderLoadLoseNoRequest) {
  Site site;
  ConfigMap map(site.text("v0"));
  ConvoyProcess convoy(site.text("v0"), site.admin, watching(map.path()));
  ASSERT_TRUE(site.serves("v0")) << convoy.log();
  LoadClient::Options options;
  options.connections = 8;
  options.pause = Millis(1);
  LoadClient load(site.port, options);
  for (int i = 1; i <= 100; ++i) {
    map.swap(site.text("v" + std::to_string(i)));
    std::this_thread::sleep_for(Millis(100));  // the pace of the promise, not a wait for something
  }
  EXPECT_TRUE(site.serves("v100")) << convoy.log();
  load.stop();
  EXPECT_EQ(load.failed(), 0u) << load.failures();
  EXPECT_GT(load.succeeded(), 1000u);
  EXPECT_EQ(convoy.metric("convoy_reloads_total{result=\"invalid\"}"), 0);
  // What came while one was under way is one reload together, and the last content is the one
  // served.
  EXPECT_LE(convoy.metric(kOk), 100);
  EXPECT_GE(convoy.metric(kOk), 1);
}

TEST(Watch, ARejectedConfigurationIsSeenInMetricLogAndStats) {
  Site site;
  ConfigMap map(site.text("v0"));
  ConvoyProcess convoy(site.text("v0"), site.admin, watching(map.path()));
  ASSERT_TRUE(site.serves("v0"));
  EXPECT_EQ(convoy.sum("convoy_config_last_reload_successful"), 1);
  map.swap(site.text("v1") + "static_resource: {}\n");
  ASSERT_TRUE(eventually([&] { return convoy.sum("convoy_config_last_reload_successful") == 0; }));
  EXPECT_NE(convoy.log().find("unknown field \"static_resource\""), std::string::npos);
  const std::string error = convoy.admin("/stats?filter=convoy.last_reload_error").body;
  EXPECT_NE(error.find("static_resource"), std::string::npos) << error;
  EXPECT_EQ(httpGet(site.port, "/").body, "v0");
  EXPECT_TRUE(convoy.ready());
  map.swap(site.text("v2"));
  EXPECT_TRUE(site.serves("v2"));
  EXPECT_TRUE(eventually([&] { return convoy.sum("convoy_config_last_reload_successful") == 1; }));
}

TEST(Watch, TheSameContentAgainIsNotReloadedAndAHalfWrittenFileIsRejected) {
  Site site;
  TempDir dir;
  const std::string path = dir.write("convoy.yaml", site.text("v0"));
  ConvoyProcess convoy(site.text("v0"), site.admin, watching(path));
  ASSERT_TRUE(site.serves("v0"));
  dir.write("convoy.yaml", site.text("v0"));
  dir.write("convoy.yaml", site.text("v0").substr(0, 200) + "\n  half: [");
  ASSERT_TRUE(eventually([&] {
    return convoy.metric("convoy_reloads_total{result=\"invalid\"}") == 1;
  })) << convoy.log();
  EXPECT_EQ(httpGet(site.port, "/").body, "v0");
  std::filesystem::remove(path);
  dir.write("convoy.yaml", site.text("v1"));
  ASSERT_TRUE(site.serves("v1")) << convoy.log();
  EXPECT_EQ(convoy.metric(kOk), 1) << convoy.log();
  EXPECT_EQ(convoy.metric("convoy_reloads_total{result=\"invalid\"}"), 1);
}

TEST(Watch, WhatAReloadByHandHasReadIsNotReloadedAgain) {
  Site site;
  TempDir dir;
  const std::string path = dir.write("convoy.yaml", site.text("v0"));
  ConvoyProcess convoy(site.text("v0"), site.admin, watching(path));
  ASSERT_TRUE(site.serves("v0"));
  dir.write("convoy.yaml", site.text("v1"));
  ASSERT_EQ(convoy.reload().status, 0);
  dir.write("convoy.yaml", site.text("v2"));
  ASSERT_TRUE(site.serves("v2")) << convoy.log();
  ASSERT_TRUE(eventually([&] { return convoy.metric(kOk) >= 2; }));
  EXPECT_EQ(convoy.metric(kOk), 2) << convoy.log();
}

TEST(Watch, TouchingTheFileIsNoReloadAndWritingItInHalvesIsOne) {
  Site site;
  TempDir dir;
  const std::string path = dir.write("convoy.yaml", site.text("v0"));
  ConvoyProcess convoy(site.text("v0"), site.admin, watching(path));
  ASSERT_TRUE(site.serves("v0"));
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), nullptr, 0), 0);
  const std::string text = site.text("v1");
  std::ofstream out(path, std::ios::trunc);
  out << text.substr(0, text.size() / 2) << std::flush;
  out << text.substr(text.size() / 2) << std::flush;
  out.close();
  ASSERT_TRUE(site.serves("v1")) << convoy.log();
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), nullptr, 0), 0);
  // The next change is seen after whatever the touch has caused.
  dir.write("convoy.yaml", site.text("v2"));
  ASSERT_TRUE(site.serves("v2")) << convoy.log();
  ASSERT_TRUE(eventually([&] { return convoy.metric(kOk) >= 2; }));
  EXPECT_EQ(convoy.metric(kOk), 2) << convoy.log();
}

TEST(Watch, SwitchedOffNothingIsReadUntilSomebodyAsks) {
  Site site;
  ConfigMap map(site.text("v0"));
  ConvoyProcess convoy(site.text("v0"), site.admin,
                       {{"--watch=false", "-c", map.path()}, {}, 1, true, "unused.yaml"});
  ASSERT_TRUE(site.serves("v0"));
  EXPECT_NE(convoy.log().find("is not watched for changes: --watch=false"), std::string::npos);
  map.swap(site.text("v1"));
  map.swap(site.text("v2"));
  EXPECT_EQ(httpGet(site.port, "/").body, "v0");
  ASSERT_EQ(convoy.reload().status, 0);
  EXPECT_EQ(httpGet(site.port, "/").body, "v2");
  EXPECT_EQ(convoy.metric(kOk), 1) << convoy.log();
}

TEST(Watch, ARejectedConfigurationIsTriedAgainWhenTheFileItMissedAppears) {
  Site site;
  TempDir dir;
  const std::string path = dir.write("convoy.yaml", site.text("v0"));
  ConvoyProcess convoy(site.text("v0"), site.admin, watching(path));
  ASSERT_TRUE(site.serves("v0"));
  std::string text = site.text("v1");
  const std::string inlined = "inline_string: \"v1\"";
  ASSERT_NE(text.find(inlined), std::string::npos) << text;
  text.replace(text.find(inlined), inlined.size(), "filename: \"" + dir.path("body") + "\"");
  dir.write("convoy.yaml", text);
  ASSERT_TRUE(eventually([&] {
    return convoy.metric("convoy_reloads_total{result=\"invalid\"}") == 1;
  })) << convoy.log();
  EXPECT_EQ(httpGet(site.port, "/").body, "v0");
  dir.write("body", "from its file");
  ASSERT_TRUE(site.serves("from its file")) << convoy.log();
  EXPECT_EQ(convoy.metric(kOk), 1) << convoy.log();
}

}  // namespace
}  // namespace convoy::fakes
