// Promise: with --watch each change of a ConfigMap is one reload, the same content again is none,
// half a file is rejected, and no client notices any of it.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/soak/soak_world.h"

namespace convoy::fakes {
namespace {

// As kubelet mounts a ConfigMap: convoy.yaml -> ..data/convoy.yaml, ..data -> a directory.
class ConfigMap {
 public:
  explicit ConfigMap(const std::string& text) {
    swap(text);
    std::filesystem::create_symlink("..data/convoy.yaml", path());
  }
  std::string path() const { return dir_.path("convoy.yaml"); }
  void swap(const std::string& text) {
    const std::string name = "..v" + std::to_string(++version_);
    std::filesystem::create_directory(dir_.path(name));
    std::ofstream(dir_.path(name) + "/convoy.yaml") << text;
    std::filesystem::create_symlink(name, dir_.path("..data_tmp"));
    std::filesystem::rename(dir_.path("..data_tmp"), dir_.path("..data"));
    if (version_ > 1) std::filesystem::remove_all(dir_.path("..v" + std::to_string(version_ - 1)));
  }

 private:
  TempDir dir_;
  int version_ = 0;
};

TEST(WatchSoak, EachChangeOfAConfigMapIsOneReloadThatNobodyNotices) {
  const int rounds = soakCount(500, 10);
  EchoWorld world(0);
  ConfigMap map(world.config.text());
  world.convoy = std::make_unique<ConvoyProcess>(
      world.config,
      ConvoyProcess::Options{{"--watch", "-c", map.path()}, {}, 2, true, "unused.yaml"});
  StrictClient clients(world.everybody());
  ASSERT_TRUE(eventually([&] { return clients.answers() > 500; }));
  const auto counted = [&](const char* result) {
    return world.convoy->metric("convoy_reloads_total{result=\"" + std::string(result) + "\"}");
  };
  double invalid = 0;
  for (int i = 0; i < rounds; ++i) {
    const std::string marker = "round " + std::to_string(i);
    const std::string text = world.configWith(marker).text();
    if (i % 5 == 0) {
      ++invalid;
      map.swap(text.substr(0, text.size() / 2));
      ASSERT_TRUE(eventually([&] { return counted("invalid") == invalid; }, Millis(10000))) << i;
    }
    map.swap(text);
    ASSERT_TRUE(eventually([&] { return counted("ok") >= i + 1; }, Millis(10000)))
        << i << world.convoy->log();
    if (i % 5 == 1) map.swap(text);
    ASSERT_TRUE(eventually([&] { return httpGet(world.http, "/marker").body == marker; })) << i;
  }
  const StrictClient::Report report = clients.stop();
  EXPECT_EQ(counted("ok"), rounds) << world.convoy->log();
  EXPECT_EQ(counted("invalid"), invalid);
  EXPECT_EQ(report.failed(), 0u) << report.text();
  EXPECT_EQ(report.opened, kKeptByEverybody) << report.text();
  reportSoak("watch", static_cast<uint64_t>(rounds), report.failed(), report.worst_ms);
}

}  // namespace
}  // namespace convoy::fakes
