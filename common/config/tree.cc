#include "common/config/tree.h"

#include <iterator>
#include <utility>

namespace convoy::config {

const TreeNode* TreeNode::find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

TreeNode* TreeNode::find(std::string_view key) {
  return const_cast<TreeNode*>(static_cast<const TreeNode*>(this)->find(key));
}

TreeNode* TreeNode::add(base::CompactText key, TreeNode value) {
  members.push_back(Member{std::move(key), std::move(value)});
  return &members.back().second;
}

TreeNode* TreeNode::addFirst(base::CompactText key, TreeNode value) {
  members.pushFront(Member{std::move(key), std::move(value)});
  return &members[0].second;
}

bool TreeNode::remove(std::string_view key) {
  return members.eraseIf([&](const Member& m) { return m.first == key; }) > 0;
}

TreeNode TreeNode::string(base::CompactText text, Origin origin) {
  TreeNode node;
  node.kind = Kind::String;
  node.scalar = std::move(text);
  node.origin = node.key_origin = origin;
  return node;
}

TreeNode TreeNode::map(Origin origin) {
  TreeNode node;
  node.kind = Kind::Map;
  node.origin = node.key_origin = origin;
  return node;
}

TreeNode TreeNode::array(Origin origin) {
  TreeNode node = map(origin);
  node.kind = Kind::List;
  return node;
}

void mergeTree(TreeNode& into, TreeNode from) {
  if (into.isMap() && from.isMap()) {
    for (TreeNode::Member& member : from.members) {
      TreeNode* mine = into.find(member.first);
      if (mine == nullptr) {
        into.add(std::move(member.first), std::move(member.second));
      } else {
        mergeTree(*mine, std::move(member.second));
      }
    }
    return;
  }
  if (into.isList() && from.isList()) {
    into.list.append(std::make_move_iterator(from.list.begin()),
                     std::make_move_iterator(from.list.end()));
    return;
  }
  if (!from.isNull()) into = std::move(from);
}

namespace {

// Takes a text as a std::string does, and only measures it.
struct Length {
  size_t bytes = 0;
  void push_back(char) { ++bytes; }
  void append(std::string_view text) { bytes += text.size(); }
};

template <typename Out>
void writeString(std::string_view text, Out& out) {
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out.append("\\n");
    } else if (byte < 0x20 || byte == 0x7f) {
      static constexpr char kHex[] = "0123456789abcdef";
      out.append("\\u00");
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

template <typename Out>
void write(const TreeNode& node, Out& out) {
  switch (node.kind) {
    case TreeNode::Kind::Null:
      out.append("null");
      return;
    case TreeNode::Kind::Bool:
    case TreeNode::Kind::Number:
      out.append(node.scalar.view());
      return;
    case TreeNode::Kind::String:
      writeString(node.scalar, out);
      return;
    case TreeNode::Kind::List:
      out.push_back('[');
      for (size_t i = 0; i < node.list.size(); ++i) {
        if (i != 0) out.push_back(',');
        write(node.list[i], out);
      }
      out.push_back(']');
      return;
    case TreeNode::Kind::Map:
      out.push_back('{');
      for (size_t i = 0; i < node.members.size(); ++i) {
        if (i != 0) out.push_back(',');
        writeString(node.members[i].first, out);
        out.push_back(':');
        write(node.members[i].second, out);
      }
      out.push_back('}');
      return;
  }
}

}  // namespace

std::optional<Origin> findBadUtf8(std::string_view text) {
  int line = 1;
  size_t line_start = 0;
  for (size_t i = 0; i < text.size();) {
    const auto byte = [&](size_t k) { return static_cast<unsigned char>(text[k]); };
    const unsigned char lead = byte(i);
    if (lead == '\n') {
      ++line;
      line_start = i + 1;
    }
    const size_t length = lead < 0x80                   ? 1
                          : lead >= 0xc2 && lead < 0xe0 ? 2
                          : lead >= 0xe0 && lead < 0xf0 ? 3
                          : lead >= 0xf0 && lead < 0xf5 ? 4
                                                        : 0;
    bool good = length != 0 && i + length <= text.size();
    for (size_t k = 1; good && k < length; ++k) good = (byte(i + k) & 0xc0) == 0x80;
    if (good && length > 2) {  // overlong forms, surrogates, beyond U+10FFFF
      const unsigned char second = byte(i + 1);
      good = !(lead == 0xe0 && second < 0xa0) && !(lead == 0xed && second > 0x9f) &&
             !(lead == 0xf0 && second < 0x90) && !(lead == 0xf4 && second > 0x8f);
    }
    if (!good) return Origin{line, static_cast<int>(i - line_start) + 1};
    i += length;
  }
  return std::nullopt;
}

std::string writeJson(const TreeNode& node) {
  Length length;
  write(node, length);
  std::string out;
  out.reserve(length.bytes);
  write(node, out);
  return out;
}

}  // namespace convoy::config
