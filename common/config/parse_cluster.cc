#include <array>

#include "common/base/text.h"
#include "common/config/parse.h"
#include "common/net/proxy_header.h"

namespace convoy::config {

namespace {

void parseCommonLbConfig(const TreeNode& node, const std::string& path, Cluster& out,
                         Diagnostics& d) {
  Reader r(node, path, "envoy.config.cluster.v3.Cluster.CommonLbConfig", d);
  parseCommonLb(r, out.lb, d);
  r.unsupported("override_host_status", "hosts are chosen without it");
  r.ignore("update_merge_window");
  out.ignore_new_hosts_until_first_hc = r.boolean("ignore_new_hosts_until_first_hc", false);
  out.close_connections_on_host_set_change =
      r.boolean("close_connections_on_host_set_change", false);
}

void parseHttpOptions(const TreeNode& node, const std::string& path, Cluster& out, Diagnostics& d) {
  Reader r(node, path, "envoy.config.core.v3.HttpProtocolOptions", d);
  if (const auto idle = r.durationMs("idle_timeout")) out.idle_timeout_ms = *idle;
  out.max_requests_per_connection = static_cast<uint32_t>(r.uint("max_requests_per_connection", 0));
  out.max_connection_duration_ms = r.durationMs("max_connection_duration").value_or(0);
  const auto limit = [&r](std::string_view field, uint32_t& to, uint64_t most) {
    to = static_cast<uint32_t>(r.uint(field, to, most));
    if (to == 0) r.error(field, code::kWrongValue, std::string(field) + " is above 0");
  };
  limit("max_headers_count", out.max_headers_count, UINT32_MAX);
  limit("max_response_headers_kb", out.max_response_headers_kb, 8192);
  r.unsupported("max_stream_duration", "the route's timeout applies");
  r.ignore("headers_with_underscores_action");
}

CircuitBreakers::RetryBudget parseRetryBudget(const TreeNode& node, const std::string& path,
                                              Diagnostics& d) {
  CircuitBreakers::RetryBudget out;
  Reader r(node, path, "envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget", d);
  r.message("budget_percent",
            [&](const TreeNode& n, const std::string& p) { out.percent = parsePercent(n, p, d); });
  out.min_retry_concurrency =
      static_cast<uint32_t>(r.uint("min_retry_concurrency", out.min_retry_concurrency));
  return out;
}

void parseCircuitBreakers(const TreeNode& node, const std::string& path, Cluster& out,
                          Diagnostics& d) {
  Reader r(node, path, "envoy.config.cluster.v3.CircuitBreakers", d);
  r.unsupported("per_host_thresholds", "hosts have no limit of their own");
  std::array<bool, 2> seen{};  // of several for one priority the first counts
  r.list("thresholds", [&](const TreeNode& n, const std::string& p) {
    Reader t(n, p, "envoy.config.cluster.v3.CircuitBreakers.Thresholds", d);
    const auto priority =
        static_cast<size_t>(t.enumeration("priority", {{"DEFAULT", 0, 0}, {"HIGH", 1, 1}}, 0));
    CircuitBreakers::Thresholds made;
    const auto limit = [&t](std::string_view field, uint32_t& to) {
      to = static_cast<uint32_t>(t.uint(field, to));
    };
    limit("max_connections", made.max_connections);
    limit("max_pending_requests", made.max_pending_requests);
    limit("max_requests", made.max_requests);
    limit("max_retries", made.max_retries);
    made.track_remaining = t.boolean("track_remaining", false);
    t.message("retry_budget", [&](const TreeNode& bn, const std::string& bp) {
      made.retry_budget = parseRetryBudget(bn, bp, d);
    });
    t.unsupported("max_connection_pools", "pools are not limited");
    if (!seen[priority]) out.circuit_breakers.thresholds[priority] = made;
    seen[priority] = true;
  });
}

void parseFailureRate(const TreeNode& node, const std::string& path, std::string_view type,
                      Cluster& out, Diagnostics& d) {
  Reader r(node, path, type, d);
  r.required("base_interval");
  const uint64_t base = r.durationMs("base_interval").value_or(0);
  const uint64_t most = r.durationMs("max_interval").value_or(base * 10);
  if (base == 0) r.error("base_interval", code::kWrongValue, "base_interval is at least 0.001s");
  if (most < base) {
    r.error("max_interval", code::kWrongValue, "max_interval is at least base_interval");
  }
  out.dns_failure_base_ms = base;
  out.dns_failure_max_ms = std::max(base, most);
}

constexpr std::string_view kDnsCluster = "envoy.extensions.clusters.dns.v3.DnsCluster";

void parseDnsCluster(const TreeNode& node, const std::string& path, Cluster& out, Diagnostics& d) {
  Reader r(node, path, kDnsCluster, d);
  out.discovery = r.boolean("all_addresses_in_single_endpoint", false)
                      ? Cluster::Discovery::LogicalDns
                      : Cluster::Discovery::StrictDns;
  if (const auto rate = r.durationMs("dns_refresh_rate")) {
    out.dns_refresh_rate_ms = *rate;
    if (*rate < 1) r.error("dns_refresh_rate", code::kWrongValue, "dns_refresh_rate is above 0");
  }
  r.message("dns_failure_refresh_rate", [&](const TreeNode& n, const std::string& p) {
    parseFailureRate(n, p, std::string(kDnsCluster) + ".RefreshRate", out, d);
  });
  out.respect_dns_ttl = r.boolean("respect_dns_ttl", false);
  out.dns_jitter_ms = r.durationMs("dns_jitter").value_or(0);
  // Its zero means that nothing was said.
  out.dns_lookup_family = static_cast<Cluster::DnsFamily>(r.enumeration("dns_lookup_family",
                                                                        {{"UNSPECIFIED", 0, 0},
                                                                         {"AUTO", 1, 0},
                                                                         {"V4_ONLY", 2, 1},
                                                                         {"V6_ONLY", 3, 2},
                                                                         {"V4_PREFERRED", 4, 3},
                                                                         {"ALL", 5, 4}},
                                                                        0));
  r.unsupported("typed_dns_resolver_config", "the system's resolvers are asked");
}

// False: it is one that Convoy has not.
bool parseClusterType(const TreeNode& node, const std::string& path, Cluster& out, Diagnostics& d) {
  Reader r(node, path, "envoy.config.cluster.v3.Cluster.CustomClusterType", d);
  const std::string name = r.text("name");
  const TreeNode* config = r.node("typed_config");
  if (typeOf(config) == "DnsCluster") {
    parseDnsCluster(*config, r.pathOf("typed_config"), out, d);
    return true;
  }
  if (config == nullptr || config->members.empty()) {
    if (name == "envoy.cluster.strict_dns") out.discovery = Cluster::Discovery::StrictDns;
    if (name == "envoy.cluster.logical_dns") out.discovery = Cluster::Discovery::LogicalDns;
    if (name == "envoy.cluster.static" || out.discovery != Cluster::Discovery::Static) return true;
  }
  d.unsupported(node.key_origin, path, "Convoy has no cluster type \"" + name + "\"",
                "the cluster is STATIC");
  return false;
}

void parseConnectionOptions(const TreeNode& node, const std::string& path, Cluster& out,
                            Diagnostics& d) {
  Reader r(node, path, "envoy.config.cluster.v3.UpstreamConnectionOptions", d);
  r.message("tcp_keepalive", [&](const TreeNode& n, const std::string& p) {
    Reader k(n, p, "envoy.config.core.v3.TcpKeepalive", d);
    TcpKeepalive& keepalive = out.tcp_keepalive.emplace();
    keepalive.probes = static_cast<uint32_t>(k.uint("keepalive_probes", 0, 127));
    keepalive.time_s = static_cast<uint32_t>(k.uint("keepalive_time", 0, 32767));
    keepalive.interval_s = static_cast<uint32_t>(k.uint("keepalive_interval", 0, 32767));
  });
  r.noEffect("happy_eyeballs_config", "the addresses of a host are tried one request at a time");
  r.unsupported("set_local_interface_name_on_upstream_connections", "the name is not known");
}

// {} chooses HTTP/1.1 and nothing more.
void parseHttp1Options(Reader& r, Cluster& out) {
  r.message("http_protocol_options", [&](const TreeNode& n, const std::string& p) {
    Reader o(n, p, "envoy.config.core.v3.Http1ProtocolOptions", r.diagnostics());
    out.header_key_format = parseKeyFormat(o);
    for (const std::string_view of_servers :
         {"allow_absolute_url", "accept_http_10", "default_host_for_http_10"}) {
      o.ignore(of_servers);
    }
    o.ignore("enable_trailers");  // they always go on
    for (const std::string_view field :
         {"allow_chunked_length", "override_stream_error_on_invalid_http_message",
          "send_fully_qualified_url", "use_balsa_parser", "allow_custom_methods",
          "ignore_http_11_upgrade"}) {
      o.unsupported(field, "requests go out with Envoy's default options");
    }
  });
}

void parseExtensionOptions(const TreeNode& node, const std::string& path, Cluster& out,
                           Diagnostics& d) {
  for (const auto& [key, value] : node.members) {
    const std::string at = path + "." + key;
    if (typeOf(&value) != "HttpProtocolOptions") {
      d.unsupported(value.key_origin, at, "Convoy has no upstream options \"" + key + "\"",
                    "the defaults apply");
      continue;
    }
    Reader r(value, at, "envoy.extensions.upstreams.http.v3.HttpProtocolOptions", d);
    r.message("common_http_protocol_options",
              [&](const TreeNode& n, const std::string& p) { parseHttpOptions(n, p, out, d); });
    r.message("explicit_http_config", [&](const TreeNode& n, const std::string& p) {
      Reader e(n, p, "envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig",
               d);
      parseHttp1Options(e, out);
      e.oneOf({"http_protocol_options", "http2_protocol_options", "http3_protocol_options"});
      e.message("http2_protocol_options", [&](const TreeNode& h2, const std::string& at2) {
        out.protocol = Cluster::Protocol::Http2;
        out.http2 = parseHttp2Options(h2, at2, d);
      });
      if (e.has("http3_protocol_options")) {
        d.unsupported(n.origin, p, "Envoy speaks HTTP/3 to this cluster, Convoy does not yet",
                      "it is spoken to in HTTP/1.1");
      }
    });
    r.message("use_downstream_protocol_config", [&](const TreeNode& n, const std::string& p) {
      Reader e(n, p,
               "envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig", d);
      parseHttp1Options(e, out);
      out.protocol = Cluster::Protocol::AsDownstream;
      e.message("http2_protocol_options", [&](const TreeNode& h2, const std::string& at2) {
        out.http2 = parseHttp2Options(h2, at2, d);
      });
      e.ignore("http3_protocol_options");  // no client speaks it
    });
    r.unsupported("auto_config", "HTTP/1.1 is spoken");
    r.message("upstream_http_protocol_options", [&](const TreeNode& n, const std::string& p) {
      parseAutoSni(n, p, out.auto_sni, d);
    });
    r.unsupported("http_filters", "requests pass without them");
    r.unsupported("header_validation_config", "the built-in rules apply");
  }
}

}  // namespace

std::string Cluster::statName() const {
  std::string tag = alt_stat_name.empty() ? name : alt_stat_name;
  for (char& c : tag) {
    if (c == ':') c = '_';
  }
  return tag;
}

Cluster parseCluster(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Cluster out;
  out.origin = node.origin;
  Reader r(node, path, "envoy.config.cluster.v3.Cluster", d);
  r.required("name");
  out.name = r.text("name");
  if (const TreeNode* name = r.node("name")) out.origin = name->origin;
  out.alt_stat_name = r.text("alt_stat_name");
  r.oneOf({"type", "cluster_type"});
  out.discovery = static_cast<Cluster::Discovery>(r.enumeration("type",
                                                                {{"STATIC", 0, 0},
                                                                 {"STRICT_DNS", 1, 1},
                                                                 {"LOGICAL_DNS", 2, 2},
                                                                 {"EDS", 3, -1},
                                                                 {"ORIGINAL_DST", 4, -1}},
                                                                0));
  parseLoadBalancing(r, out.lb, d);
  if (const auto timeout = r.durationMs("connect_timeout")) {
    out.connect_timeout_ms = *timeout;
    if (*timeout == 0) r.error("connect_timeout", code::kWrongValue, "connect_timeout is above 0");
  }
  const TreeNode* type = r.node("type");
  const auto isType = [&](std::string_view name, std::string_view number) {
    return type != nullptr &&
           (base::equalsIgnoreCase(type->scalar, name) || type->scalar == number);
  };
  bool foreign = isType("EDS", "3") || isType("ORIGINAL_DST", "4");
  r.message("cluster_type", [&](const TreeNode& n, const std::string& p) {
    foreign = !parseClusterType(n, p, out, d);
  });
  const bool resolves = foreign || (type != nullptr && !isType("STATIC", "0")) ||
                        out.discovery != Cluster::Discovery::Static;
  const AddressUse use = resolves ? AddressUse::Resolve : AddressUse::Connect;
  if (!r.has("load_assignment") && !foreign) {
    r.error("", code::kMissing, "\"load_assignment\" is missing: the cluster has no endpoints");
  }
  r.message("load_assignment",
            [&](const TreeNode& n, const std::string& p) { parseAssignment(n, p, use, out, d); });
  if (out.discovery == Cluster::Discovery::LogicalDns && out.endpoints.size() > 1) {
    r.error("load_assignment", code::kWrongValue,
            "a LOGICAL_DNS cluster has exactly one endpoint; STRICT_DNS takes several");
  }
  out.dns_lookup_family = static_cast<Cluster::DnsFamily>(r.enumeration(
      "dns_lookup_family",
      {{"AUTO", 0, 0}, {"V4_ONLY", 1, 1}, {"V6_ONLY", 2, 2}, {"V4_PREFERRED", 3, 3}, {"ALL", 4, 4}},
      static_cast<int>(out.dns_lookup_family)));
  if (const auto rate = r.durationMs("dns_refresh_rate")) {
    out.dns_refresh_rate_ms = *rate;
    if (*rate < 1) r.error("dns_refresh_rate", code::kWrongValue, "dns_refresh_rate is above 0");
  }
  out.respect_dns_ttl = r.boolean("respect_dns_ttl", out.respect_dns_ttl);
  out.per_connection_buffer_limit_bytes = r.uint("per_connection_buffer_limit_bytes", 1024 * 1024);
  r.message("common_lb_config",
            [&](const TreeNode& n, const std::string& p) { parseCommonLbConfig(n, p, out, d); });
  r.message("common_http_protocol_options",
            [&](const TreeNode& n, const std::string& p) { parseHttpOptions(n, p, out, d); });
  r.message("typed_extension_protocol_options",
            [&](const TreeNode& n, const std::string& p) { parseExtensionOptions(n, p, out, d); });
  out.max_requests_per_connection =
      static_cast<uint32_t>(r.uint("max_requests_per_connection", out.max_requests_per_connection));
  r.message("dns_failure_refresh_rate", [&](const TreeNode& n, const std::string& p) {
    parseFailureRate(n, p, "envoy.config.cluster.v3.Cluster.RefreshRate", out, d);
  });
  if (const auto jitter = r.durationMs("dns_jitter")) out.dns_jitter_ms = *jitter;
  for (const std::string_view field :
       {"metadata", "cleanup_interval", "wait_for_warm_on_init", "ignore_health_on_host_removal"}) {
    r.ignore(field);
  }
  r.message("upstream_http_protocol_options",
            [&](const TreeNode& n, const std::string& p) { parseAutoSni(n, p, out.auto_sni, d); });
  out.proxy = parseClusterSocket(r, out.tls, d);
  checkAutoSni(out, d);
  r.unsupported("transport_socket_matches", "connections are plain text");
  r.message("upstream_connection_options",
            [&](const TreeNode& n, const std::string& p) { parseConnectionOptions(n, p, out, d); });
  r.list("health_checks", [&](const TreeNode& n, const std::string& p) {
    out.health_checks.push_back(parseHealthCheck(n, p, d));
  });
  for (HealthCheck& check : out.health_checks) {
    if (out.proxy && check.preface.empty()) {
      check.preface = net::encodeProxyLocal(out.proxy->version);
    }
  }
  if (out.health_checks.size() > 1) {
    r.error("health_checks", code::kConflict, "a cluster has one health check, not several");
  }
  r.message("outlier_detection", [&](const TreeNode& n, const std::string& p) {
    out.outlier_detection = parseOutlierDetection(n, p, d);
    d.warning(n.key_origin, p, code::kPerWorker,
              "each worker counts failures in a row on its own, so a host is ejected after up to "
              "as many times the limit as there are workers",
              "with --concurrency 1 the limit is exact");
  });
  r.message("circuit_breakers",
            [&](const TreeNode& n, const std::string& p) { parseCircuitBreakers(n, p, out, d); });
  const bool as_downstream =
      r.enumeration("protocol_selection",
                    {{"USE_CONFIGURED_PROTOCOL", 0, 0}, {"USE_DOWNSTREAM_PROTOCOL", 1, 1}}, 0) == 1;
  r.message("http2_protocol_options", [&](const TreeNode& n, const std::string& p) {
    out.protocol = Cluster::Protocol::Http2;
    out.http2 = parseHttp2Options(n, p, d);
  });
  if (as_downstream) out.protocol = Cluster::Protocol::AsDownstream;
  r.noEffect("track_timeout_budgets", "its histograms are not kept");
  r.noEffect("track_cluster_stats", "they are not kept");
  r.noEffect("preconnect_policy", "connections are opened when they are needed");
  parseHttp1Options(r, out);
  for (const std::string_view field :
       {"eds_cluster_config", "extension_protocol_options", "dns_resolvers",
        "use_tcp_for_dns_lookups", "dns_resolution_config", "typed_dns_resolver_config",
        "upstream_bind_config", "close_connections_on_host_health_failure", "lrs_server",
        "lrs_report_endpoint_metrics", "filters", "upstream_config",
        "connection_pool_per_downstream_connection", "per_endpoint_stats",
        "drain_connections_on_host_removal"}) {
    r.unsupported(field, "Envoy's default applies");
  }
  return out;
}

}  // namespace convoy::config
