#include "common/config/disk_layer.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/child.h"

namespace convoy::config {
namespace {

namespace fs = std::filesystem;

class DiskLayerTest : public ::testing::Test {
 protected:
  void file(const std::string& name, const std::string& text) {
    const fs::path path = dir_.path("v1/" + name);
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  // The layer's values; `more`: fields of it.
  std::string read(const std::string& more = "", const LoadOptions& options = {}) {
    if (!fs::exists(dir_.path("current"))) fs::create_symlink("v1", dir_.path("current"));
    const std::vector<Source> sources = {{"t.yaml", "", Source::Format::Yaml}};
    Diagnostics d(sources, options);
    TreeNode root;
    SyntaxError error;
    EXPECT_TRUE(
        parseYamlTree("node: {cluster: edge}\nlayered_runtime: {layers: [{name: disk, "
                      "disk_layer: {symlink_root: " +
                          dir_.path("current") + more + "}}]}",
                      root, error))
        << error.message;
    files_.clear();
    readDiskLayers(root, files_, d);
    const std::string first = writeJson(root);
    readDiskLayers(root, files_, d);  // what has been read is not read again
    EXPECT_EQ(writeJson(root), first);
    diagnostics_ = d.take();
    const TreeNode& layer = root.find("layered_runtime")->find("layers")->list[0];
    const TreeNode* values = layer.find("disk_layer")->find(kDiskValues);
    return values == nullptr ? "" : writeJson(*values);
  }

  fakes::TempDir dir_;
  std::vector<FileRead> files_;
  std::vector<Diagnostic> diagnostics_;
};

TEST_F(DiskLayerTest, AFileIsAKeyAndADirectoryALevelOfNames) {
  file("routing/canary/share", "5\n");
  file("health_check.min_interval", "# milliseconds\n  1000 \n\n");
  file("placeholder", "# nothing yet\n");
  EXPECT_EQ(read(), R"({"health_check.min_interval":"  1000","placeholder":"",)"
                    R"("routing.canary.share":"5"})");
  EXPECT_TRUE(diagnostics_.empty());
  ASSERT_EQ(files_.size(), 1u);
  EXPECT_EQ(files_[0].path, dir_.path("current"));
  EXPECT_TRUE(files_[0].always);
}

TEST_F(DiskLayerTest, ASubdirectoryAndTheServiceClusterMayFollow) {
  file("convoy/edge/a", "1");
  file("convoy/west/a", "2");
  EXPECT_EQ(read(", subdirectory: convoy/edge"), R"({"a":"1"})");
  EXPECT_EQ(read(", subdirectory: convoy, append_service_cluster: true"), R"({"a":"1"})");
  LoadOptions west;
  west.service_cluster = "west";
  EXPECT_EQ(read(", subdirectory: convoy, append_service_cluster: true", west), R"({"a":"2"})");
}

TEST_F(DiskLayerTest, WhatIsNotThereIsLeftOutWithAWarning) {
  fs::create_directory(dir_.path("v1"));
  EXPECT_EQ(read(", subdirectory: nothing"), "null");
  ASSERT_EQ(diagnostics_.size(), 1u);
  EXPECT_EQ(diagnostics_[0].level, Diagnostic::Level::Warning);
  EXPECT_NE(diagnostics_[0].message.find("current/nothing is no directory"), std::string::npos);
  ASSERT_EQ(files_.size(), 1u);  // it may come
}

TEST_F(DiskLayerTest, ALinkThatLeadsIntoItselfEnds) {
  fs::create_directory(dir_.path("v1"));
  fs::create_directory_symlink(dir_.path("v1"), dir_.path("v1/again"));
  EXPECT_EQ(read(), "null");
  ASSERT_EQ(diagnostics_.size(), 1u);
  EXPECT_NE(diagnostics_[0].message.find("16 directories"), std::string::npos);
}

TEST_F(DiskLayerTest, OctetsThatAreNoTextAreNoValue) {
  file("a", "\xff\xfe");
  EXPECT_EQ(read(), "null");
  ASSERT_EQ(diagnostics_.size(), 1u);
  EXPECT_NE(diagnostics_[0].message.find("not UTF-8"), std::string::npos);
}

TEST_F(DiskLayerTest, AFieldThatThereIsNotIsAnError) {
  file("a", "1");
  read(", sub_directory: x");
  ASSERT_EQ(diagnostics_.size(), 1u);
  EXPECT_EQ(diagnostics_[0].level, Diagnostic::Level::Error);
}

TEST_F(DiskLayerTest, AnotherDirectoryBehindTheLinkIsAnotherFingerprint) {
  file("a", "1");
  read();
  const auto before = fingerprintOf(dir_.path("current"));
  ASSERT_TRUE(before.has_value());
  EXPECT_EQ(files_[0].fingerprint, *before);
  fs::create_directory(dir_.path("v2"));
  fs::create_symlink("v2", dir_.path("next"));
  fs::rename(dir_.path("next"), dir_.path("current"));
  EXPECT_NE(fingerprintOf(dir_.path("current")), before);
  // A directory that is no link, replaced by renaming.
  const auto v2 = fingerprintOf(dir_.path("v2"));
  fs::rename(dir_.path("v2"), dir_.path("v3"));
  fs::create_directory(dir_.path("v2"));
  EXPECT_NE(fingerprintOf(dir_.path("v2")), v2);
  EXPECT_EQ(fingerprintOf(dir_.path("nowhere")), std::nullopt);
}

}  // namespace
}  // namespace convoy::config
