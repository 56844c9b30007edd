#include "common/config/parse.h"

namespace convoy::config {

namespace {

Admin parseAdmin(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Admin out;
  Reader r(node, path, "envoy.config.bootstrap.v3.Admin", d);
  r.message("address", [&](const TreeNode& n, const std::string& p) {
    out.address = parseAddress(n, p, AddressUse::Listen, d);
  });
  const std::string log_path = r.text("access_log_path");
  if (!log_path.empty()) {
    AccessLog log;
    log.path = log_path;
    log.text = parseFormat(kDefaultAccessLogFormat).value();
    log.origin = r.node("access_log_path")->origin;
    if (log_path == "/dev/stdout") log.target = AccessLog::Target::Stdout;
    if (log_path == "/dev/stderr") log.target = AccessLog::Target::Stderr;
    out.access_log.push_back(std::move(log));
  }
  r.list("access_log", [&](const TreeNode& n, const std::string& p) {
    AccessLog log = parseAccessLog(n, p, d);
    if (log.target != AccessLog::Target::File || !log.path.empty()) out.access_log.push_back(log);
  });
  r.ignore("profile_path");
  r.ignore("ignore_global_conn_limit");
  r.unsupported("socket_options", "the socket has the usual options");
  r.list("allow_paths", [&](const TreeNode& n, const std::string& p) {
    out.allow_paths.push_back(parseStringMatcher(n, p, d));
  });
  return out;
}

void parseStatic(const TreeNode& node, const std::string& path, Bootstrap& out, Diagnostics& d) {
  Reader r(node, path, "envoy.config.bootstrap.v3.Bootstrap.StaticResources", d);
  r.list("listeners", [&](const TreeNode& n, const std::string& p) {
    out.listeners.push_back(parseListener(n, p, d));
  });
  if (const TreeNode* clusters = r.node("clusters")) out.clusters.reserve(clusters->list.size());
  r.list("clusters", [&](const TreeNode& n, const std::string& p) {
    out.clusters.push_back(parseCluster(n, p, d));
  });
  r.list("secrets", [&](const TreeNode& n, const std::string& p) { checkSecret(n, p, d); });
}

void checkClusterManager(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Reader r(node, path, "envoy.config.bootstrap.v3.ClusterManager", d);
  r.ignore("local_cluster_name");  // for zone aware balancing, which is refused where it is wanted
  r.noEffect("outlier_detection", "ejections go to the application log");
  r.ignore("enable_deferred_cluster_creation");
  r.unsupported("upstream_bind_config", "connections leave from any address");
  r.unsupported("load_stats_config", "no load is reported");
}

}  // namespace

int Bootstrap::findCluster(const std::string& name) const {
  for (size_t i = 0; i < clusters.size(); ++i) {
    if (clusters[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

Bootstrap parseBootstrap(const TreeNode& node, Diagnostics& d) {
  Bootstrap out;
  if (node.isMap() && node.find("cluster_manager") != nullptr &&
      node.find("listeners") != nullptr) {
    d.error(node.find("cluster_manager")->key_origin, "", code::kWrongValue,
            "this is a configuration of Envoy's v1 API (cluster_manager and listeners at the top)",
            "v1 is not read; write listeners and clusters under static_resources");
    return out;
  }
  Reader r(node, "", "envoy.config.bootstrap.v3.Bootstrap", d);
  r.message("node",
            [&](const TreeNode& n, const std::string& p) { out.node = parseNode(n, p, d); });
  r.message("admin",
            [&](const TreeNode& n, const std::string& p) { out.admin = parseAdmin(n, p, d); });
  r.message("static_resources",
            [&](const TreeNode& n, const std::string& p) { parseStatic(n, p, out, d); });
  for (const std::string_view field :
       {"flags_path", "watchdog", "watchdogs", "stats_flush_interval", "stats_flush_on_admin",
        "node_context_params", "inline_headers", "memory_allocator_manager"}) {
    r.ignore(field);
  }
  r.noEffect("tracing", "requests are not traced");
  r.noEffect("enable_dispatcher_stats", "these statistics are not kept");
  r.unsupported("dynamic_resources", "only what stands in the file is served");
  r.unsupported("hds_config", "no health is reported");
  r.ignore("layered_runtime");  // its values are in their places already (runtime_layers)
  r.unsupported("runtime", "runtime keys have their defaults");
  r.message("overload_manager",
            [&](const TreeNode& n, const std::string& p) { checkOverloadManager(n, p, d); });
  r.noEffect("stats_sinks", "statistics are scraped, not sent");
  r.message("stats_config", [&](const TreeNode& n, const std::string& p) {
    out.stats_config = parseStatsConfig(n, p, d);
  });
  r.message("cluster_manager",
            [&](const TreeNode& n, const std::string& p) { checkClusterManager(n, p, d); });
  for (const std::string_view field :
       {"bootstrap_extensions", "use_tcp_for_dns_lookups", "header_prefix", "fatal_actions",
        "config_sources", "default_config_source", "default_socket_interface",
        "certificate_provider_instances", "dns_resolution_config", "typed_dns_resolver_config",
        "perf_tracing_file_path", "default_regex_engine", "xds_delegate_extension",
        "xds_config_tracker_extension", "listener_manager", "application_log_config",
        "grpc_async_client_manager_config"}) {
    r.unsupported(field, "Envoy's default applies");
  }
  return out;
}

}  // namespace convoy::config
