// Which extensions Envoy has, by name: to say "not yet" of those and "did you mean" of others.
#include <algorithm>

#include "common/config/parse.h"
#include "common/config/schema.h"
#include "common/config/upgrade.h"

namespace convoy::config {

namespace {

// The folders of Envoy's source/extensions/filters; the names are the prefix and one of these.
constexpr std::string_view kHttpFilters[] = {"adaptive_concurrency",
                                             "admission_control",
                                             "alternate_protocols_cache",
                                             "api_key_auth",
                                             "aws_lambda",
                                             "aws_request_signing",
                                             "bandwidth_limit",
                                             "basic_auth",
                                             "buffer",
                                             "cache",
                                             "cdn_loop",
                                             "composite",
                                             "compressor",
                                             "connect_grpc_bridge",
                                             "cors",
                                             "credential_injector",
                                             "csrf",
                                             "custom_response",
                                             "decompressor",
                                             "dynamic_forward_proxy",
                                             "dynamo",
                                             "ext_authz",
                                             "ext_proc",
                                             "fault",
                                             "file_system_buffer",
                                             "gcp_authn",
                                             "geoip",
                                             "golang",
                                             "grpc_field_extraction",
                                             "grpc_http1_bridge",
                                             "grpc_http1_reverse_bridge",
                                             "grpc_json_reverse_transcoder",
                                             "grpc_json_transcoder",
                                             "grpc_stats",
                                             "grpc_web",
                                             "header_mutation",
                                             "header_to_metadata",
                                             "health_check",
                                             "ip_tagging",
                                             "json_to_metadata",
                                             "jwt_authn",
                                             "kill_request",
                                             "local_ratelimit",
                                             "lua",
                                             "oauth2",
                                             "on_demand",
                                             "original_src",
                                             "proto_message_extraction",
                                             "rate_limit_quota",
                                             "ratelimit",
                                             "rbac",
                                             "router",
                                             "set_filter_state",
                                             "set_metadata",
                                             "stateful_session",
                                             "tap",
                                             "thrift_to_metadata",
                                             "upstream_codec",
                                             "wasm"};
constexpr std::string_view kNetworkFilters[] = {"client_ssl_auth",
                                                "connection_limit",
                                                "direct_response",
                                                "dubbo_proxy",
                                                "echo",
                                                "ext_authz",
                                                "ext_proc",
                                                "generic_proxy",
                                                "golang",
                                                "http_connection_manager",
                                                "kafka_broker",
                                                "kafka_mesh",
                                                "local_ratelimit",
                                                "mongo_proxy",
                                                "mysql_proxy",
                                                "postgres_proxy",
                                                "ratelimit",
                                                "rbac",
                                                "redis_proxy",
                                                "rocketmq_proxy",
                                                "set_filter_state",
                                                "sip_proxy",
                                                "sni_cluster",
                                                "sni_dynamic_forward_proxy",
                                                "tcp_proxy",
                                                "thrift_proxy",
                                                "wasm",
                                                "zookeeper_proxy"};
constexpr std::string_view kListenerFilters[] = {"http_inspector", "local_ratelimit",
                                                 "original_dst",   "original_src",
                                                 "proxy_protocol", "tls_inspector"};

constexpr std::string_view kTransportSockets[] = {
    "alts",     "http_11_proxy", "internal_upstream", "quic", "raw_buffer",
    "starttls", "tap",           "tcp_stats",         "tls",  "upstream_proxy_protocol"};

std::vector<std::string> knownNames(std::string_view prefix) {
  std::vector<std::string> out;
  const auto addAll = [&](const auto& names) {
    for (const std::string_view name : names)
      out.push_back(std::string(prefix) + std::string(name));
  };
  if (prefix == "envoy.filters.http.") addAll(kHttpFilters);
  if (prefix == "envoy.filters.network.") addAll(kNetworkFilters);
  if (prefix == "envoy.filters.listener.") addAll(kListenerFilters);
  if (prefix == "envoy.transport_sockets.") addAll(kTransportSockets);
  return out;
}

// What the type of the extension's configuration is called, if `type` is that but for a slip of the
// hand; or "".
std::string misspeltType(std::string_view name, const std::string& type) {
  const MessageInfo* ours = type.empty() ? nullptr : findConfigOf(name);
  return ours == nullptr ? "" : nearest(type, {std::string(typeSuffix(ours->name))});
}

}  // namespace

void reportExtension(std::string_view kind, std::string_view prefix, Reader& r, Diagnostics& d) {
  const std::string name(canonicalName(r.text("name")));
  const TreeNode* config = r.node("typed_config");
  const std::string type = typeOf(config);
  const TreeNode* at = r.node("name");
  const Origin origin = at == nullptr ? r.origin() : Origin(at->origin);
  const std::vector<std::string> known = knownNames(prefix);
  const bool envoys = std::find(known.begin(), known.end(), name) != known.end();
  if (!envoys && type.empty()) {
    const std::string near = nearest(name, known);
    d.error(origin, r.path(), code::kUnknownType,
            "there is no " + std::string(kind) + " \"" + name + "\"",
            near.empty() ? "" : "did you mean \"" + near + "\"?");
    return;
  }
  if (const std::string meant = misspeltType(name, type); !meant.empty()) {
    d.error(config->find("@type")->origin, r.pathOf("typed_config") + ".@type", code::kUnknownType,
            "there is no type \"" + type + "\"", "did you mean \"" + meant + "\"?");
    return;
  }
  d.unsupported(origin, r.path(),
                "Envoy has the " + std::string(kind) + " \"" + name + "\"" +
                    (type.empty() ? "" : " (" + type + ")") + ", Convoy does not yet",
                "traffic passes without it");
}

}  // namespace convoy::config
