#include "common/config/inline_files.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include "common/base/base64.h"
#include "common/config/tree_path.h"

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
  return bytes;
}

// Where octets that are no text may stand.
bool mayBeBinary(std::string_view key) {
  return key == "ocsp_staple" || key == "keys";
}

void inlineSource(TreeNode& source, std::string_view key, const TreePath& path,
                  std::vector<FileRead>& files, Diagnostics& d) {
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
    const char* value = std::getenv(named->scalar.str().c_str());
    if (value != nullptr) text = value;
    why = "the environment has no " + named->scalar;
  }
  const bool binary = text && findBadUtf8(*text);
  // The workers get it as JSON, which is UTF-8.
  if (binary && !mayBeBinary(key)) {
    why = named->scalar + " is not UTF-8 text";
    text.reset();
  }
  if (!text) d.error(named->origin, (path / field).str(), code::kWrongValue, why);
  if (text && mayBeBinary(key)) {
    std::string encoded;
    base::appendBase64(*text, encoded);
    TreeNode bytes = TreeNode::string(encoded, named->origin);
    source.remove(field);
    source.remove("watched_directory");
    source.add("inline_bytes", std::move(bytes));
    return;
  }
  TreeNode inlined = TreeNode::string(text.value_or("-"), named->origin);
  std::optional<TreeNode> name;
  if (field == "filename") name = *named;
  source.remove(field);
  source.remove("watched_directory");
  source.add("inline_string", std::move(inlined));
  if (name) source.add(kInlinedFrom, std::move(*name));
}

// The fields of that type in what Convoy reads.
bool isDataSource(std::string_view key) {
  static constexpr std::string_view kKeys[] = {
      "body",     "text_format_source", "certificate_chain", "private_key",
      "password", "ocsp_staple",        "trusted_ca",        "crl"};
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

void ticketKeys(TreeNode& node, const TreePath& path, std::vector<FileRead>& files,
                Diagnostics& d) {
  TreeNode* keys = node.find("keys");
  for (size_t i = 0; keys != nullptr && i < keys->list.size(); ++i) {
    inlineSource(keys->list[i], "keys", path / "keys" / i, files, d);
  }
}

void walk(TreeNode& node, const TreePath& path, std::vector<FileRead>& files, Diagnostics& d) {
  for (auto& member : node.members) {
    const TreePath at = path / member.first;
    if (isDataSource(member.first) && member.second.isMap())
      inlineSource(member.second, member.first, at, files, d);
    if (member.first == "session_ticket_keys") ticketKeys(member.second, at, files, d);
    walk(member.second, at, files, d);
  }
  for (size_t i = 0; i < node.list.size(); ++i) {
    walk(node.list[i], path / i, files, d);
  }
}

}  // namespace

void inlineFiles(TreeNode& root, std::vector<FileRead>& files, Diagnostics& d) {
  walk(root, {}, files, d);
}

}  // namespace convoy::config
