#include "common/config/modernize.h"

#include <utility>

#include "common/config/diagnostics.h"
#include "common/config/normalize.h"
#include "common/config/read_tree.h"
#include "common/config/schema.h"
#include "common/config/tree.h"
#include "common/config/upgrade.h"
#include "common/config/yaml_writer.h"

namespace convoy::config {

namespace {

constexpr std::string_view kTypeUrlPrefix = "type.googleapis.com/";

TreeNode typed(std::string_view message, Origin origin) {
  TreeNode out = TreeNode::map(origin);
  out.add("@type", TreeNode::string(std::string(kTypeUrlPrefix) + std::string(message), origin));
  return out;
}

// load() takes them in any case; proto3 JSON has one spelling.
void spellEnum(TreeNode& value) {
  if (value.kind != TreeNode::Kind::String) return;
  std::string name = value.scalar;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') return;
  }
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  if (name.starts_with("TLSV")) name[3] = 'v';
  value.scalar = name;
}

struct Old {
  std::string_view name, today, message;
};
// Tracers and sinks are not in the schema: nothing here reads them.
constexpr Old kOutside[] = {
    {"envoy.zipkin", "envoy.tracers.zipkin", "envoy.config.trace.v3.ZipkinConfig"},
    {"envoy.lightstep", "envoy.tracers.lightstep", "envoy.config.trace.v3.LightstepConfig"},
    {"envoy.dynamic.ot", "envoy.tracers.dynamic_ot", "envoy.config.trace.v3.DynamicOtConfig"},
    {"envoy.tracers.datadog", "envoy.tracers.datadog", "envoy.config.trace.v3.DatadogConfig"},
    {"envoy.statsd", "envoy.stat_sinks.statsd", "envoy.config.metrics.v3.StatsdSink"},
    {"envoy.stat_sinks.statsd", "envoy.stat_sinks.statsd", "envoy.config.metrics.v3.StatsdSink"},
    {"envoy.dog_statsd", "envoy.stat_sinks.dog_statsd", "envoy.config.metrics.v3.DogStatsdSink"},
    {"envoy.metrics_service", "envoy.stat_sinks.metrics_service",
     "envoy.config.metrics.v3.MetricsServiceConfig"},
};

// Version 1 of Zipkin's API, once the default, is gone from Envoy and from Zipkin.
void zipkin(TreeNode& config) {
  TreeNode* version = config.find("collector_endpoint_version");
  if (version == nullptr) {
    config.add("collector_endpoint_version", TreeNode::string("HTTP_JSON", config.origin));
  } else if (version->scalar == "HTTP_JSON_V1") {
    version->scalar = "HTTP_JSON";
  } else {
    return;
  }
  TreeNode* endpoint = config.find("collector_endpoint");
  if (endpoint != nullptr && endpoint->scalar == "/api/v1/spans")
    endpoint->scalar = "/api/v2/spans";
}

// {name: envoy.zipkin, config: {...}} -> {name, typed_config: {"@type": ..., ...}}.
void outside(TreeNode* node) {
  TreeNode* name = node == nullptr ? nullptr : node->find("name");
  if (name == nullptr) return;
  const Old* known = nullptr;
  for (const Old& old : kOutside) {
    if (old.name == name->scalar || old.today == name->scalar) known = &old;
  }
  if (known != nullptr) name->scalar = known->today;
  for (auto& [key, value] : node->members) {
    if (key == "config" && known != nullptr) key = "typed_config";
    if (key != "typed_config" || !value.isMap()) continue;
    TreeNode* type = value.find("@type");
    std::string url = type == nullptr ? "" : type->scalar.str();
    const size_t version = url.find(".v2.");
    if (version != std::string::npos) type->scalar = url.replace(version, 4, ".v3.");
    if (type == nullptr && known != nullptr) {
      const TreeNode made = typed(known->message, value.origin);
      value.addFirst(made.members[0].first, made.members[0].second);
    }
    if (name->scalar == "envoy.tracers.zipkin") zipkin(value);
  }
}

// The direction of a trace is the listener's traffic_direction in v3.
void tracing(TreeNode* node) {
  if (node == nullptr || !node->isMap()) return;
  node->remove("operation_name");
  outside(node->find("provider"));
}

void walk(TreeNode& node, const MessageInfo& info);

void walkElement(TreeNode& value, const FieldInfo& field) {
  if (field.type == "enum") return spellEnum(value);
  if (field.type == "any") {
    const TreeNode* type = value.find("@type");
    const MessageInfo* held = type == nullptr ? nullptr : findExtension(type->scalar);
    if (held != nullptr) walk(value, *held);
  } else if (const MessageInfo* sub = findMessage(field.type)) {
    walk(value, *sub);
  }
}

// {name: envoy.router} -> {name, typed_config: {"@type": ...Router}}: of an extension whose
// configuration may be empty.
void typeExtension(TreeNode& node, const MessageInfo& info) {
  const TreeNode* name = node.find("name");
  if (name == nullptr || info.indexOf("typed_config") < 0 || node.find("typed_config") != nullptr ||
      node.find("config_discovery") != nullptr) {
    return;
  }
  if (const MessageInfo* config = findConfigOf(name->scalar)) {
    node.add("typed_config", typed(config->name, node.origin));
  }
}

void walk(TreeNode& node, const MessageInfo& info) {
  if (!node.isMap()) return;
  typeExtension(node, info);
  if (info.name.ends_with(".HttpConnectionManager")) tracing(node.find("tracing"));
  for (auto& [key, value] : node.members) {
    const int index = info.indexOf(key);
    if (index < 0) continue;
    const FieldInfo& field = info.fields[static_cast<size_t>(index)];
    if (value.isList()) {
      for (TreeNode& item : value.list) walkElement(item, field);
    } else if (field.map && value.isMap()) {
      for (auto& [name, item] : value.members) walkElement(item, field);
    } else {
      walkElement(value, field);
    }
  }
}

// admin.access_log_path is the last of the paths that stood outside a log's own extension.
void typeAdminLog(TreeNode& root) {
  TreeNode* admin = root.find("admin");
  TreeNode* path = admin == nullptr ? nullptr : admin->find("access_log_path");
  if (path == nullptr || admin->find("access_log") != nullptr) return;
  TreeNode config = typed("envoy.extensions.access_loggers.file.v3.FileAccessLog", path->origin);
  config.add("path", *path);
  TreeNode log = TreeNode::map(path->origin);
  log.add("name", TreeNode::string("envoy.access_loggers.file", path->origin));
  log.add("typed_config", std::move(config));
  TreeNode logs = TreeNode::array(path->origin);
  const bool none = path->scalar.empty();
  logs.list.push_back(std::move(log));
  admin->remove("access_log_path");
  if (!none) admin->add("access_log", std::move(logs));
}

}  // namespace

// REQUIRES: sources is not empty.
Modernized modernize(const std::vector<Source>& sources) {
  Modernized out;
  Diagnostics d(sources, LoadOptions{});
  TreeNode root = TreeNode::map({});
  const bool ok = readTree(sources, root, d) && !d.failed();
  d.addPaths(root);
  out.diagnostics = d.take();
  if (!ok) return out;
  // Once more: what the old forms hid is where the schema sees it now.
  Diagnostics said(sources, LoadOptions{});
  normalizeTree(root, said);
  typeAdminLog(root);
  if (TreeNode* all = root.find("tracing")) outside(all->find("http"));
  if (TreeNode* sinks = root.find("stats_sinks")) {
    for (TreeNode& sink : sinks->list) outside(&sink);
  }
  if (const MessageInfo* bootstrap = findMessage("envoy.config.bootstrap.v3.Bootstrap")) {
    walk(root, *bootstrap);
  }
  out.yaml = writeYaml(root);
  return out;
}

}  // namespace convoy::config
