#include "common/config/schema.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "common/config/upgrade.h"

namespace convoy::config {

namespace {

using enum FieldInfo::Status;

struct Row {
  std::string_view message;  // of a MESSAGE row
  std::string_view name, type;
  FieldInfo::Status status = Current;
};

constexpr Row kRows[] = {
#define MESSAGE(message) {message, "", "", Current},
#define FIELD(name, type, status) {"", name, type, status},
#include "common/config/envoy_fields.def"
#undef MESSAGE
#undef FIELD
};

constexpr std::pair<std::string_view, std::string_view> kConfigs[] = {
    {"envoy.filters.network.http_connection_manager",
     "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"},
    {"envoy.filters.network.tcp_proxy", "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"},
    {"envoy.filters.http.buffer", "envoy.extensions.filters.http.buffer.v3.Buffer"},
    {"", "envoy.extensions.filters.http.buffer.v3.BufferPerRoute"},
    {"envoy.filters.http.csrf", "envoy.extensions.filters.http.csrf.v3.CsrfPolicy"},
    {"envoy.filters.http.fault", "envoy.extensions.filters.http.fault.v3.HTTPFault"},
    {"envoy.filters.http.header_mutation",
     "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation"},
    {"", "envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute"},
    {"envoy.filters.http.health_check",
     "envoy.extensions.filters.http.health_check.v3.HealthCheck"},
    {"envoy.filters.http.local_ratelimit",
     "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"},
    {"envoy.filters.http.rbac", "envoy.extensions.filters.http.rbac.v3.RBAC"},
    {"", "envoy.extensions.filters.http.rbac.v3.RBACPerRoute"},
    {"envoy.filters.http.cors", "envoy.extensions.filters.http.cors.v3.Cors"},
    {"envoy.filters.http.grpc_http1_bridge",
     "envoy.extensions.filters.http.grpc_http1_bridge.v3.Config"},
    {"envoy.filters.http.grpc_stats", "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig"},
    {"envoy.filters.http.grpc_web", "envoy.extensions.filters.http.grpc_web.v3.GrpcWeb"},
    {"envoy.filters.http.router", "envoy.extensions.filters.http.router.v3.Router"},
    {"envoy.filters.listener.tls_inspector",
     "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"},
    {"envoy.filters.listener.http_inspector",
     "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector"},
    {"envoy.filters.listener.proxy_protocol",
     "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol"},
    {"envoy.filters.network.connection_limit",
     "envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit"},
    {"envoy.filters.network.local_ratelimit",
     "envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit"},
    {"envoy.filters.network.rbac", "envoy.extensions.filters.network.rbac.v3.RBAC"},
    {"envoy.filters.network.echo", "envoy.extensions.filters.network.echo.v3.Echo"},
    {"envoy.filters.network.sni_cluster",
     "envoy.extensions.filters.network.sni_cluster.v3.SniCluster"},
    {"", "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport"},
    // Found by their types: the name alone does not say which.
    {"", "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"},
    {"", "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"},
    {"envoy.access_loggers.file", "envoy.extensions.access_loggers.file.v3.FileAccessLog"},
    {"envoy.access_loggers.stdout", "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"},
    {"envoy.access_loggers.stderr", "envoy.extensions.access_loggers.stream.v3.StderrAccessLog"},
};

FieldInfo fieldOf(const Row& row) {
  FieldInfo field{row.name, row.type, false, false, row.status};
  if (field.type.starts_with("repeated ")) {
    field.repeated = true;
    field.type.remove_prefix(9);
  } else if (field.type.starts_with("map ")) {
    field.map = true;
    field.type.remove_prefix(4);
  }
  return field;
}

struct Schema {
  std::unordered_map<std::string_view, MessageInfo> messages;
  std::unordered_map<std::string_view, std::set<std::string_view>> owners;

  Schema() {
    MessageInfo* message = nullptr;
    for (const Row& row : kRows) {
      if (!row.message.empty()) {
        message = &messages[row.message];
        message->name = row.message;
      } else {
        message->fields.push_back(fieldOf(row));
        if (row.status != Removed) owners[row.name].insert(typeSuffix(message->name));
      }
    }
    for (auto& [name, info] : messages) {
      std::sort(info.fields.begin(), info.fields.end(),
                [](const FieldInfo& a, const FieldInfo& b) { return a.name < b.name; });
    }
  }
};

const Schema& schema() {
  static const Schema instance;
  return instance;
}

}  // namespace

int MessageInfo::indexOf(std::string_view field) const {
  const auto at =
      std::lower_bound(fields.begin(), fields.end(), field,
                       [](const FieldInfo& f, std::string_view wanted) { return f.name < wanted; });
  return at != fields.end() && at->name == field ? static_cast<int>(at - fields.begin()) : -1;
}

const MessageInfo* findMessage(std::string_view full_name) {
  const auto found = schema().messages.find(full_name);
  return found == schema().messages.end() ? nullptr : &found->second;
}

const MessageInfo* findExtension(std::string_view type_url) {
  const size_t slash = type_url.rfind('/');
  const std::string_view full =
      slash == std::string_view::npos ? type_url : type_url.substr(slash + 1);
  if (const MessageInfo* exact = findMessage(full)) return exact;
  for (const auto& [name, message] : kConfigs) {
    if (meansMessage(full, message)) return findMessage(message);
  }
  return nullptr;
}

const MessageInfo* findConfigOf(std::string_view extension_name) {
  for (const auto& [name, message] : kConfigs) {
    if (!name.empty() && name == extension_name) return findMessage(message);
  }
  return nullptr;
}

std::string ownerOf(std::string_view field) {
  const auto found = schema().owners.find(field);
  if (found == schema().owners.end() || found->second.size() > 2) return "";
  std::string out;
  for (const std::string_view owner : found->second) {
    out += (out.empty() ? "" : " or ") + std::string(owner);
  }
  return out;
}

std::string_view fieldName(std::string_view text) {
  const auto found = schema().owners.find(text);
  return found == schema().owners.end() ? std::string_view() : found->first;
}

}  // namespace convoy::config
