// tree_builder: what the readers of JSON and YAML share: the finished children of the nodes that
// are still open, on one stack, so that each node gets a list of exactly its size. Owned by one
// parse.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/config/tree.h"

namespace convoy::config {

// A name as a member's key: of a field that Envoy has, nothing is copied.
base::CompactText keyText(std::string_view name);

class TreeStack {
 public:
  size_t mark() const { return open_.size(); }
  void push(base::CompactText key, TreeNode value) {
    open_.push_back(TreeNode::Member{std::move(key), std::move(value)});
  }
  std::span<TreeNode::Member> since(size_t mark) { return std::span(open_).subspan(mark); }
  // What was pushed since mark() becomes the members, or the elements, of `out`.
  void popMembers(size_t mark, TreeNode& out);
  void popElements(size_t mark, TreeNode& out);

 private:
  std::vector<TreeNode::Member> open_;
};

// Finds a name among the members of one map that grows; a large map gets an index.
class MemberIndex {
 public:
  static constexpr size_t kNone = static_cast<size_t>(-1);
  // REQUIRES: `members` begins with those of the last call.
  size_t find(std::span<const TreeNode::Member> members, std::string_view key);

 private:
  static constexpr size_t kFew = 16;
  std::unordered_map<std::string, size_t> index_;
  size_t indexed_ = 0;
};

}  // namespace convoy::config
