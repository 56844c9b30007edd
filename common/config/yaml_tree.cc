// The fence round yaml-cpp: text in, Tree out. Plain scalars are typed as Envoy types them
// (source/common/protobuf/yaml_utility.cc): bool, then integer, else text.
#include <set>
#include <unordered_map>
#include <unordered_set>

#include <yaml-cpp/yaml.h>

#include "common/config/tree.h"

namespace convoy::config {

namespace {

// Aliases are shared in memory by yaml-cpp but copied into our tree: a small text that names itself
// ten times on ten levels would become ten thousand million nodes.
// A node without aliases takes at least two bytes of text, so that this bounds only those.
size_t maxNodes(const std::string& text) {
  return 100000 + text.size() / 2;
}

bool isBool(const std::string& s, bool& value) {
  static const std::set<std::string> kTrue = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                              "True", "TRUE", "on",  "On",  "ON"};
  static const std::set<std::string> kFalse = {"n",     "N",     "no",  "No",  "NO", "false",
                                               "False", "FALSE", "off", "Off", "OFF"};
  value = kTrue.count(s) != 0;
  return value || kFalse.count(s) != 0;
}

Origin originOf(const YAML::Node& node) {
  const YAML::Mark mark = node.Mark();
  return mark.is_null() ? Origin{} : Origin{mark.line + 1, mark.column + 1};
}

class YamlReader {
 public:
  YamlReader(size_t max_nodes, SyntaxError& error, std::vector<SyntaxError>* repeated)
      : max_nodes_(max_nodes), error_(error), repeated_(repeated) {}

  bool convert(const YAML::Node& node, TreeNode& out, int depth) {
    out.origin = out.key_origin = originOf(node);
    if (depth > kMaxDepth) return fail(out.origin, "nested deeper than 100 levels");
    if (++nodes_ > max_nodes_) {
      return fail(out.origin, "the aliases expand to a hundred times what one writes by hand");
    }
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return true;
      case YAML::NodeType::Scalar:
        scalar(node, out);
        return true;
      case YAML::NodeType::Sequence:
        out.kind = TreeNode::Kind::List;
        for (const auto& item : node) {
          out.list.emplace_back();
          if (!convert(item, out.list.back(), depth + 1)) return false;
        }
        return true;
      case YAML::NodeType::Map:
        return map(node, out, depth);
    }
    return true;
  }

 private:
  bool fail(Origin origin, std::string message) {
    error_ = SyntaxError{origin, std::move(message)};
    return false;
  }

  bool map(const YAML::Node& node, TreeNode& out, int depth) {
    out.kind = TreeNode::Kind::Map;
    std::unordered_map<std::string, size_t> index;  // in out.members
    std::unordered_set<std::string> merged;         // by "<<"
    for (const auto& item : node) {
      if (item.first.Tag() == "!ignore") continue;
      if (!item.first.IsScalar()) return fail(originOf(item.first), "a field name must be text");
      const std::string& key = item.first.Scalar();
      TreeNode value;
      if (!convert(item.second, value, depth + 1)) return false;
      value.key_origin = originOf(item.first);
      if (value.origin.line == 0) value.origin = value.key_origin;
      // Later wins, as in Envoy; "<<" merges the anchors it names.
      if (key == "<<" && value.isMap()) {
        for (auto& member : value.members) {
          if (index.emplace(member.first, out.members.size()).second) {
            merged.insert(member.first);
            out.add(member.first, std::move(member.second));
          }
        }
        continue;
      }
      const auto [at, fresh] = index.emplace(key, out.members.size());
      if (fresh) {
        out.add(key, std::move(value));
        continue;
      }
      // A key beside "<<" is meant to win over the merged one; a second one by hand is a slip.
      if (merged.erase(key) == 0 && repeated_ != nullptr) {
        repeated_->push_back(
            {value.key_origin, "\"" + key + "\" stands twice in this map; this one counts"});
      }
      out.members[at->second].second = std::move(value);
    }
    return true;
  }

  static void scalar(const YAML::Node& node, TreeNode& out) {
    out.scalar = node.Scalar();
    out.quoted = node.Tag() == "!";
    out.kind = TreeNode::Kind::String;
    if (out.quoted) return;
    bool truth = false;
    int64_t number = 0;
    if (isBool(out.scalar, truth)) {
      out.kind = TreeNode::Kind::Bool;
      out.scalar = truth ? "true" : "false";
    } else if (YAML::convert<int64_t>::decode(node, number)) {
      out.kind = TreeNode::Kind::Number;
      out.scalar = std::to_string(number);
    }
  }

  size_t max_nodes_;
  SyntaxError& error_;
  std::vector<SyntaxError>* repeated_;
  size_t nodes_ = 0;
};

}  // namespace

bool parseYamlTree(const std::string& text, TreeNode& out, SyntaxError& error,
                   std::vector<SyntaxError>* repeated) {
  try {
    const YAML::Node root = YAML::Load(text);
    return YamlReader(maxNodes(text), error, repeated).convert(root, out, 0);
  } catch (const YAML::Exception& e) {
    error.origin = e.mark.is_null() ? Origin{} : Origin{e.mark.line + 1, e.mark.column + 1};
    error.message = e.msg;
    return false;
  } catch (const std::exception& e) {
    error.message = e.what();
    return false;
  }
}

}  // namespace convoy::config
