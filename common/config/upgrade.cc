#include "common/config/upgrade.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace convoy::config {

namespace {

struct Legacy {
  std::string_view old_name;
  std::string_view name;
};

// Envoy's own table of deprecated extension names (LEGACY_REGISTER_FACTORY).
constexpr Legacy kNames[] = {
    {"envoy.http_connection_manager", "envoy.filters.network.http_connection_manager"},
    {"envoy.tcp_proxy", "envoy.filters.network.tcp_proxy"},
    {"envoy.redis_proxy", "envoy.filters.network.redis_proxy"},
    {"envoy.mongo_proxy", "envoy.filters.network.mongo_proxy"},
    {"envoy.echo", "envoy.filters.network.echo"},
    {"envoy.client_ssl_auth", "envoy.filters.network.client_ssl_auth"},
    {"envoy.router", "envoy.filters.http.router"},
    {"envoy.cors", "envoy.filters.http.cors"},
    {"envoy.csrf", "envoy.filters.http.csrf"},
    {"envoy.ext_authz", "envoy.filters.http.ext_authz"},
    {"envoy.grpc_web", "envoy.filters.http.grpc_web"},
    {"envoy.grpc_http1_bridge", "envoy.filters.http.grpc_http1_bridge"},
    {"envoy.grpc_json_transcoder", "envoy.filters.http.grpc_json_transcoder"},
    {"envoy.lua", "envoy.filters.http.lua"},
    {"envoy.fault", "envoy.filters.http.fault"},
    {"envoy.http_dynamo_filter", "envoy.filters.http.dynamo"},
    {"envoy.buffer", "envoy.filters.http.buffer"},
    {"envoy.health_check", "envoy.filters.http.health_check"},
    {"envoy.rate_limit", "envoy.filters.http.ratelimit"},
    {"envoy.ip_tagging", "envoy.filters.http.ip_tagging"},
    {"envoy.gzip", "envoy.filters.http.compressor"},
    {"envoy.file_access_log", "envoy.access_loggers.file"},
    {"envoy.http_grpc_access_log", "envoy.access_loggers.http_grpc"},
    {"envoy.tcp_grpc_access_log", "envoy.access_loggers.tcp_grpc"},
    {"envoy.listener.tls_inspector", "envoy.filters.listener.tls_inspector"},
    {"envoy.listener.proxy_protocol", "envoy.filters.listener.proxy_protocol"},
    {"envoy.listener.original_dst", "envoy.filters.listener.original_dst"},
    {"envoy.listener.http_inspector", "envoy.filters.listener.http_inspector"},
    {"tls", "envoy.transport_sockets.tls"},
    {"raw_buffer", "envoy.transport_sockets.raw_buffer"},
};

class Upgrader {
 public:
  explicit Upgrader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void bootstrap(TreeNode& root) {
    TreeNode* resources = member(root, "static_resources", "staticResources");
    if (resources == nullptr) return;
    if (TreeNode* listeners = resources->find("listeners")) {
      each(*listeners, "static_resources.listeners",
           [this](TreeNode& n, const std::string& path) { listener(n, path); });
    }
    if (TreeNode* clusters = resources->find("clusters")) {
      each(*clusters, "static_resources.clusters",
           [this](TreeNode& n, const std::string& path) { cluster(n, path); });
    }
  }

 private:
  using Visit = std::function<void(TreeNode&, const std::string&)>;

  static TreeNode* member(TreeNode& node, std::string_view snake, std::string_view camel) {
    TreeNode* found = node.find(snake);
    return found != nullptr ? found : node.find(camel);
  }
  static void each(TreeNode& list, const std::string& path, const Visit& visit) {
    if (!list.isList()) {
      visit(list, path + "[0]");
      return;
    }
    for (size_t i = 0; i < list.list.size(); ++i) {
      visit(list.list[i], path + "[" + std::to_string(i) + "]");
    }
  }
  void eachOf(TreeNode& node, std::string_view snake, std::string_view camel,
              const std::string& path, const Visit& visit) {
    if (TreeNode* found = member(node, snake, camel)) {
      each(*found, path + "." + std::string(snake), visit);
    }
  }
  void warn(const TreeNode& at, const std::string& path, std::string message) {
    diagnostics_.warning(at.key_origin, path, code::kOldForm, std::move(message));
  }
  void rename(TreeNode& node, std::string_view from, std::string_view to, const std::string& path) {
    if (node.find(from) == nullptr || clash(node, from, to, path)) return;
    for (auto& [key, value] : node.members) {
      if (key != from) continue;
      warn(value, path + "." + key,
           "\"" + key + "\" is the v2 name; v3 says \"" + std::string(to) + "\"");
      key = to;
    }
  }
  // Both the old and the new name of one thing are there: said, and the old one dropped.
  bool clash(TreeNode& node, std::string_view from, std::string_view to, const std::string& path) {
    if (node.find(to) == nullptr) return false;
    const TreeNode* old = node.find(from);
    diagnostics_.error(old->key_origin, path + "." + std::string(from), code::kConflict,
                       "\"" + std::string(from) + "\" is the v2 form of \"" + std::string(to) +
                           "\"; only one of them may stand here");
    node.remove(from);
    return true;
  }
  static TreeNode wrap(std::string_view key, TreeNode value) {
    TreeNode out = TreeNode::map(value.origin);
    out.key_origin = value.key_origin;
    out.add(key, std::move(value));
    return out;
  }

  // An extension: {name, config} -> {name, typed_config}, its name made canonical.
  void extension(TreeNode& node, const std::string& path) {
    if (TreeNode* name = node.find("name"); name != nullptr) {
      const std::string_view canonical = canonicalName(name->scalar);
      if (canonical != name->scalar) {
        warn(*name, path + ".name",
             "\"" + name->scalar + "\" is the v2 name; v3 says \"" + std::string(canonical) + "\"");
        name->scalar = canonical;
      }
    }
    if (node.find("typed_config") == nullptr && node.find("typedConfig") == nullptr) {
      rename(node, "config", "typed_config", path);
    }
  }

  // tls_context -> transport_socket.
  void transportSocket(TreeNode& node, const std::string& side, const std::string& path) {
    TreeNode* old = member(node, "tls_context", "tlsContext");
    if (old != nullptr && old->isMap() && !clash(node, "tls_context", "transport_socket", path)) {
      warn(*old, path + ".tls_context",
           "\"tls_context\" is the v2 form; v3 says \"transport_socket\"");
      TreeNode context = std::move(*old);
      node.remove("tls_context");
      node.remove("tlsContext");
      const std::string type =
          "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3." + side + "TlsContext";
      context.addFirst("@type", TreeNode::string(type, context.origin));
      TreeNode socket = wrap("typed_config", std::move(context));
      socket.addFirst("name", TreeNode::string("envoy.transport_sockets.tls", socket.origin));
      node.add("transport_socket", std::move(socket));
    }
    TreeNode* socket = member(node, "transport_socket", "transportSocket");
    if (socket != nullptr && socket->isMap()) extension(*socket, path + ".transport_socket");
  }

  void listener(TreeNode& node, const std::string& path) {
    eachOf(node, "filter_chains", "filterChains", path,
           [this](TreeNode& chain, const std::string& at) {
             transportSocket(chain, "Downstream", at);
             eachOf(chain, "filters", "filters", at,
                    [this](TreeNode& filter, const std::string& p) { networkFilter(filter, p); });
           });
    eachOf(node, "listener_filters", "listenerFilters", path,
           [this](TreeNode& filter, const std::string& p) { extension(filter, p); });
    accessLogs(node, path);
  }

  void accessLogs(TreeNode& node, const std::string& path) {
    eachOf(node, "access_log", "accessLog", path,
           [this](TreeNode& log, const std::string& p) { extension(log, p); });
  }

  void networkFilter(TreeNode& node, const std::string& path) {
    extension(node, path);
    TreeNode* config = member(node, "typed_config", "typedConfig");
    if (config == nullptr || !config->isMap()) return;
    const std::string at = path + ".typed_config";
    eachOf(*config, "http_filters", "httpFilters", at,
           [this](TreeNode& filter, const std::string& p) { extension(filter, p); });
    accessLogs(*config, at);
    if (TreeNode* idle = member(*config, "idle_timeout", "idleTimeout");
        idle != nullptr && config->find("http_filters") != nullptr) {
      warn(*idle, at + ".idle_timeout",
           "\"idle_timeout\" moved to common_http_protocol_options.idle_timeout in v3");
      TreeNode value = *idle;
      config->remove("idle_timeout");
      config->remove("idleTimeout");
      if (TreeNode* options = config->find("common_http_protocol_options")) {
        options->remove("idle_timeout");
        options->add("idle_timeout", std::move(value));
      } else {
        config->add("common_http_protocol_options", wrap("idle_timeout", std::move(value)));
      }
    }
    if (TreeNode* routes = member(*config, "route_config", "routeConfig")) {
      eachOf(*routes, "virtual_hosts", "virtualHosts", at + ".route_config",
             [this](TreeNode& host, const std::string& p) {
               cors(host, p);
               eachOf(host, "virtual_clusters", "virtualClusters", p,
                      [this](TreeNode& c, const std::string& cp) { virtualCluster(c, cp); });
               eachOf(host, "routes", "routes", p,
                      [this](TreeNode& r, const std::string& rp) { route(r, rp); });
             });
    }
  }

  // pattern and method -> headers.
  void virtualCluster(TreeNode& node, const std::string& path) {
    const auto become = [&](std::string_view old_name, const char* field, const char* matcher,
                            const std::function<TreeNode(TreeNode)>& value) {
      TreeNode* old = node.find(old_name);
      if (old == nullptr) return;
      warn(*old, path + "." + std::string(old_name),
           "\"" + std::string(old_name) + "\" is the v2 form; v3 says \"headers\"");
      TreeNode header = TreeNode::map(old->origin);
      header.add("name", TreeNode::string(field, old->origin));
      header.add(matcher, value(*old));
      node.remove(std::string(old_name));
      if (node.find("headers") == nullptr) node.add("headers", TreeNode::array(header.origin));
      TreeNode& headers = *node.find("headers");
      if (headers.isList()) headers.list.push_back(std::move(header));
    };
    become("pattern", ":path", "string_match",
           [](TreeNode regex) { return wrap("safe_regex", wrap("regex", std::move(regex))); });
    become("method", ":method", "string_match",
           [](TreeNode method) { return wrap("exact", std::move(method)); });
  }

  void route(TreeNode& node, const std::string& path) {
    if (TreeNode* match = node.find("match"); match != nullptr && match->isMap()) {
      if (TreeNode* regex = match->find("regex");
          regex != nullptr && !clash(*match, "regex", "safe_regex", path + ".match")) {
        warn(*regex, path + ".match.regex", "\"regex\" is the v2 form; v3 says \"safe_regex\"");
        TreeNode value = *regex;
        match->remove("regex");
        match->add("safe_regex", wrap("regex", std::move(value)));
      }
      eachOf(*match, "headers", "headers", path + ".match",
             [this](TreeNode& header, const std::string& p) { regexMatch(header, p); });
    }
    if (TreeNode* action = node.find("route"); action != nullptr && action->isMap()) {
      rename(*action, "host_rewrite", "host_rewrite_literal", path + ".route");
      rename(*action, "hostRewrite", "host_rewrite_literal", path + ".route");
      rename(*action, "auto_host_rewrite_header", "host_rewrite_header", path + ".route");
      cors(*action, path + ".route");
      mirror(*action, path + ".route");
    }
  }

  // request_mirror_policy -> a list of one; its runtime_key was an optional share of the requests.
  void mirror(TreeNode& action, const std::string& path) {
    TreeNode* old = member(action, "request_mirror_policy", "requestMirrorPolicy");
    if (old == nullptr || !old->isMap() ||
        clash(action, "request_mirror_policy", "request_mirror_policies", path)) {
      return;
    }
    warn(*old, path + ".request_mirror_policy",
         "\"request_mirror_policy\" is the v2 form; v3 says \"request_mirror_policies\"");
    TreeNode policies = TreeNode::array(old->origin);
    policies.list.push_back(*old);
    // Without a value in the runtime, none was mirrored.
    TreeNode& policy = policies.list.back();
    if (const TreeNode* key = member(policy, "runtime_key", "runtimeKey")) {
      TreeNode share = TreeNode::string("0", key->origin);
      share.kind = TreeNode::Kind::Number;
      TreeNode fraction = wrap("default_value", wrap("numerator", std::move(share)));
      fraction.add("runtime_key", *key);
      policy.remove("runtime_key");
      policy.remove("runtimeKey");
      policy.add("runtime_fraction", std::move(fraction));
    }
    action.remove("request_mirror_policy");
    action.remove("requestMirrorPolicy");
    action.add("request_mirror_policies", std::move(policies));
  }

  // allow_origin and allow_origin_regex -> allow_origin_string_match, enabled -> filter_enabled.
  void cors(TreeNode& owner, const std::string& owner_path) {
    TreeNode* policy = owner.find("cors");
    if (policy == nullptr || !policy->isMap()) return;
    const std::string path = owner_path + ".cors";
    origins(*policy, "allow_origin", "allowOrigin", path,
            [](TreeNode origin) { return wrap("exact", std::move(origin)); });
    origins(*policy, "allow_origin_regex", "allowOriginRegex", path,
            [](TreeNode origin) { return wrap("safe_regex", wrap("regex", std::move(origin))); });
    TreeNode* enabled = policy->find("enabled");
    if (enabled == nullptr || clash(*policy, "enabled", "filter_enabled", path)) return;
    warn(*enabled, path + ".enabled", "\"enabled\" is the v2 form; v3 says \"filter_enabled\"");
    const TreeNode* wrapped = enabled->find("value");
    const base::CompactText& value = wrapped != nullptr ? wrapped->scalar : enabled->scalar;
    TreeNode share = TreeNode::string(value == "false" ? "0" : "100", enabled->origin);
    share.kind = TreeNode::Kind::Number;
    policy->remove("enabled");
    policy->add("filter_enabled", wrap("default_value", wrap("numerator", std::move(share))));
  }

  void origins(TreeNode& policy, std::string_view snake, std::string_view camel,
               const std::string& path, const std::function<TreeNode(TreeNode)>& matcher) {
    TreeNode* found = member(policy, snake, camel);
    if (found == nullptr) return;
    const std::string at = path + "." + std::string(snake);
    warn(*found, at,
         "\"" + std::string(snake) + "\" is the v2 form; v3 says \"allow_origin_string_match\"");
    const TreeNode old = *found;
    policy.remove(std::string(snake));
    policy.remove(std::string(camel));
    if (member(policy, "allow_origin_string_match", "allowOriginStringMatch") == nullptr) {
      policy.add("allow_origin_string_match", TreeNode::array(old.origin));
    }
    TreeNode* matchers = member(policy, "allow_origin_string_match", "allowOriginStringMatch");
    if (!matchers->isList()) {
      TreeNode alone = std::exchange(*matchers, TreeNode::array(old.origin));
      matchers->list.push_back(std::move(alone));
    }
    const auto add = [&](const TreeNode& origin) { matchers->list.push_back(matcher(origin)); };
    if (!old.isList()) add(old);
    for (const TreeNode& origin : old.list) add(origin);
  }

  void regexMatch(TreeNode& header, const std::string& path) {
    TreeNode* regex = header.find("regex_match");
    if (regex == nullptr || clash(header, "regex_match", "safe_regex_match", path)) return;
    warn(*regex, path + ".regex_match",
         "\"regex_match\" is the v2 form; v3 says \"safe_regex_match\"");
    TreeNode value = *regex;
    header.remove("regex_match");
    header.add("safe_regex_match", wrap("regex", std::move(value)));
  }

  void cluster(TreeNode& node, const std::string& path) {
    transportSocket(node, "Upstream", path);
    TreeNode* hosts = node.find("hosts");
    if (hosts == nullptr || clash(node, "hosts", "load_assignment", path)) return;
    warn(*hosts, path + ".hosts", "\"hosts\" is the v2 form; v3 says \"load_assignment\"");
    TreeNode endpoints = TreeNode::array(hosts->origin);
    each(*hosts, path, [&](TreeNode& address, const std::string&) {
      endpoints.list.push_back(wrap("endpoint", wrap("address", address)));
    });
    TreeNode localities = TreeNode::array(hosts->origin);
    localities.list.push_back(wrap("lb_endpoints", std::move(endpoints)));
    TreeNode assignment = TreeNode::map(hosts->origin);
    assignment.key_origin = hosts->key_origin;
    const TreeNode* name = node.find("name");
    assignment.add("cluster_name",
                   TreeNode::string(name == nullptr ? "" : name->scalar, hosts->origin));
    assignment.add("endpoints", std::move(localities));
    node.remove("hosts");
    node.add("load_assignment", std::move(assignment));
  }

  Diagnostics& diagnostics_;
};

}  // namespace

std::string_view canonicalName(std::string_view name) {
  for (const Legacy& legacy : kNames) {
    if (legacy.old_name == name) return legacy.name;
  }
  return name;
}

std::string_view typeSuffix(std::string_view type_url) {
  const size_t at = type_url.find_last_of("./");
  return at == std::string_view::npos ? type_url : type_url.substr(at + 1);
}

// Where many messages have the same last part, the package has to be the same, too, but for its
// version.
bool meansMessage(std::string_view type_url, std::string_view full_name) {
  const std::string_view suffix = typeSuffix(type_url);
  if (suffix != typeSuffix(full_name)) return false;
  if (suffix != "Config" && suffix != "FilterConfig") return true;
  const auto package = [](std::string_view name) {
    for (int i = 0; i < 2; ++i) name = name.substr(0, std::min(name.size(), name.rfind('.')));
    return typeSuffix(name);
  };
  return package(type_url) == package(full_name);
}

void upgradeToV3(TreeNode& root, Diagnostics& diagnostics) {
  if (root.isMap()) Upgrader(diagnostics).bootstrap(root);
}

}  // namespace convoy::config
