#include "common/config/disk_layer.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>

#include "common/base/text.h"
#include "common/config/reader.h"

namespace convoy::config {

namespace fs = std::filesystem;

namespace {

constexpr uint32_t kMaxDepth = 16;  // Envoy's
constexpr size_t kMaxValueBytes = 64 * 1024;
constexpr size_t kMaxKeys = 10'000;

// Lines that begin with '#' are comments: a file may be there without a value.
std::string valueIn(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    if (!out.empty()) out += '\n';
    out += line;
  }
  const size_t last = out.find_last_not_of(" \t\r\n\v\f");
  return last == std::string::npos ? "" : out.substr(0, last + 1);
}

class Layer {
 public:
  // The reason if it cannot be read.
  std::string read(const fs::path& directory) { return walk(directory, "", 1); }
  const std::map<std::string, std::string>& values() const { return values_; }

 private:
  std::string walk(const fs::path& directory, const std::string& prefix, uint32_t depth) {
    if (depth > kMaxDepth) return directory.string() + " is deeper than 16 directories";
    std::error_code error;
    fs::directory_iterator entries(directory, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
      const fs::path& path = entries->path();
      const std::string key = (prefix.empty() ? "" : prefix + ".") + path.filename().string();
      std::error_code gone;  // a link to nothing is neither
      std::string why;
      if (fs::is_directory(path, gone)) why = walk(path, key, depth + 1);
      if (fs::is_regular_file(path, gone)) why = readValue(path, key);
      if (!why.empty()) return why;
    }
    return error ? "cannot read " + directory.string() + ": " + error.message() : "";
  }

  std::string readValue(const fs::path& path, const std::string& key) {
    if (values_.size() >= kMaxKeys) return "there are more than 10,000 files";
    std::ifstream file(path, std::ios::binary);
    std::string bytes(kMaxValueBytes + 1, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file.is_open() || file.bad()) return "cannot read " + path.string();
    bytes.resize(static_cast<size_t>(file.gcount()));
    if (bytes.size() > kMaxValueBytes) return path.string() + " is larger than 64 KiB";
    if (findBadUtf8(bytes)) return path.string() + " is not UTF-8 text";
    values_[key] = valueIn(bytes);
    return "";
  }

  std::map<std::string, std::string> values_;
};

struct Where {
  std::string root, directory;
};

// What Envoy puts together, slash by slash.
Where whereIs(const TreeNode& node, const std::string& path, const std::string& service_cluster,
              Diagnostics& d) {
  Reader r(node, path, "envoy.config.bootstrap.v3.RuntimeLayer.DiskLayer", d);
  Where out;
  out.root = r.text("symlink_root");
  if (out.root.empty()) {
    r.error("symlink_root", code::kWrongValue, "a disk layer needs the path of its symbolic link");
  }
  out.directory = out.root + "/" + r.text("subdirectory");
  if (r.boolean("append_service_cluster", false)) out.directory += "/" + service_cluster;
  r.ignore(kDiskValues);
  return out;
}

std::string serviceCluster(const TreeNode& root, const LoadOptions& options) {
  if (!options.service_cluster.empty()) return options.service_cluster;
  const TreeNode* node = root.find("node");
  const TreeNode* cluster = node == nullptr || !node->isMap() ? nullptr : node->find("cluster");
  return cluster == nullptr ? "" : cluster->scalar.str();
}

void readLayer(TreeNode& disk, const std::string& path, const std::string& service_cluster,
               std::vector<FileRead>& files, Diagnostics& d) {
  const Where place = whereIs(disk, path, service_cluster, d);
  if (place.root.empty()) return;
  FileRead followed{place.root, fingerprintOf(place.root).value_or(0)};
  followed.always = true;
  files.push_back(std::move(followed));
  Layer layer;
  std::error_code error;
  std::string why = place.directory + " is no directory";
  if (fs::is_directory(place.directory, error)) why = layer.read(place.directory);
  TreeNode values;  // null: there is no such layer
  if (why.empty()) {
    values = TreeNode::map(disk.origin);
    for (const auto& [key, text] : layer.values()) {
      values.add(key, TreeNode::string(text, disk.origin));
    }
  } else {
    d.warning(disk.origin, path, code::kNoEffect, why + ": the layer is left out",
              "it is read again when " + place.root + " is replaced by renaming, or at a reload");
  }
  disk.add(kDiskValues, std::move(values));
}

}  // namespace

void readDiskLayers(TreeNode& root, std::vector<FileRead>& files, Diagnostics& d) {
  TreeNode* runtime = root.find("layered_runtime");
  TreeNode* layers = runtime == nullptr || !runtime->isMap() ? nullptr : runtime->find("layers");
  if (layers == nullptr || !layers->isList()) return;
  const std::string service_cluster = serviceCluster(root, d.options());
  for (size_t i = 0; i < layers->list.size(); ++i) {
    TreeNode& layer = layers->list[i];
    TreeNode* disk = layer.isMap() ? layer.find("disk_layer") : nullptr;
    if (disk == nullptr || !disk->isMap() || disk->find(kDiskValues) != nullptr) continue;
    readLayer(*disk, "layered_runtime.layers[" + std::to_string(i) + "].disk_layer",
              service_cluster, files, d);
  }
}

}  // namespace convoy::config
