// tree_path: where a walk through a tree stands, as a chain on the walk's own stack: a text is made
// of it only for a message. Both processes.
#pragma once

#include <string>
#include <string_view>

namespace convoy::config {

class TreePath {
 public:
  TreePath() = default;  // the root
  // "a" of "" is "a", "b" of "a" is "a.b", 0 of "a.b" is "a.b[0]".
  TreePath operator/(std::string_view key) const { return TreePath(this, key, 0, false); }
  TreePath operator/(size_t index) const { return TreePath(this, {}, index, true); }
  std::string str() const {
    if (parent_ == nullptr) return "";
    std::string out = parent_->str();
    if (is_index_) return out + "[" + std::to_string(index_) + "]";
    if (!out.empty()) out += ".";
    return out.append(key_);
  }

 private:
  TreePath(const TreePath* parent, std::string_view key, size_t index, bool is_index)
      : parent_(parent), key_(key), index_(index), is_index_(is_index) {}

  const TreePath* parent_ = nullptr;
  std::string_view key_;
  size_t index_ = 0;
  bool is_index_ = false;
};

}  // namespace convoy::config
