#include "common/config/normalize.h"

#include <utility>

#include "common/config/schema.h"
#include "common/config/tree_builder.h"
#include "common/config/tree_path.h"
#include "common/config/upgrade.h"

namespace convoy::config {

namespace {

constexpr std::string_view kTypeUrlPrefix = "type.googleapis.com/";

std::string snakeOf(std::string_view camel) {
  std::string out;
  for (const char c : camel) {
    if (c >= 'A' && c <= 'Z') {
      out.push_back('_');
      out.push_back(static_cast<char>(c + 32));
    } else {
      out.push_back(c);
    }
  }
  return out;
}

class Normalizer {
 public:
  explicit Normalizer(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void message(TreeNode& node, const MessageInfo& info, const TreePath& path) {
    if (!node.isMap()) return;
    for (auto& [key, value] : node.members) rename(node, info, key, value, path);
    dropNulls(node, info);
    const TreeNode* name = node.find("name");
    const std::string extension = name == nullptr ? "" : std::string(canonicalName(name->scalar));
    for (auto& [key, value] : node.members) {
      const int index = info.indexOf(key);
      if (index < 0) continue;
      field(value, info.fields[static_cast<size_t>(index)], extension, path / key);
    }
  }

 private:
  void rename(const TreeNode& node, const MessageInfo& info, base::CompactText& key,
              TreeNode& value, const TreePath& path) {
    if (info.indexOf(key) >= 0) return;
    const std::string snake = snakeOf(key);
    if (info.indexOf(snake) < 0) return;
    if (node.find(snake) != nullptr) {
      diagnostics_.error(value.key_origin, (path / key).str(), code::kConflict,
                         "\"" + key + "\" and \"" + snake + "\" are the same field");
      value = TreeNode{};  // dropped as null: said once is enough
    }
    key = keyText(snake);
  }

  static void dropNulls(TreeNode& node, const MessageInfo& info) {
    node.members.eraseIf([&](const TreeNode::Member& member) {
      return member.second.isNull() && info.indexOf(member.first) >= 0;
    });
  }

  void field(TreeNode& value, const FieldInfo& info, const std::string& extension,
             const TreePath& path) {
    if (info.repeated) {
      if (!value.isList()) wrap(value, info, path);
      for (size_t i = 0; i < value.list.size(); ++i) {
        element(value.list[i], info, extension, path / i);
      }
    } else if (info.map && value.isMap()) {
      for (auto& [key, item] : value.members) element(item, info, "", path / key);
    } else {
      element(value, info, extension, path);
    }
  }

  void wrap(TreeNode& value, const FieldInfo& info, const TreePath& path) {
    diagnostics_.warning(
        value.key_origin, path.str(), code::kOldForm,
        "\"" + std::string(info.name) + "\" is a list; this one value counts as its only element");
    TreeNode list = TreeNode::array(value.origin);
    list.key_origin = value.key_origin;
    list.list.push_back(std::move(value));
    value = std::move(list);
  }

  void element(TreeNode& value, const FieldInfo& info, const std::string& extension,
               const TreePath& path) {
    if (info.type == "any") {
      any(value, extension, path);
    } else if (value.isMap()) {
      if (const MessageInfo* sub = findMessage(info.type)) message(value, *sub, path);
    }
  }

  // What a typed_config is: by its @type; by the extension's name if it has none (as before 1.22).
  void any(TreeNode& value, const std::string& extension, const TreePath& path) {
    if (!value.isMap()) return;
    unpack(value);
    TreeNode* type = value.find("@type");
    const MessageInfo* info =
        type == nullptr ? findConfigOf(extension) : findExtension(type->scalar);
    if (info == nullptr) return;
    const std::string url = std::string(kTypeUrlPrefix) + std::string(info->name);
    if (type == nullptr) {
      value.addFirst("@type", TreeNode::string(url, value.origin));
    } else if (const std::string_view said = type->scalar;
               typeSuffix(said) == typeSuffix(info->name) &&
               !said.ends_with("/" + std::string(info->name))) {
      if (said.find('/') != std::string::npos) {
        diagnostics_.warning(type->origin, (path / "@type").str(), code::kOldForm,
                             "this is a v2 type; v3 says \"" + std::string(info->name) + "\"");
      }
      type->scalar = url;
    }
    message(value, *info, path);
  }

  // {@type: TypedStruct, type_url: T, value: {...}} and {@type: Struct, value: {...}}.
  static void unpack(TreeNode& value) {
    const TreeNode* type = value.find("@type");
    if (type == nullptr) return;
    const std::string_view suffix = typeSuffix(type->scalar);
    TreeNode* inner = value.find("value");
    if (inner == nullptr || !inner->isMap()) return;
    if (suffix == "Struct") {
      TreeNode taken = std::move(*inner);
      value.members = std::move(taken.members);
      return;
    }
    const TreeNode* url = value.find("type_url");
    if (url == nullptr) url = value.find("typeUrl");
    // Of types that are not read here the wrapping stays, so that errors can name it.
    if (suffix != "TypedStruct" || url == nullptr || findExtension(url->scalar) == nullptr) return;
    TreeNode named = *url;
    TreeNode taken = std::move(*inner);
    value.members = std::move(taken.members);
    value.addFirst("@type", std::move(named));
  }

  Diagnostics& diagnostics_;
};

}  // namespace

void normalizeTree(TreeNode& root, Diagnostics& diagnostics) {
  normalizeMessage(root, "envoy.config.bootstrap.v3.Bootstrap", diagnostics);
}

void normalizeMessage(TreeNode& root, std::string_view message, Diagnostics& diagnostics) {
  if (const MessageInfo* info = findMessage(message)) {
    Normalizer(diagnostics).message(root, *info, {});
  }
}

}  // namespace convoy::config
