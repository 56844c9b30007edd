#include "common/base/text.h"
#include "common/config/parse.h"
#include "common/net/proxy_header.h"

namespace convoy::config {

namespace {

void parseLbEndpoint(const TreeNode& node, const std::string& path, const LbEndpoint& locality,
                     AddressUse use, Cluster& out, Diagnostics& d) {
  LbEndpoint endpoint = locality;
  Reader r(node, path, "envoy.config.endpoint.v3.LbEndpoint", d);
  const std::string kind = r.oneOf({"endpoint", "endpoint_name"});
  r.unsupported("endpoint_name", "the endpoint is left out");
  r.message("endpoint", [&](const TreeNode& n, const std::string& p) {
    Reader e(n, p, "envoy.config.endpoint.v3.Endpoint", d);
    e.required("address");
    e.message("address", [&](const TreeNode& a, const std::string& ap) {
      endpoint.address = parseAddress(a, ap, use, d);
    });
    endpoint.hostname = e.text("hostname");
    e.message("health_check_config", [&](const TreeNode& h, const std::string& hp) {
      Reader c(h, hp, "envoy.config.endpoint.v3.Endpoint.HealthCheckConfig", d);
      endpoint.health_check_port = static_cast<uint16_t>(c.uint("port_value", 0, 65535));
      endpoint.health_check_hostname = c.text("hostname");
      endpoint.health_check_disabled = c.boolean("disable_active_health_check", false);
      c.unsupported("address", "the endpoint's own address is checked");
    });
    e.unsupported("additional_addresses", "only the first address is used");
  });
  if (kind.empty()) r.error("", code::kMissing, "an lb_endpoint needs an endpoint");
  endpoint.load_balancing_weight = static_cast<uint32_t>(r.uint("load_balancing_weight", 1));
  if (endpoint.load_balancing_weight == 0) {
    r.error("load_balancing_weight", code::kWrongValue, "a weight is at least 1");
  }
  r.enumeration("health_status",
                {{"UNKNOWN", 0, 0},
                 {"HEALTHY", 1, 0},
                 {"UNHEALTHY", 2, -1},
                 {"DRAINING", 3, -1},
                 {"TIMEOUT", 4, -1},
                 {"DEGRADED", 5, -1}},
                0);
  r.ignore("metadata");
  if (kind == "endpoint") out.endpoints.push_back(std::move(endpoint));
}

void parseAssignment(const TreeNode& node, const std::string& path, AddressUse use, Cluster& out,
                     Diagnostics& d) {
  Reader r(node, path, "envoy.config.endpoint.v3.ClusterLoadAssignment", d);
  r.ignore("cluster_name");
  uint32_t localities = 0;
  r.list("endpoints", [&](const TreeNode& n, const std::string& p) {
    LbEndpoint locality;
    Reader l(n, p, "envoy.config.endpoint.v3.LocalityLbEndpoints", d);
    l.message("locality", [&](const TreeNode& ln, const std::string& lp) {
      Reader o(ln, lp, "envoy.config.core.v3.Locality", d);
      locality.region = o.text("region");
      locality.zone = o.text("zone");
      locality.sub_zone = o.text("sub_zone");
    });
    locality.priority = static_cast<uint32_t>(l.uint("priority", 0, 128));
    l.ignore("metadata");
    locality.locality = localities++;
    locality.locality_weight = static_cast<uint32_t>(l.uint("load_balancing_weight", 0));
    if (l.has("load_balancing_weight") && locality.locality_weight == 0) {
      l.error("load_balancing_weight", code::kWrongValue, "a weight is at least 1");
    }
    l.unsupported("proximity", "localities are not weighted");
    l.unsupported("leds_cluster_locality_config", "only the endpoints of the file exist");
    l.unsupported("load_balancer_endpoints", "only lb_endpoints are used");
    l.list("lb_endpoints", [&](const TreeNode& e, const std::string& ep) {
      parseLbEndpoint(e, ep, locality, use, out, d);
    });
  });
  r.unsupported("policy", "nothing is dropped");
  r.unsupported("named_endpoints", "named endpoints are left out");
}

void parseCommonLb(const TreeNode& node, const std::string& path, Cluster& out, Diagnostics& d) {
  Reader r(node, path, "envoy.config.cluster.v3.Cluster.CommonLbConfig", d);
  r.message("healthy_panic_threshold", [&](const TreeNode& n, const std::string& p) {
    Reader t(n, p, "envoy.type.v3.Percent", d);
    const double percent = t.number("value", 0);
    if (percent < 0 || percent > 100) {
      t.error("value", code::kWrongValue, "a percentage is from 0 to 100");
      return;
    }
    out.healthy_panic_threshold = static_cast<uint32_t>(percent);
  });
  r.oneOf({"zone_aware_lb_config", "locality_weighted_lb_config"});
  out.locality_weighted = r.has("locality_weighted_lb_config");
  for (const std::string_view field :
       {"zone_aware_lb_config", "consistent_hashing_lb_config", "override_host_status"}) {
    r.unsupported(field, "hosts are chosen without it");
  }
  r.ignore("update_merge_window");
  r.ignore("ignore_new_hosts_until_first_hc");
  r.ignore("close_connections_on_host_set_change");
}

void parseHttpOptions(const TreeNode& node, const std::string& path, Cluster& out, Diagnostics& d) {
  Reader r(node, path, "envoy.config.core.v3.HttpProtocolOptions", d);
  if (const auto idle = r.durationMs("idle_timeout")) out.idle_timeout_ms = *idle;
  out.max_requests_per_connection = static_cast<uint32_t>(r.uint("max_requests_per_connection", 0));
  r.unsupported("max_connection_duration", "connections live as long as they are used");
  r.unsupported("max_headers_count", "the limit is 200");
  r.unsupported("max_response_headers_kb", "the limit is 64 KiB");
  r.unsupported("max_stream_duration", "the route's timeout applies");
  r.ignore("headers_with_underscores_action");
}

void parseCircuitBreakers(const TreeNode& node, const std::string& path, Cluster& out,
                          Diagnostics& d) {
  Reader r(node, path, "envoy.config.cluster.v3.CircuitBreakers", d);
  r.unsupported("per_host_thresholds", "hosts have no limit of their own");
  bool seen = false;  // of several for one priority the first counts
  r.list("thresholds", [&](const TreeNode& n, const std::string& p) {
    Reader t(n, p, "envoy.config.cluster.v3.CircuitBreakers.Thresholds", d);
    const bool high = t.enumeration("priority", {{"DEFAULT", 0, 0}, {"HIGH", 1, 1}}, 0) == 1;
    const auto limit = [&](std::string_view field, uint32_t& to) {
      const auto value = t.optionalUint(field);
      if (value && !high && !seen) to = static_cast<uint32_t>(*value);
    };
    limit("max_connections", out.max_connections);
    limit("max_pending_requests", out.max_pending_requests);
    limit("max_requests", out.max_requests);
    limit("max_retries", out.max_retries);
    t.ignore("track_remaining");
    t.unsupported("retry_budget", "a failed request is not tried again");
    t.unsupported("max_connection_pools", "pools are not limited");
    seen |= !high;
    // No route can choose the priority HIGH yet, so its limits are never reached.
  });
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
void refuseHttp1Options(Reader& r) {
  const TreeNode* options = r.node("http_protocol_options");
  if (options != nullptr && !options->members.empty()) {
    r.unsupported("http_protocol_options", "requests go out with Envoy's default options");
  }
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
      refuseHttp1Options(e);
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
      refuseHttp1Options(e);
      out.protocol = Cluster::Protocol::AsDownstream;
      e.message("http2_protocol_options", [&](const TreeNode& h2, const std::string& at2) {
        out.http2 = parseHttp2Options(h2, at2, d);
      });
      e.ignore("http3_protocol_options");  // no client speaks it
    });
    r.unsupported("auto_config", "HTTP/1.1 is spoken");
    r.unsupported("upstream_http_protocol_options", "no SNI is sent");
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
  r.unsupported("cluster_type", "the cluster is STATIC");
  out.discovery = static_cast<Cluster::Discovery>(r.enumeration("type",
                                                                {{"STATIC", 0, 0},
                                                                 {"STRICT_DNS", 1, 1},
                                                                 {"LOGICAL_DNS", 2, 2},
                                                                 {"EDS", 3, -1},
                                                                 {"ORIGINAL_DST", 4, -1}},
                                                                0));
  out.lb_policy =
      static_cast<Cluster::LbPolicy>(r.enumeration("lb_policy",
                                                   {{"ROUND_ROBIN", 0, 0},
                                                    {"LEAST_REQUEST", 1, 1},
                                                    {"RING_HASH", 2, -1},
                                                    {"RANDOM", 3, 2},
                                                    {"MAGLEV", 5, -1},
                                                    {"CLUSTER_PROVIDED", 6, -1},
                                                    {"LOAD_BALANCING_POLICY_CONFIG", 7, -1},
                                                    {"ORIGINAL_DST_LB", 4, -1}},
                                                   0));
  r.message("least_request_lb_config", [&](const TreeNode& n, const std::string& p) {
    Reader l(n, p, "envoy.config.cluster.v3.Cluster.LeastRequestLbConfig", d);
    out.least_request_choice_count = static_cast<uint32_t>(l.uint("choice_count", 2));
    if (out.least_request_choice_count < 2) {
      l.error("choice_count", code::kWrongValue, "choice_count is at least 2");
    }
    l.unsupported("active_request_bias", "the bias is 1");
    l.unsupported("slow_start_config", "a new host gets its full share at once");
  });
  if (const auto timeout = r.durationMs("connect_timeout")) {
    out.connect_timeout_ms = *timeout;
    if (*timeout == 0) r.error("connect_timeout", code::kWrongValue, "connect_timeout is above 0");
  }
  const TreeNode* type = r.node("type");
  const auto isType = [&](std::string_view name, std::string_view number) {
    return type != nullptr &&
           (base::equalsIgnoreCase(type->scalar, name) || type->scalar == number);
  };
  const bool foreign = r.has("cluster_type") || isType("EDS", "3") || isType("ORIGINAL_DST", "4");
  const bool resolves = foreign || (type != nullptr && !isType("STATIC", "0"));
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
      0));
  if (const auto rate = r.durationMs("dns_refresh_rate")) {
    out.dns_refresh_rate_ms = *rate;
    if (*rate < 1) r.error("dns_refresh_rate", code::kWrongValue, "dns_refresh_rate is above 0");
  }
  out.respect_dns_ttl = r.boolean("respect_dns_ttl", false);
  out.per_connection_buffer_limit_bytes = r.uint("per_connection_buffer_limit_bytes", 1024 * 1024);
  r.message("common_lb_config",
            [&](const TreeNode& n, const std::string& p) { parseCommonLb(n, p, out, d); });
  r.message("common_http_protocol_options",
            [&](const TreeNode& n, const std::string& p) { parseHttpOptions(n, p, out, d); });
  r.message("typed_extension_protocol_options",
            [&](const TreeNode& n, const std::string& p) { parseExtensionOptions(n, p, out, d); });
  out.max_requests_per_connection =
      static_cast<uint32_t>(r.uint("max_requests_per_connection", out.max_requests_per_connection));
  for (const std::string_view field : {"metadata", "cleanup_interval", "dns_failure_refresh_rate",
                                       "wait_for_warm_on_init", "ignore_health_on_host_removal"}) {
    r.ignore(field);
  }
  out.proxy = parseClusterSocket(r, out.tls, d);
  r.unsupported("transport_socket_matches", "connections are plain text");
  r.message("upstream_connection_options",
            [&](const TreeNode& n, const std::string& p) { parseConnectionOptions(n, p, out, d); });
  r.list("health_checks", [&](const TreeNode& n, const std::string& p) {
    out.health_checks.push_back(parseHealthCheck(n, p, d));
  });
  if (out.tls && !out.health_checks.empty()) {
    r.unsupported("health_checks", "hosts of a TLS cluster are not checked");
    out.health_checks.clear();
  }
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
  r.message("circuit_breakers", [&](const TreeNode& n, const std::string& p) {
    parseCircuitBreakers(n, p, out, d);
    d.warning(n.key_origin, p, code::kPerWorker,
              "each worker counts towards \"circuit_breakers\" on its own, so the whole proxy "
              "allows as many times the limit as it has workers",
              "with --concurrency 1 the limit is exact");
  });
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
  refuseHttp1Options(r);
  for (const std::string_view field : {"eds_cluster_config",
                                       "extension_protocol_options",
                                       "dns_resolvers",
                                       "use_tcp_for_dns_lookups",
                                       "dns_resolution_config",
                                       "typed_dns_resolver_config",
                                       "lb_subset_config",
                                       "ring_hash_lb_config",
                                       "maglev_lb_config",
                                       "original_dst_lb_config",
                                       "upstream_bind_config",
                                       "load_balancing_policy",
                                       "close_connections_on_host_health_failure",
                                       "lrs_server",
                                       "lrs_report_endpoint_metrics",
                                       "filters",
                                       "upstream_http_protocol_options",
                                       "upstream_config",
                                       "connection_pool_per_downstream_connection",
                                       "dns_jitter",
                                       "round_robin_lb_config",
                                       "per_endpoint_stats",
                                       "drain_connections_on_host_removal"}) {
    r.unsupported(field, "Envoy's default applies");
  }
  return out;
}

}  // namespace convoy::config
