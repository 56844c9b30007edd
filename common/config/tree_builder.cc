#include "common/config/tree_builder.h"

#include <utility>

#include "common/config/schema.h"

namespace convoy::config {

base::CompactText keyText(std::string_view name) {
  if (name.size() <= base::CompactText::kMostInside) return name;
  const std::string_view known = fieldName(name);
  return known.empty() ? base::CompactText(name) : base::CompactText::literal(known);
}

void TreeStack::popMembers(size_t mark, TreeNode& out) {
  out.members.reserve(open_.size() - mark);
  for (TreeNode::Member& member : since(mark)) out.members.push_back(std::move(member));
  open_.resize(mark);
}

void TreeStack::popElements(size_t mark, TreeNode& out) {
  out.list.reserve(open_.size() - mark);
  for (TreeNode::Member& element : since(mark)) out.list.push_back(std::move(element.second));
  open_.resize(mark);
}

size_t MemberIndex::find(std::span<const TreeNode::Member> members, std::string_view key) {
  if (members.size() <= kFew) {
    for (size_t i = 0; i < members.size(); ++i) {
      if (members[i].first == key) return i;
    }
    return kNone;
  }
  for (; indexed_ < members.size(); ++indexed_) {
    index_.emplace(members[indexed_].first.str(), indexed_);
  }
  const auto found = index_.find(std::string(key));
  return found == index_.end() ? kNone : found->second;
}

}  // namespace convoy::config
