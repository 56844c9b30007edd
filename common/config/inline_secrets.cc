#include "common/config/inline_secrets.h"

#include <map>
#include <string>

#include "common/config/normalize.h"
#include "common/config/tree_path.h"
#include "common/config/upgrade.h"

namespace convoy::config {

namespace {

constexpr std::string_view kSecret = "envoy.extensions.transport_sockets.tls.v3.Secret";

// Errors name a place of the operator's file, not of the one that was read.
void placeAll(TreeNode& node, Origin origin) {
  node.origin = node.key_origin = origin;
  for (TreeNode& item : node.list) placeAll(item, origin);
  for (auto& [key, value] : node.members) placeAll(value, origin);
}

class Secrets {
 public:
  Secrets(TreeNode& root, std::vector<FileRead>& files, Diagnostics& d) : files_(files), d_(d) {
    TreeNode* resources = root.find("static_resources");
    static_ = resources == nullptr ? nullptr : resources->find("secrets");
  }

  void walk(TreeNode& node, const TreePath& path) {
    if (node.isMap()) references(node, path);
    for (auto& member : node.members) walk(member.second, path / member.first);
    for (size_t i = 0; i < node.list.size(); ++i) walk(node.list[i], path / i);
  }

 private:
  void references(TreeNode& node, const TreePath& path) {
    certificates(node, path);
    one(node, path, "validation_context_sds_secret_config",
        node.find("default_validation_context") != nullptr ? "default_validation_context"
                                                           : "validation_context",
        "validation_context");
    one(node, path, "session_ticket_keys_sds_secret_config", "session_ticket_keys",
        "session_ticket_keys");
  }

  void certificates(TreeNode& node, const TreePath& path) {
    constexpr std::string_view kField = "tls_certificate_sds_secret_configs";
    const TreeNode* configs = node.find(kField);
    if (configs == nullptr || !configs->isList()) return;
    const TreeNode wanted = *configs;
    TreeNode found = TreeNode::array(wanted.origin);
    for (size_t i = 0; i < wanted.list.size(); ++i) {
      const std::string at = (path / kField / i).str();
      if (!isLocal(wanted.list[i])) return;  // the parser says what it thinks of it
      if (auto secret = resolve(wanted.list[i], at, "tls_certificate")) {
        found.list.push_back(std::move(*secret));
      }
    }
    node.remove(kField);
    if (TreeNode* own = node.find("tls_certificates"); own != nullptr && own->isList()) {
      for (TreeNode& one : found.list) own->list.push_back(std::move(one));
    } else {
      node.add("tls_certificates", std::move(found));
    }
  }

  // What the secret says is merged over what stands there.
  void one(TreeNode& node, const TreePath& path, std::string_view field, std::string_view target,
           std::string_view kind) {
    const TreeNode* config = node.find(field);
    if (config == nullptr || !isLocal(*config)) return;
    const TreeNode wanted = *config;
    auto secret = resolve(wanted, (path / field).str(), kind);
    node.remove(field);
    if (!secret) return;
    if (TreeNode* there = node.find(target)) {
      mergeTree(*there, std::move(*secret));
    } else {
      node.add(target, std::move(*secret));
    }
  }

  static const TreeNode* pathOf(const TreeNode& config) {
    const TreeNode* source = config.find("sds_config");
    if (source == nullptr) return nullptr;
    if (const TreeNode* path = source->find("path")) return path;
    const TreeNode* by_path = source->find("path_config_source");
    return by_path == nullptr ? nullptr : by_path->find("path");
  }
  // Of a file, or (without sds_config) one of static_resources.
  static bool isLocal(const TreeNode& config) {
    return config.isMap() && (config.find("sds_config") == nullptr || pathOf(config) != nullptr);
  }

  std::optional<TreeNode> resolve(const TreeNode& config, const std::string& at,
                                  std::string_view kind) {
    const TreeNode* name = config.find("name");
    const std::string wanted = name == nullptr ? "" : name->scalar.str();
    const TreeNode* file = pathOf(config);
    const TreeNode* from = file == nullptr ? static_ : read(*file, at + ".sds_config");
    if (file != nullptr && from == nullptr) return std::nullopt;  // said
    const std::string where = file == nullptr ? "static_resources.secrets" : file->scalar.str();
    const Origin origin = name == nullptr ? config.origin : name->origin;
    for (size_t i = 0; from != nullptr && i < from->list.size(); ++i) {
      const TreeNode& secret = from->list[i];
      const TreeNode* own = secret.find("name");
      if ((own == nullptr ? "" : own->scalar.view()) != wanted) continue;
      const TreeNode* value = secret.find(kind);
      if (value == nullptr) {
        d_.error(origin, at + ".name", code::kWrongType,
                 "the secret \"" + wanted + "\" of " + where + " is not a " + std::string(kind));
        return std::nullopt;
      }
      TreeNode copy = *value;
      if (file != nullptr) placeAll(copy, file->origin);
      return copy;
    }
    d_.error(origin, at + ".name", code::kReference,
             "there is no secret \"" + wanted + "\" in " + where);
    return std::nullopt;
  }

  // The resources of a DiscoveryResponse; null: it cannot be read, which was said. Each file once.
  const TreeNode* read(const TreeNode& path, const std::string& at) {
    if (const auto known = read_.find(path.scalar); known != read_.end()) {
      return known->second ? &*known->second : nullptr;
    }
    std::optional<TreeNode>& out = read_[path.scalar];
    const auto fail = [&](const std::string& why) -> const TreeNode* {
      d_.error(path.origin, at + ".path", code::kWrongValue, why,
               "a file of secrets is a DiscoveryResponse: {resources: [{\"@type\": "
               "type.googleapis.com/" +
                   std::string(kSecret) + ", name: ..., tls_certificate: ...}]}");
      return nullptr;
    };
    const auto source = readSource(path.scalar);
    files_.push_back({path.scalar, source.ok() ? fingerprint(source->text) : 0, true});
    if (!source.ok()) return fail(source.error().context);
    TreeNode tree;
    SyntaxError error;
    const bool parsed = source->format == Source::Format::Json
                            ? parseJsonTree(source->text, tree, error)
                            : parseYamlTree(source->text, tree, error);
    if (!parsed || findBadUtf8(source->text)) {
      return fail(path.scalar + ":" + std::to_string(error.origin.line) + ":" +
                  std::to_string(error.origin.column) + ": " +
                  (parsed ? "this is not UTF-8 text" : error.message));
    }
    normalizeMessage(tree, "envoy.service.discovery.v3.DiscoveryResponse", d_);
    TreeNode* resources = tree.find("resources");
    if (resources == nullptr || !resources->isList()) {
      return fail(path.scalar + " has no \"resources\"");
    }
    for (const TreeNode& resource : resources->list) {
      const TreeNode* type = resource.find("@type");
      if (type == nullptr || typeSuffix(type->scalar) != "Secret") {
        return fail(path.scalar + ": a resource is not a Secret");
      }
    }
    out = std::move(*resources);
    return &*out;
  }

  std::vector<FileRead>& files_;
  Diagnostics& d_;
  const TreeNode* static_ = nullptr;
  std::map<std::string, std::optional<TreeNode>> read_;
};

}  // namespace

void inlineSecrets(TreeNode& root, std::vector<FileRead>& files, Diagnostics& d) {
  Secrets(root, files, d).walk(root, {});
}

}  // namespace convoy::config
