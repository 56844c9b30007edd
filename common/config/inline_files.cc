#include "common/config/inline_files.h"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

namespace convoy::config {

namespace {

// More would be copied into every worker.
constexpr size_t kMaxBytes = 1024 * 1024;

std::optional<std::string> readFile(const std::string& path, std::string& why) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) {
    why = "cannot read " + path;
    return std::nullopt;
  }
  std::string bytes = std::move(text).str();
  if (bytes.size() > kMaxBytes) {
    why = path + " is larger than 1 MiB";
    return std::nullopt;
  }
  // The workers get it as JSON, which is UTF-8.
  if (findBadUtf8(bytes)) {
    why = path + " is not UTF-8 text";
    return std::nullopt;
  }
  return bytes;
}

void inlineSource(TreeNode& source, const std::string& path, std::vector<FileRead>& files,
                  Diagnostics& d) {
  std::string why;
  std::optional<std::string> text;
  std::string_view field = "filename";
  TreeNode* named = source.find(field);
  if (named != nullptr && named->kind == TreeNode::Kind::String) {
    text = readFile(named->scalar, why);
    files.push_back({named->scalar, text ? fingerprint(*text) : 0});
  } else {
    field = "environment_variable";
    named = source.find(field);
    if (named == nullptr || named->kind != TreeNode::Kind::String) return;
    const char* value = std::getenv(named->scalar.c_str());
    if (value != nullptr) text = value;
    why = "the environment has no " + named->scalar;
  }
  if (!text) d.error(named->origin, path + "." + std::string(field), code::kWrongValue, why);
  TreeNode inlined = TreeNode::string(text.value_or("-"), named->origin);
  source.remove(field);
  source.remove("watched_directory");
  source.add("inline_string", std::move(inlined));
}

// The fields of that type in what Convoy reads.
bool isDataSource(const std::string& key) {
  return key == "body" || key == "text_format_source";
}

void walk(TreeNode& node, const std::string& path, std::vector<FileRead>& files, Diagnostics& d) {
  for (auto& member : node.members) {
    const std::string at = path.empty() ? member.first : path + "." + member.first;
    if (isDataSource(member.first) && member.second.isMap())
      inlineSource(member.second, at, files, d);
    walk(member.second, at, files, d);
  }
  for (size_t i = 0; i < node.list.size(); ++i) {
    walk(node.list[i], path + "[" + std::to_string(i) + "]", files, d);
  }
}

}  // namespace

void inlineFiles(TreeNode& root, std::vector<FileRead>& files, Diagnostics& d) {
  walk(root, "", files, d);
}

}  // namespace convoy::config
