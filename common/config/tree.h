// tree: a configuration text as nodes that remember where they stood: file, line and column. Made
// from JSON (json_tree) or YAML (yaml_tree), rewritten by upgrade, read by Reader. Values; both
// processes. A configuration of 10 MB has a million nodes, so each is small: 56 bytes, and 16 for
// its name if it is a member.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/compact_list.h"
#include "common/base/compact_text.h"
#include "common/base/result.h"
#include "common/config/model/core.h"

namespace convoy::config {

// An Origin in 8 bytes: no line or column of 64 MiB, and no file of ten, needs more.
class Place {
 public:
  Place() = default;
  Place(Origin origin)
      : bits_(bits(origin.line) << 37 | bits(origin.column) << 10 |
              (static_cast<uint64_t>(origin.source) & kSources)) {}
  operator Origin() const {
    return {static_cast<int>(bits_ >> 37), static_cast<int>(bits_ >> 10 & kLines),
            static_cast<int>(bits_ & kSources)};
  }
  bool isNowhere() const { return bits_ >> 37 == 0; }
  Place in(int source) const {
    Origin there = *this;
    there.source = source;
    return there;
  }

 private:
  static constexpr uint64_t kLines = (1 << 27) - 1;
  static constexpr uint64_t kSources = (1 << 10) - 1;
  static uint64_t bits(int number) { return static_cast<uint64_t>(number) & kLines; }
  uint64_t bits_ = 0;
};

struct TreeNode {
  enum class Kind : uint8_t { Null, Bool, Number, String, List, Map };
  struct Member;  // {first: the key, second: its value}

  Kind kind = Kind::Null;
  bool quoted = true;        // String: written with quotes (YAML tells "5" from 5)
  base::CompactText scalar;  // Bool: "true"/"false"; Number: as written; String: its text
  base::CompactList<TreeNode> list;
  base::CompactList<Member> members;  // in the order of the file
  Place origin;                       // of the value
  Place key_origin;                   // of the key, for map members

  bool isMap() const { return kind == Kind::Map; }
  bool isList() const { return kind == Kind::List; }
  bool isNull() const { return kind == Kind::Null; }
  const TreeNode* find(std::string_view key) const;
  TreeNode* find(std::string_view key);
  TreeNode* add(base::CompactText key, TreeNode value);  // appends; returns the member
  TreeNode* addFirst(base::CompactText key, TreeNode value);
  bool remove(std::string_view key);
  static TreeNode string(base::CompactText text, Origin origin);
  static TreeNode map(Origin origin);
  static TreeNode array(Origin origin);
};

struct TreeNode::Member {
  base::CompactText first;
  TreeNode second;
};
static_assert(sizeof(TreeNode) == 56 && sizeof(TreeNode::Member) == 72);

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
void mergeTree(TreeNode& into, TreeNode from);

}  // namespace convoy::config
