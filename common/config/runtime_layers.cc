#include "common/config/runtime_layers.h"

#include <map>
#include <string>

#include "common/config/disk_layer.h"
#include "common/config/reader.h"

namespace convoy::config {

namespace {

struct Value {
  TreeNode node;
  bool used = false;
  std::string path;  // where it was said
};
using Values = std::map<std::string, Value>;

// {numerator, denominator} is a value; any other object is a level of names.
bool isFraction(const TreeNode& node) {
  return node.isMap() && (node.find("numerator") != nullptr || node.find("denominator") != nullptr);
}

void flatten(const TreeNode& node, const std::string& key, const std::string& path, Values& out) {
  if (!node.isMap() || isFraction(node)) {
    out[key] = {node, false, path};
    return;
  }
  for (const auto& [name, value] : node.members) {
    flatten(value, key.empty() ? name.str() : key + "." + name, path + "." + name, out);
  }
}

// A text as Envoy takes it from a file or from /runtime_modify: a number, a fraction, or a word.
TreeNode valueOf(const std::string& text, Origin origin) {
  TreeNode out;
  SyntaxError error;
  bool typed =
      parseJsonTree(text, out, error) &&
      (out.isMap() || out.kind == TreeNode::Kind::Number || out.kind == TreeNode::Kind::Bool);
  // A fraction may be YAML.
  if (!typed && text.find("numerator") != std::string::npos) {
    typed = parseYamlTree(text, out, error) && isFraction(out);
  }
  if (!typed) return TreeNode::string(text, origin);
  out.origin = origin;
  return out;
}

// What disk_layer.h has read.
void readDiskValues(const TreeNode& node, const std::string& path, Values& out, Diagnostics& d) {
  Reader disk(node, path, "envoy.config.bootstrap.v3.RuntimeLayer.DiskLayer", d);
  disk.ignoreAll();
  disk.message(kDiskValues, [&](const TreeNode& values, const std::string&) {
    for (const auto& [key, text] : values.members) {
      out[key.str()] = {valueOf(text.scalar.str(), node.origin), false, path};
    }
  });
}

Values readLayers(const TreeNode& node, Diagnostics& d) {
  Values out;
  Reader r(node, "layered_runtime", "envoy.config.bootstrap.v3.LayeredRuntime", d);
  r.list("layers", [&](const TreeNode& n, const std::string& p) {
    Reader layer(n, p, "envoy.config.bootstrap.v3.RuntimeLayer", d);
    layer.required("name");
    layer.ignore("name");
    layer.oneOf({"static_layer", "disk_layer", "admin_layer", "rtds_layer"});
    layer.message("static_layer",
                  [&](const TreeNode& s, const std::string& sp) { flatten(s, "", sp, out); });
    layer.message("disk_layer",
                  [&](const TreeNode& s, const std::string& sp) { readDiskValues(s, sp, out, d); });
    layer.message("admin_layer", [&](const TreeNode& s, const std::string& sp) {
      Reader admin(s, sp, "envoy.config.bootstrap.v3.RuntimeLayer.AdminLayer", d);
      admin.message(kOverrides, [&](const TreeNode& o, const std::string& op) {
        for (const auto& [key, value] : o.members) out[key] = {value, true, op};
      });
    });
    layer.unsupported("rtds_layer", "keys have what the static layers say");
  });
  return out;
}

// A percentage may be written as a bare number.
TreeNode asFraction(const TreeNode& value) {
  if (value.isMap()) return value;
  TreeNode out = TreeNode::map(value.origin);
  out.add("numerator", value);
  return out;
}

TreeNode asPercent(const TreeNode& value) {
  if (value.isMap()) return value;
  TreeNode out = TreeNode::map(value.origin);
  out.add("value", value);
  return out;
}

void replace(TreeNode& node, std::string_view field, TreeNode value) {
  const TreeNode* old = node.find(field);
  value.key_origin = old == nullptr ? node.origin : old->key_origin;
  node.remove(field);
  node.add(field, std::move(value));
}

// `node` has a runtime_key that a layer sets.
void overrideValue(TreeNode& node, std::string_view name, const TreeNode& value) {
  const TreeNode* fallback = node.find("default_value");
  if (name == "runtime_filter") {
    replace(node, "percent_sampled", asFraction(value));
  } else if (fallback != nullptr && fallback->isMap() && fallback->find("value") != nullptr) {
    replace(node, "default_value", asPercent(value));
  } else if (fallback != nullptr && fallback->isMap()) {
    replace(node, "default_value", asFraction(value));
  } else {
    replace(node, "default_value", value);
  }
}

void walk(TreeNode& node, std::string_view name, Values& values) {
  if (const TreeNode* key = node.isMap() ? node.find("runtime_key") : nullptr) {
    const auto found = values.find(key->scalar);
    if (found != values.end()) {
      found->second.used = true;
      overrideValue(node, name, found->second.node);
    }
  }
  for (auto& [member, value] : node.members) walk(value, member, values);
  for (TreeNode& item : node.list) walk(item, name, values);
}

void fillAdminLayer(TreeNode& layers, const std::map<std::string, std::string>& overrides) {
  TreeNode* list = layers.find("layers");
  for (size_t i = 0; list != nullptr && i < list->list.size(); ++i) {
    TreeNode* admin = list->list[i].isMap() ? list->list[i].find("admin_layer") : nullptr;
    if (admin == nullptr) continue;
    if (!admin->isMap()) *admin = TreeNode::map(admin->origin);
    TreeNode said = TreeNode::map(admin->origin);
    for (const auto& [key, text] : overrides) said.add(key, valueOf(text, admin->origin));
    admin->remove(kOverrides);
    admin->add(kOverrides, std::move(said));
  }
}

}  // namespace

void applyRuntime(TreeNode& root, const std::map<std::string, std::string>& overrides,
                  Diagnostics& d) {
  TreeNode* layers = root.find("layered_runtime");
  if (layers == nullptr) return;
  if (!overrides.empty()) fillAdminLayer(*layers, overrides);
  Values values = readLayers(*layers, d);
  for (auto& [name, value] : root.members) {
    if (name != "layered_runtime") walk(value, name, values);
  }
  for (const auto& [key, value] : values) {
    if (value.used) continue;
    d.warning(value.node.origin, value.path, code::kNoEffect,
              "nothing here reads the runtime key \"" + key + "\": it changes nothing");
  }
}

}  // namespace convoy::config
