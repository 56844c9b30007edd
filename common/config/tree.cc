#include "common/config/tree.h"

#include <algorithm>

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

TreeNode* TreeNode::add(std::string key, TreeNode value) {
  members.push_back(Member{std::move(key), std::move(value)});
  return &members.back().second;
}

bool TreeNode::remove(std::string_view key) {
  return std::erase_if(members, [&](const Member& m) { return m.first == key; }) > 0;
}

TreeNode TreeNode::string(std::string text, Origin origin) {
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

void mergeTree(TreeNode& into, const TreeNode& from) {
  if (into.isMap() && from.isMap()) {
    for (const TreeNode::Member& member : from.members) {
      TreeNode* mine = into.find(member.first);
      if (mine == nullptr) {
        into.add(member.first, member.second);
      } else {
        mergeTree(*mine, member.second);
      }
    }
    return;
  }
  if (into.isList() && from.isList()) {
    into.list.insert(into.list.end(), from.list.begin(), from.list.end());
    return;
  }
  if (!from.isNull()) into = from;
}

namespace {

void writeString(const std::string& text, std::string& out) {
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

void write(const TreeNode& node, std::string& out) {
  switch (node.kind) {
    case TreeNode::Kind::Null:
      out.append("null");
      return;
    case TreeNode::Kind::Bool:
    case TreeNode::Kind::Number:
      out.append(node.scalar);
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

std::string writeJson(const TreeNode& node) {
  std::string out;
  write(node, out);
  return out;
}

}  // namespace convoy::config
