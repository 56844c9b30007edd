// path_trie: a compressed radix trie from path prefixes to ascending lists of route numbers. Every
// node knows the lowest number below it, so a walk stops as soon as nothing better can follow; that
// is how "the first route in order" is found without trying the routes before it. Built once, then
// immutable; a walk allocates nothing.
//
//   ""(min 1) -- "/api/"(min 1) -- "v1"(1, 5)
//                              \-- "v2"(3)        numbers in a node: routes whose prefix ends there
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/text.h"

namespace convoy::worker {

class PathTrie {
 public:
  static constexpr uint32_t kNoRoute = UINT32_MAX;

  // `folded`: ASCII case is ignored.
  explicit PathTrie(bool folded) : folded_(folded), building_(1) {}
  // Routes must be added in ascending order.
  void add(std::string_view prefix, uint32_t route);
  // Lays the nodes out for walking. Call once, after the last add().
  void freeze();

  // Calls accept(route) for the routes of each prefix of `path`, ascending within a prefix, as long
  // as they are below `best`; one that is accepted becomes `best`.
  template <typename Accept>
  void walk(std::string_view path, uint32_t& best, const Accept& accept) const {
    uint32_t node = 0;
    while (nodes_[node].lowest < best) {
      tryRoutes(nodes_[node], best, accept);
      node = childFor(nodes_[node], path);
      if (node == 0) return;
      path.remove_prefix(nodes_[node].label_length);
    }
  }

 private:
  struct BuildingNode {
    std::string label;
    std::vector<uint32_t> children;
    std::vector<uint32_t> routes;
  };
  struct Node {
    uint32_t label_at = 0, label_length = 0;  // in labels_
    uint32_t first_child = 0, children = 0;   // in nodes_ and first_bytes_
    uint32_t first_route = 0, routes = 0;     // in routes_
    uint32_t lowest = kNoRoute;               // of this node and all below
  };

  template <typename Accept>
  void tryRoutes(const Node& node, uint32_t& best, const Accept& accept) const {
    for (uint32_t i = node.first_route; i < node.first_route + node.routes; ++i) {
      if (routes_[i] >= best) return;
      if (accept(routes_[i])) {
        best = routes_[i];
        return;
      }
    }
  }

  // The child whose label begins `path`, or 0 (the root is nobody's child).
  uint32_t childFor(const Node& node, std::string_view path) const {
    if (path.empty() || node.children == 0) return 0;
    const char first = folded_ ? base::toLower(path[0]) : path[0];
    const char* bytes = first_bytes_.data() + node.first_child;
    const void* found = std::memchr(bytes, static_cast<unsigned char>(first), node.children);
    if (found == nullptr) return 0;
    const auto child = static_cast<uint32_t>(static_cast<const char*>(found) - first_bytes_.data());
    return labelBegins(nodes_[child], path) ? child : 0;
  }

  bool labelBegins(const Node& node, std::string_view path) const {
    const std::string_view label(labels_.data() + node.label_at, node.label_length);
    return folded_ ? base::startsWithIgnoreCase(path, label) : path.starts_with(label);
  }

  uint32_t childStep(uint32_t node, std::string_view& rest);
  void splitLabel(uint32_t child, size_t length);
  void computeLowest();

  bool folded_;
  std::vector<BuildingNode> building_;  // empty once frozen
  std::vector<Node> nodes_;             // breadth first: the children of a node are neighbours
  std::string first_bytes_;             // of each node's label
  std::string labels_;
  std::vector<uint32_t> routes_;
};

}  // namespace convoy::worker
