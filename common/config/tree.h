// tree: a configuration text as nodes that remember where they stood: file, line and column. Made
// from JSON (json_tree) or YAML (yaml_tree), rewritten by upgrade, read by Reader. Values; both
// processes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "common/config/model/core.h"

namespace convoy::config {

struct TreeNode {
  enum class Kind : uint8_t { Null, Bool, Number, String, List, Map };
  struct Member;  // {first: the key, second: its value}

  Kind kind = Kind::Null;
  std::string scalar;  // Bool: "true"/"false"; Number: as written; String: its text
  bool quoted = true;  // String: written with quotes (YAML tells "5" from 5)
  std::vector<TreeNode> list;
  std::vector<Member> members;  // in the order of the file
  Origin origin;                // of the value
  Origin key_origin;            // of the key, for map members

  bool isMap() const { return kind == Kind::Map; }
  bool isList() const { return kind == Kind::List; }
  bool isNull() const { return kind == Kind::Null; }
  const TreeNode* find(std::string_view key) const;
  TreeNode* find(std::string_view key);
  TreeNode* add(std::string key, TreeNode value);  // appends; returns the member
  bool remove(std::string_view key);
  static TreeNode string(std::string text, Origin origin);
  static TreeNode map(Origin origin);
  static TreeNode array(Origin origin);
};

struct TreeNode::Member {
  std::string first;
  TreeNode second;
};

inline constexpr int kMaxDepth = 100;

struct SyntaxError {
  Origin origin;
  std::string message;
};

// Strict JSON (RFC 8259), duplicate keys refused. False: `error` says where and what.
bool parseJsonTree(std::string_view text, TreeNode& out, SyntaxError& error);
// The first YAML document, plain scalars typed by Envoy's rules (config.md (d)).
// Of a repeated key the last value counts, as in Envoy; `repeated` is told of each, if given.
bool parseYamlTree(const std::string& text, TreeNode& out, SyntaxError& error,
                   std::vector<SyntaxError>* repeated = nullptr);
// The place of the first byte that is not UTF-8 (RFC 3629), if there is one.
std::optional<Origin> findBadUtf8(std::string_view text);
std::string writeJson(const TreeNode& node);
// proto MergeFrom: maps merge, scalars of `from` replace, lists append.
void mergeTree(TreeNode& into, const TreeNode& from);

}  // namespace convoy::config
