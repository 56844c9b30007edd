#include "common/config/parse.h"
#include "common/config/upgrade.h"

namespace convoy::config {

namespace {

TcpProxy parseTcpProxy(const TreeNode& node, const std::string& path, Diagnostics& d) {
  TcpProxy out;
  out.origin = node.origin;
  Reader r(node, path, "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", d);
  r.required("stat_prefix");
  out.stat_prefix = r.text("stat_prefix");
  if (r.oneOf({"cluster", "weighted_clusters"}).empty()) {
    r.error("", code::kMissing, "a TCP proxy needs cluster or weighted_clusters");
  }
  out.cluster = r.text("cluster");
  if (const TreeNode* cluster = r.node("cluster")) out.origin = cluster->origin;
  r.message("weighted_clusters", [&](const TreeNode& n, const std::string& p) {
    Reader w(n, p, "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster", d);
    w.list("clusters", [&](const TreeNode& c, const std::string& cp) {
      Reader k(
          c, cp,
          "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight",
          d);
      k.required("name");
      k.required("weight");
      k.unsupported("metadata_match", "all hosts of the cluster are used");
      out.weighted_clusters.push_back(
          {k.text("name"), static_cast<uint32_t>(k.uint("weight", 1)), c.origin});
    });
  });
  if (const auto idle = r.durationMs("idle_timeout")) out.idle_timeout_ms = *idle;
  out.max_connect_attempts = static_cast<uint32_t>(r.uint("max_connect_attempts", 1));
  if (out.max_connect_attempts == 0) {
    r.error("max_connect_attempts", code::kWrongValue, "max_connect_attempts must be at least 1");
  }
  r.list("access_log", [&](const TreeNode& n, const std::string& p) {
    AccessLog log = parseAccessLog(n, p, d);
    if (log.target != AccessLog::Target::File || !log.path.empty()) out.access_log.push_back(log);
  });
  for (const std::string_view field :
       {"metadata_match", "hash_policy", "tunneling_config", "on_demand",
        "max_downstream_connection_duration", "access_log_flush_interval",
        "flush_access_log_on_connected", "access_log_options", "backoff_options",
        "proxy_protocol_tlvs", "upstream_connect_mode", "max_early_data_bytes"}) {
    r.unsupported(field, "Envoy's default applies");
  }
  return out;
}

void parseNetworkFilter(const TreeNode& node, const std::string& path, FilterChain& out,
                        bool& terminal, bool& foreign, Diagnostics& d) {
  Reader r(node, path, "envoy.config.listener.v3.Filter", d);
  const std::string name(canonicalName(r.text("name")));
  r.unsupported("config_discovery", "the filter is left out");
  const TreeNode* config = r.node("typed_config");
  const std::string type = typeOf(config);
  const bool http = type == "HttpConnectionManager" ||
                    (type.empty() && name == "envoy.filters.network.http_connection_manager");
  const bool tcp =
      type == "TcpProxy" || (type.empty() && name == "envoy.filters.network.tcp_proxy");
  if (!http && !tcp) {
    foreign = true;
    reportExtension("network filter", "envoy.filters.network.", r, d);
    return;
  }
  if (terminal) {
    r.ignoreAll();
    d.error(node.origin, path, code::kConflict,
            "a filter chain ends with one http_connection_manager or tcp_proxy, not two");
    return;
  }
  terminal = true;
  static const TreeNode empty = TreeNode::map({});
  const TreeNode& fields = config == nullptr ? empty : *config;
  if (config == nullptr) {
    d.error(node.origin, path, code::kMissing, "\"" + name + "\" needs a typed_config");
    return;
  }
  if (http) {
    out.terminal = parseHttp(fields, r.pathOf("typed_config"), d);
  } else {
    out.terminal = parseTcpProxy(fields, r.pathOf("typed_config"), d);
  }
}

void parseFilterChain(const TreeNode& node, const std::string& path, FilterChain& out,
                      bool& terminal, Diagnostics& d) {
  Reader r(node, path, "envoy.config.listener.v3.FilterChain", d);
  out.name = r.text("name");
  r.unsupported("filter_chain_match", "the chain takes every connection");
  refuseTransportSocket(r, "connections are read as plain text");
  r.unsupported("tls_context", "connections are read as plain text");
  r.unsupported("use_proxy_proto", "no PROXY header is read");
  r.unsupported("transport_socket_connect_timeout", "there is no handshake to time");
  r.ignore("metadata");
  bool foreign = false;
  r.list("filters", [&](const TreeNode& n, const std::string& p) {
    parseNetworkFilter(n, p, out, terminal, foreign, d);
  });
  if (!terminal && !foreign) {
    r.error(r.has("filters") ? "filters" : "", code::kMissing,
            "the filter chain needs http_connection_manager or tcp_proxy as its last filter");
  }
}

std::string addressTag(const SocketAddress& address) {
  std::string tag = address.toString();
  for (char& c : tag) {
    if (c == ':') c = '_';
  }
  return tag;
}

// What others keep in it is theirs; what is said to us must be right.
void parseMetadata(const TreeNode& node, const std::string& path, Listener& out, Diagnostics& d) {
  const TreeNode* filters = node.find("filter_metadata");
  if (filters == nullptr) filters = node.find("filterMetadata");
  const TreeNode* ours = filters == nullptr ? nullptr : filters->find("convoy");
  if (ours == nullptr) return;
  Reader r(*ours, path + ".filter_metadata.convoy", "", d);
  out.drain_timeout_ms = r.durationMs("drain_timeout");
}

}  // namespace

std::string Listener::statName() const {
  return stat_prefix.empty() ? addressTag(address) : stat_prefix;
}

Listener parseListener(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Listener out;
  out.origin = node.origin;
  Reader r(node, path, "envoy.config.listener.v3.Listener", d);
  r.required("address");
  r.message("address", [&](const TreeNode& n, const std::string& p) {
    out.address = parseAddress(n, p, AddressUse::Listen, d);
  });
  out.name = r.text("name");
  if (out.name.empty()) out.name = out.address.toString();
  out.stat_prefix = r.text("stat_prefix");
  r.required("filter_chains");
  bool terminal = false;
  size_t chains = 0;
  r.list("filter_chains", [&](const TreeNode& n, const std::string& p) {
    if (++chains > 1) {
      d.unsupported(n.origin, p, "Envoy has several filter chains a listener, Convoy does not yet",
                    "the first chain takes every connection");
      return;
    }
    parseFilterChain(n, p, out.filter_chain, terminal, d);
  });
  r.list("listener_filters", [&](const TreeNode& n, const std::string& p) {
    Reader f(n, p, "envoy.config.listener.v3.ListenerFilter", d);
    f.ignoreAll();
    reportExtension("listener filter", "envoy.filters.listener.", f, d);
  });
  out.per_connection_buffer_limit_bytes = r.uint("per_connection_buffer_limit_bytes", 1024 * 1024);
  out.enable_reuse_port = r.boolean("enable_reuse_port", true);
  out.tcp_backlog_size = static_cast<uint32_t>(r.uint("tcp_backlog_size", 0));
  r.unsupported("access_log", "connections that match no filter chain are not logged");
  for (const std::string_view field :
       {"traffic_direction", "drain_type", "listener_filters_timeout", "reuse_port",
        "ignore_global_conn_limit"}) {
    r.ignore(field);
  }
  if (const TreeNode* metadata = r.node("metadata")) {
    parseMetadata(*metadata, r.pathOf("metadata"), out, d);
  }
  if (r.has("bind_to_port") && !r.boolean("bind_to_port", true)) {
    d.unsupported(node.origin, r.pathOf("bind_to_port"),
                  "Envoy has listeners that do not bind, Convoy does not yet", "the port is bound");
  }
  for (const std::string_view field :
       {"socket_options", "transparent", "freebind", "tcp_fast_open_queue_length",
        "udp_listener_config", "api_listener", "connection_balance_config", "internal_listener",
        "default_filter_chain", "filter_chain_matcher", "additional_addresses", "enable_mptcp",
        "max_connections_to_accept_per_socket_event", "bypass_overload_manager", "use_original_dst",
        "continue_on_listener_filters_timeout", "deprecated_v1", "fcds_config",
        "filter_chains_name"}) {
    r.unsupported(field, "Envoy's default applies");
  }
  return out;
}

}  // namespace convoy::config
