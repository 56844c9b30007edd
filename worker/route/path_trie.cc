#include "worker/route/path_trie.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace convoy::worker {

void PathTrie::add(std::string_view prefix, uint32_t route) {
  DCHECK(nodes_.empty());
  const std::string key = folded_ ? base::lowered(prefix) : std::string(prefix);
  std::string_view rest = key;
  uint32_t node = 0;
  while (!rest.empty()) node = childStep(node, rest);
  building_[node].routes.push_back(route);
}

// Goes from `node` to the child on the way to `rest`, making or splitting it if need be.
uint32_t PathTrie::childStep(uint32_t node, std::string_view& rest) {
  for (const uint32_t child : building_[node].children) {
    const std::string_view label = building_[child].label;
    const auto differ = std::mismatch(label.begin(), label.end(), rest.begin(), rest.end());
    const auto common = static_cast<size_t>(differ.first - label.begin());
    if (common == 0) continue;
    if (common < label.size()) splitLabel(child, common);
    rest.remove_prefix(common);
    return child;
  }
  const auto child = static_cast<uint32_t>(building_.size());
  building_.push_back(BuildingNode{std::string(rest), {}, {}});
  building_[node].children.push_back(child);
  rest = {};
  return child;
}

// `child` keeps the first `length` bytes of its label; a new node below it takes all the rest.
void PathTrie::splitLabel(uint32_t child, size_t length) {
  const auto lower = static_cast<uint32_t>(building_.size());
  BuildingNode below;
  below.label = building_[child].label.substr(length);
  below.children = std::move(building_[child].children);
  below.routes = std::move(building_[child].routes);
  building_.push_back(std::move(below));
  building_[child].label.resize(length);
  building_[child].children = {lower};
  building_[child].routes.clear();
}

void PathTrie::freeze() {
  std::vector<uint32_t> order = {0};  // position in nodes_ -> building node
  order.reserve(building_.size());
  nodes_.reserve(building_.size());
  for (size_t i = 0; i < order.size(); ++i) {
    const BuildingNode& from = building_[order[i]];
    Node node;
    node.label_at = static_cast<uint32_t>(labels_.size());
    node.label_length = static_cast<uint32_t>(from.label.size());
    node.first_child = static_cast<uint32_t>(order.size());
    node.children = static_cast<uint32_t>(from.children.size());
    node.first_route = static_cast<uint32_t>(routes_.size());
    node.routes = static_cast<uint32_t>(from.routes.size());
    labels_ += from.label;
    first_bytes_ += from.label.empty() ? '\0' : from.label[0];
    routes_.insert(routes_.end(), from.routes.begin(), from.routes.end());
    order.insert(order.end(), from.children.begin(), from.children.end());
    nodes_.push_back(node);
  }
  building_ = {};
  computeLowest();
}

void PathTrie::computeLowest() {
  for (size_t i = nodes_.size(); i-- > 0;) {  // children come after their parents
    Node& node = nodes_[i];
    if (node.routes > 0) node.lowest = routes_[node.first_route];
    for (uint32_t child = node.first_child; child < node.first_child + node.children; ++child) {
      node.lowest = std::min(node.lowest, nodes_[child].lowest);
    }
  }
}

}  // namespace convoy::worker
