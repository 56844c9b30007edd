#include <algorithm>

#include "common/config/parse.h"
#include "common/config/upgrade.h"

namespace convoy::config {

namespace {

// How long a connection may last, and what is logged of it before its end.
void parseTcpLimits(Reader& r, TcpProxy& out, Diagnostics& d) {
  if (const auto most = r.durationMs("max_downstream_connection_duration")) {
    out.max_duration_ms = *most;
  }
  r.message("max_downstream_connection_duration_jitter_percentage",
            [&](const TreeNode& n, const std::string& p) {
              Reader j(n, p, "envoy.type.v3.Percent", d);
              const double percent = j.number("value", 0);
              if (percent < 0 || percent > 100) {
                j.error("value", code::kWrongValue, "a percentage is a number from 0 to 100");
              }
              out.duration_jitter_percent = static_cast<uint32_t>(percent);
            });
  const auto options = [&](Reader& from) {
    if (const auto interval = from.durationMs("access_log_flush_interval")) {
      out.log_interval_ms = *interval;
      if (*interval == 0) {
        from.error("access_log_flush_interval", code::kWrongValue,
                   "access_log_flush_interval is at least 1ms");
      }
    }
    if (from.boolean("flush_access_log_on_connected", false)) out.log_on_connected = true;
  };
  options(r);
  r.message("access_log_options", [&](const TreeNode& n, const std::string& p) {
    Reader o(n, p, "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TcpAccessLogOptions", d);
    options(o);
  });
}

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
  parseTcpLimits(r, out, d);
  r.list("hash_policy", [&](const TreeNode& n, const std::string& p) {
    if (parseTcpHashPolicy(n, p, d)) out.hash_source_ip = true;
  });
  r.unsupported("tunneling_config",
                "bytes go to the cluster as they are, not in a CONNECT request to it");
  r.unsupported("on_demand", "a cluster that is not configured is not asked for");
  for (const std::string_view field : {"metadata_match", "backoff_options", "proxy_protocol_tlvs",
                                       "upstream_connect_mode", "max_early_data_bytes"}) {
    r.unsupported(field, "Envoy's default applies");
  }
  // Envoy has the fields, and does nothing with them either.
  r.noEffect("downstream_idle_timeout", "idle_timeout counts for both sides");
  r.noEffect("upstream_idle_timeout", "idle_timeout counts for both sides");
  return out;
}

// The last part of its canonical name; "" if Convoy has no such filter.
std::string networkFilterOf(const std::string& name, const TreeNode* config) {
  const std::string type = typeOf(config);
  // More than one of Envoy's filters has a message of that name.
  if (type == "Config") {
    const bool ours = config->find("@type")->scalar.view().find("network.direct_response.") !=
                      std::string_view::npos;
    return ours ? "direct_response" : "";
  }
  static constexpr std::pair<std::string_view, std::string_view> kKnown[] = {
      {"HttpConnectionManager", "http_connection_manager"},
      {"TcpProxy", "tcp_proxy"},
      {"Echo", "echo"},
      {"ConnectionLimit", "connection_limit"},
      {"LocalRateLimit", "local_ratelimit"},
      {"RBAC", "rbac"},
      {"-", "direct_response"},
      {"SniCluster", "sni_cluster"}};
  for (const auto& [message, short_name] : kKnown) {
    const bool named = name == "envoy.filters.network." + std::string(short_name);
    if (type == message || (type.empty() && named)) return std::string(short_name);
  }
  return "";
}

void parseNetworkFilter(const TreeNode& node, const std::string& path, FilterChain& out,
                        bool& terminal, bool& foreign, Diagnostics& d) {
  Reader r(node, path, "envoy.config.listener.v3.Filter", d);
  const std::string name(canonicalName(r.text("name")));
  r.unsupported("config_discovery", "the filter is left out");
  const TreeNode* config = r.node("typed_config");
  const std::string kind = networkFilterOf(name, config);
  if (kind.empty()) {
    foreign = true;
    reportExtension("network filter", "envoy.filters.network.", r, d);
    return;
  }
  if (terminal) {
    r.ignoreAll();
    d.error(node.origin, path, code::kConflict,
            "a filter chain ends with its one http_connection_manager, tcp_proxy, echo or "
            "direct_response; nothing comes after it");
    return;
  }
  static const TreeNode empty = TreeNode::map({});
  const TreeNode& fields = config == nullptr ? empty : *config;
  if (config == nullptr && kind != "echo" && kind != "sni_cluster") {
    d.error(node.origin, path, code::kMissing, "\"" + name + "\" needs a typed_config");
    terminal = true;
    return;
  }
  const std::string at = r.pathOf("typed_config");
  terminal = true;
  if (kind == "http_connection_manager") {
    out.terminal = parseHttp(fields, at, d);
  } else if (kind == "tcp_proxy") {
    out.terminal = parseTcpProxy(fields, at, d);
  } else if (kind == "echo") {
    Reader echo(fields, at, "envoy.extensions.filters.network.echo.v3.Echo", d);
    out.terminal = Echo{node.origin};
  } else if (kind == "direct_response") {
    out.terminal = parseNetworkDirectResponse(fields, at, d);
  } else {
    terminal = false;
    if (auto filter = parseEarlyFilter(kind, fields, at, d)) out.filters.push_back(*filter);
  }
}

void parseFilterChain(const TreeNode& node, const std::string& path, FilterChain& out,
                      bool& terminal, Diagnostics& d) {
  Reader r(node, path, "envoy.config.listener.v3.FilterChain", d);
  out.name = r.text("name");
  out.origin = node.origin;
  r.message("filter_chain_match",
            [&](const TreeNode& n, const std::string& p) { out.match = parseChainMatch(n, p, d); });
  out.tls = parseDownstreamSocket(r, d);
  // Envoy has no limit by default; a handshake that never ends would hold a descriptor for ever.
  if (const auto limit = r.durationMs("transport_socket_connect_timeout")) {
    out.handshake_timeout_ms = *limit;
  }
  out.use_proxy_proto = r.boolean("use_proxy_proto", false);
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

// "*.example.com" and its like: two chains that could take the same connection would be told apart
// by their order alone, which Envoy refuses.
bool sameMatch(const FilterChainMatch& a, const FilterChainMatch& b) {
  const auto same = [](const std::vector<CidrRange>& x, const std::vector<CidrRange>& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                      [](const CidrRange& l, const CidrRange& r) {
                        return l.address == r.address && l.prefix == r.prefix;
                      });
  };
  return a.destination_port == b.destination_port && same(a.prefix_ranges, b.prefix_ranges) &&
         same(a.direct_source_prefix_ranges, b.direct_source_prefix_ranges) &&
         a.source_type == b.source_type && same(a.source_prefix_ranges, b.source_prefix_ranges) &&
         a.source_ports == b.source_ports && a.server_names == b.server_names &&
         a.transport_protocol == b.transport_protocol &&
         a.application_protocols == b.application_protocols;
}

void checkChains(const Listener& listener, const std::string& path, Diagnostics& d) {
  const size_t matched = listener.chainCount() - (listener.has_default_chain ? 1 : 0);
  for (size_t i = 0; i < matched; ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (!sameMatch(listener.chain(i).match, listener.chain(k).match)) continue;
      d.error(listener.chain(i).origin, path + ".filter_chains[" + std::to_string(i) + "]",
              code::kDuplicate, "two filter chains of a listener have the same filter_chain_match",
              "give one of them what tells its connections apart (server_names, for example), or "
              "make it the default_filter_chain");
      break;
    }
  }
}

void parseChains(Reader& r, Listener& out, Diagnostics& d) {
  std::vector<FilterChain> chains;
  const auto parse = [&](const TreeNode& n, const std::string& p) {
    bool terminal = false;
    parseFilterChain(n, p, chains.emplace_back(), terminal, d);
  };
  r.list("filter_chains", parse);
  r.message("default_filter_chain", [&](const TreeNode& n, const std::string& p) {
    parse(n, p);
    out.has_default_chain = true;
    if (n.find("filter_chain_match") != nullptr) {
      d.error(n.origin, p + ".filter_chain_match", code::kConflict,
              "the default_filter_chain takes what no other does: it has no filter_chain_match");
    }
  });
  if (chains.empty()) return;
  out.filter_chain = std::move(chains.front());
  for (size_t i = 1; i < chains.size(); ++i) out.more_chains.push_back(std::move(chains[i]));
  checkChains(out, r.path(), d);
  for (size_t i = 0; i < out.chainCount(); ++i) {
    if (out.chain(i).match.wantsClientHello()) out.tls_inspector = true;
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

// What belongs to the sockets of the listener rather than to its connections.
void parseSocketOptions(Reader& r, Listener& out, Diagnostics& d) {
  out.fast_open_queue = static_cast<uint32_t>(r.uint("tcp_fast_open_queue_length", 0, INT32_MAX));
  out.freebind = r.boolean("freebind", false);
  out.max_accepts = static_cast<uint32_t>(r.uint("max_connections_to_accept_per_socket_event", 0));
  if (r.has("max_connections_to_accept_per_socket_event") && out.max_accepts == 0) {
    r.error("max_connections_to_accept_per_socket_event", code::kWrongValue,
            "max_connections_to_accept_per_socket_event is at least 1");
  }
  r.list("additional_addresses", [&](const TreeNode& n, const std::string& p) {
    Reader a(n, p, "envoy.config.listener.v3.AdditionalAddress", d);
    a.required("address");
    a.unsupported("socket_options", "Envoy's default applies");
    a.unsupported("tcp_keepalive", "the kernel's default applies");
    a.message("address", [&](const TreeNode& address, const std::string& at) {
      out.additional_addresses.push_back(parseAddress(address, at, AddressUse::Listen, d));
    });
  });
  // The kernel spreads connections over the sockets of the workers, which is what it asks for.
  r.message("connection_balance_config", [&](const TreeNode& n, const std::string& p) {
    Reader b(n, p, "envoy.config.listener.v3.Listener.ConnectionBalanceConfig", d);
    b.ignore("exact_balance");
    b.unsupported("extend_balance", "connections are spread by the kernel");
  });
}

}  // namespace

std::string Listener::statName() const {
  return stat_prefix.empty() ? addressTag(address) : stat_prefix;
}

bool Listener::hasTls() const {
  for (size_t i = 0; i < chainCount(); ++i) {
    if (chain(i).tls) return true;
  }
  return false;
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
  if (!r.has("default_filter_chain")) r.required("filter_chains");
  parseChains(r, out, d);
  parseListenerFilters(r, out, d);
  out.per_connection_buffer_limit_bytes = r.uint("per_connection_buffer_limit_bytes", 1024 * 1024);
  out.enable_reuse_port = r.boolean("enable_reuse_port", true);
  out.tcp_backlog_size = static_cast<uint32_t>(r.uint("tcp_backlog_size", 0));
  r.unsupported("access_log", "connections that match no filter chain are not logged");
  for (const std::string_view field : {"traffic_direction", "drain_type", "reuse_port",
                                       "ignore_global_conn_limit", "bypass_overload_manager"}) {
    r.ignore(field);
  }
  parseSocketOptions(r, out, d);
  if (const TreeNode* metadata = r.node("metadata")) {
    parseMetadata(*metadata, r.pathOf("metadata"), out, d);
  }
  if (r.has("bind_to_port") && !r.boolean("bind_to_port", true)) {
    d.unsupported(node.origin, r.pathOf("bind_to_port"),
                  "Envoy has listeners that do not bind, Convoy does not yet", "the port is bound");
  }
  for (const std::string_view field : {"transparent", "use_original_dst"}) {
    if (r.has(field) && r.boolean(field, false)) {
      d.unsupported(node.origin, r.pathOf(field),
                    "Envoy takes connections that were meant for other addresses (\"" +
                        std::string(field) + "\"), Convoy does not",
                    "only what comes to the listener's own address is served; send it there, with "
                    "a DNAT rule if need be");
    }
  }
  for (const std::string_view field : {"socket_options", "udp_listener_config", "api_listener",
                                       "internal_listener", "filter_chain_matcher", "enable_mptcp",
                                       "deprecated_v1", "fcds_config", "filter_chains_name"}) {
    r.unsupported(field, "Envoy's default applies");
  }
  return out;
}

}  // namespace convoy::config
