#include "common/base/text.h"
#include "common/config/parse.h"
#include "common/config/uri_template.h"

namespace convoy::config {

namespace {

void parseUpgrades(Reader& r, RouteAction& out, Diagnostics& d) {
  r.list("upgrade_configs", [&](const TreeNode& n, const std::string& p) {
    Reader u(n, p, "envoy.config.route.v3.RouteAction.UpgradeConfig", d);
    u.required("upgrade_type");
    const std::string type = base::lowered(u.text("upgrade_type"));
    const bool enabled = u.boolean("enabled", true);
    u.message("connect_config", [&](const TreeNode& c, const std::string& cp) {
      Reader k(c, cp, "envoy.config.route.v3.RouteAction.UpgradeConfig.ConnectConfig", d);
      k.unsupported("proxy_protocol_config", "the tunnel begins without a PROXY header");
      k.unsupported("allow_post", "a POST is no CONNECT");
      out.connect_to_raw = true;
    });
    if (out.connect_to_raw && type != "connect") {
      u.error("connect_config", code::kConflict, "connect_config is for upgrade_type: CONNECT");
    }
    if (!checkUpgradeType(type, n.origin, p, d)) return;
    (enabled ? out.upgrades : out.upgrades_disabled).push_back(type);
  });
}

WeightedCluster parseWeighted(const TreeNode& node, const std::string& path, const HttpChain& chain,
                              Diagnostics& d) {
  WeightedCluster out;
  out.origin = node.origin;
  Reader r(node, path, "envoy.config.route.v3.WeightedCluster.ClusterWeight", d);
  if (r.oneOf({"name", "cluster_header"}).empty()) {
    r.error("", code::kMissing, "a weighted cluster needs name or cluster_header");
  }
  out.name = r.text("name");
  out.cluster_header = base::lowered(r.text("cluster_header"));
  if (const TreeNode* name = r.node("name")) out.origin = name->origin;
  out.weight = static_cast<uint32_t>(r.uint("weight", 0));
  out.mutations = parseMutations(r, d);
  out.host_rewrite_literal = r.text("host_rewrite_literal");
  r.message("metadata_match", [&](const TreeNode& n, const std::string& p) {
    out.metadata_match = parseLbMetadata(n, p, d);
  });
  const RouteSettings settings = parseFilterOverrides(r, chain);
  if (settings.cors != nullptr || !settings.filters.empty()) {
    r.unsupported("typed_per_filter_config", "the settings of the route apply");
  }
  return out;
}

// What a weighted cluster says of a key counts, and else what its route says.
void inheritMetadata(LbMetadata& own, const LbMetadata& of_route) {
  for (const auto& entry : of_route) {
    if (findMetadata(own, entry.first) == nullptr) own.push_back(entry);
  }
  std::sort(own.begin(), own.end());
}

void parseMaxStreamDuration(const TreeNode& node, const std::string& path, RouteAction& out,
                            Diagnostics& d) {
  Reader r(node, path, "envoy.config.route.v3.RouteAction.MaxStreamDuration", d);
  MaxStreamDuration& duration = out.max_stream_duration.emplace();
  duration.max_ms = r.durationMs("max_stream_duration");
  duration.grpc_timeout_max_ms = r.durationMs("grpc_timeout_header_max");
  duration.grpc_timeout_offset_ms = r.durationMs("grpc_timeout_header_offset").value_or(0);
}

// Read by the filter of that name only: without it they limit nothing, in Envoy as here.
void parseRateLimits(Reader& r, const HttpChain& chain) {
  for (const std::string_view field : {"rate_limits", "include_vh_rate_limits"}) {
    if (chain.has("envoy.filters.http.ratelimit") ||
        chain.has("envoy.filters.http.local_ratelimit")) {
      r.unsupported(field, "requests are not limited");
    } else {
      r.noEffect(field, "there is no rate limit filter in http_filters");
    }
  }
}

// The older form, which settings of the filter (`cors`, if given) take the place of.
void parseOldCors(Reader& r, const HttpChain& chain, std::shared_ptr<const CorsPolicy>& cors) {
  if (!chain.has("envoy.filters.http.cors")) {
    r.noEffect("cors", "there is no filter \"envoy.filters.http.cors\" in http_filters");
    return;
  }
  r.message("cors", [&](const TreeNode& n, const std::string& p) {
    auto old = parseCorsPolicy(n, p, "envoy.config.route.v3.CorsPolicy", r.diagnostics());
    if (cors == nullptr) cors = std::move(old);
  });
}

RouteAction parseAction(const TreeNode& node, const std::string& path, const HttpChain& chain,
                        std::shared_ptr<const CorsPolicy>& cors, Diagnostics& d) {
  RouteAction out;
  out.origin = node.origin;
  Reader r(node, path, "envoy.config.route.v3.RouteAction", d);
  const std::string kind = r.oneOf({"cluster", "weighted_clusters", "cluster_header",
                                    "inline_cluster_specifier_plugin", "cluster_specifier_plugin"});
  if (kind.empty())
    r.error("", code::kMissing,
            "a route action needs cluster, cluster_header or weighted_clusters");
  out.cluster = r.text("cluster");
  if (const TreeNode* cluster = r.node("cluster")) out.origin = cluster->origin;
  r.message("weighted_clusters", [&](const TreeNode& n, const std::string& p) {
    Reader w(n, p, "envoy.config.route.v3.WeightedCluster", d);
    w.required("clusters");
    w.ignore("total_weight");
    w.noEffect("runtime_key_prefix", "the weights of the file apply");
    w.oneOf({"header_name", "use_hash_policy"});
    out.random_value_header = base::lowered(w.text("header_name"));
    w.unsupported("use_hash_policy", "the choice is random");
    uint64_t total = 0;
    w.list("clusters", [&](const TreeNode& c, const std::string& cp) {
      out.weighted_clusters.push_back(parseWeighted(c, cp, chain, d));
      total += out.weighted_clusters.back().weight;
    });
    if (!out.weighted_clusters.empty() && total == 0) {
      w.error("clusters", code::kWrongValue, "the weights add up to 0: no cluster can be chosen");
    }
  });
  out.cluster_header = base::lowered(r.text("cluster_header"));
  r.unsupported("inline_cluster_specifier_plugin", "the route has no cluster");
  r.unsupported("cluster_specifier_plugin", "the route has no cluster");
  out.cluster_not_found_status = r.enumeration(
      "cluster_not_found_response_code",
      {{"SERVICE_UNAVAILABLE", 0, 503}, {"NOT_FOUND", 1, 404}, {"INTERNAL_SERVER_ERROR", 2, 500}},
      503);
  if (r.oneOf({"prefix_rewrite", "regex_rewrite", "path_rewrite_policy", "path_rewrite"}) ==
      "prefix_rewrite") {
    out.prefix_rewrite = r.text("prefix_rewrite");
  }
  r.message("regex_rewrite", [&](const TreeNode& n, const std::string& p) {
    out.regex_rewrite = parseRegexRewrite(n, p, d);
  });
  r.oneOf({"host_rewrite_literal", "auto_host_rewrite", "host_rewrite_header",
           "host_rewrite_path_regex", "host_rewrite"});
  out.host_rewrite_literal = r.text("host_rewrite_literal");
  out.host_rewrite_header = base::lowered(r.text("host_rewrite_header"));
  out.auto_host_rewrite = r.boolean("auto_host_rewrite", false);
  r.message("host_rewrite_path_regex", [&](const TreeNode& n, const std::string& p) {
    out.host_rewrite_path_regex = parseRegexRewrite(n, p, d);
  });
  out.append_x_forwarded_host = r.boolean("append_x_forwarded_host", false);
  if (const auto timeout = r.durationMs("timeout")) out.timeout_ms = *timeout;
  out.idle_timeout_ms = r.durationMs("idle_timeout");
  parseUpgrades(r, out, d);
  for (const std::string_view field : {"path_rewrite", "host_rewrite"}) {
    r.unsupported(field, "host or path go on unchanged");
  }
  for (const std::string_view field : {"retry_policy_typed_config", "hedge_policy"}) {
    r.unsupported(field, "a failed request is not tried again");
  }
  out.mirrors = parseMirrors(r);
  r.message("retry_policy", [&](const TreeNode& n, const std::string& p) {
    out.retry_policy = parseRetryPolicy(n, p, d);
  });
  parseRateLimits(r, chain);
  parseOldCors(r, chain, cors);
  out.max_grpc_timeout_ms = r.durationMs("max_grpc_timeout");
  out.grpc_timeout_offset_ms = r.durationMs("grpc_timeout_offset").value_or(0);
  r.message("max_stream_duration",
            [&](const TreeNode& n, const std::string& p) { parseMaxStreamDuration(n, p, out, d); });
  for (const std::string_view field : {"early_data_policy", "flush_timeout"}) {
    r.unsupported(field, "the route's timeout applies");
  }
  r.list("hash_policy", [&](const TreeNode& n, const std::string& p) {
    out.hash_policy.push_back(parseHashPolicy(n, p, d));
  });
  r.message("metadata_match", [&](const TreeNode& n, const std::string& p) {
    out.metadata_match = parseLbMetadata(n, p, d);
  });
  for (WeightedCluster& weighted : out.weighted_clusters) {
    inheritMetadata(weighted.metadata_match, out.metadata_match);
  }
  out.priority =
      static_cast<Priority>(r.enumeration("priority", {{"DEFAULT", 0, 0}, {"HIGH", 1, 1}}, 0));
  out.internal_redirect = parseInternalRedirects(r);
  return out;
}

RedirectAction parseRedirect(const TreeNode& node, const std::string& path, Diagnostics& d) {
  RedirectAction out;
  Reader r(node, path, "envoy.config.route.v3.RedirectAction", d);
  const std::string scheme = r.oneOf({"https_redirect", "scheme_redirect"});
  if (scheme == "https_redirect" && r.boolean(scheme, false)) out.scheme_redirect = "https";
  if (scheme == "scheme_redirect") out.scheme_redirect = r.text(scheme);
  out.host_redirect = r.text("host_redirect");
  out.port_redirect = static_cast<uint32_t>(r.uint("port_redirect", 0, 65535));
  const std::string kind = r.oneOf({"path_redirect", "prefix_rewrite", "regex_rewrite"});
  if (kind == "path_redirect") out.path_redirect = r.text(kind);
  if (kind == "prefix_rewrite") out.prefix_rewrite = r.text(kind);
  if (kind == "regex_rewrite")
    out.regex_rewrite = parseRegexRewrite(*r.node(kind), r.pathOf(kind), d);
  out.status = r.enumeration("response_code",
                             {{"MOVED_PERMANENTLY", 0, 301},
                              {"FOUND", 1, 302},
                              {"SEE_OTHER", 2, 303},
                              {"TEMPORARY_REDIRECT", 3, 307},
                              {"PERMANENT_REDIRECT", 4, 308}},
                             301);
  out.strip_query = r.boolean("strip_query", false);
  return out;
}

DirectResponseAction parseDirect(const TreeNode& node, const std::string& path, Diagnostics& d) {
  DirectResponseAction out;
  Reader r(node, path, "envoy.config.route.v3.DirectResponseAction", d);
  r.required("status");
  out.status = static_cast<int>(r.uint("status", 200, 599));
  if (out.status < 200) {
    r.error("status", code::kWrongValue, "a direct response has a status from 200 to 599");
  }
  r.message("body", [&](const TreeNode& n, const std::string& p) {
    out.body = parseDataSource(n, p, d);
    if (out.body.size() > 4096 * 256) {
      r.error("body", code::kWrongValue, "a direct response body has at most 1 MiB");
    }
  });
  r.message("body_format", [&](const TreeNode& n, const std::string& p) {
    out.format = std::make_shared<FormatString>(parseFormatString(n, p, d, true));
  });
  return out;
}

// envoy.path.rewrite.uri_template: what the variables of the match stand for, put together anew.
void parseTemplateRewrite(const TreeNode& node, const std::string& path, Route& out,
                          Diagnostics& d) {
  Reader r(node, path, "envoy.config.core.v3.TypedExtensionConfig", d);
  r.ignore("name");
  const TreeNode* config = r.node("typed_config");
  if (typeOf(config) != "UriTemplateRewriteConfig") {
    d.unsupported(node.origin, path, "Convoy rewrites paths by uri_template only here",
                  "the path goes on unchanged");
    return;
  }
  Reader c(*config, r.pathOf("typed_config"),
           "envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig", d);
  c.required("path_template_rewrite");
  const auto made = uriSubstitution(c.text("path_template_rewrite"), out.match.template_variables);
  if (!made.ok()) {
    c.error("path_template_rewrite", code::kWrongValue, made.error().context);
  } else if (out.match.path_kind != RouteMatch::Path::SafeRegex) {
    c.error("path_template_rewrite", code::kConflict,
            "a uri_template rewrite needs a uri_template in the route's path_match_policy");
  } else {
    const std::string whole = "^" + out.match.path + "$";
    out.action.regex_rewrite = {base::Regex::compile(whole).value(), *made};
  }
}

void parseBufferLimit(Reader& r, std::optional<uint64_t>& out) {
  r.oneOf({"per_request_buffer_limit_bytes", "request_body_buffer_limit"});
  out = r.optionalUint("per_request_buffer_limit_bytes");
  if (r.has("request_body_buffer_limit")) {
    out = r.optionalUint("request_body_buffer_limit", UINT64_MAX);
  }
}

Route parseRoute(const TreeNode& node, const std::string& path, const HttpChain& chain,
                 Diagnostics& d) {
  Route out;
  out.origin = node.origin;
  Reader r(node, path, "envoy.config.route.v3.Route", d);
  out.name = r.text("name");
  r.required("match");
  r.message("match",
            [&](const TreeNode& n, const std::string& p) { out.match = parseRouteMatch(n, p, d); });
  RouteSettings settings = parseFilterOverrides(r, chain);
  out.cors = std::move(settings.cors);
  out.filters = std::move(settings.filters);
  const std::string kind =
      r.oneOf({"route", "redirect", "direct_response", "filter_action", "non_forwarding_action"});
  if (kind.empty()) {
    r.error("", code::kMissing, "a route needs one of route, redirect and direct_response");
  } else if (kind == "route") {
    const TreeNode& action = *r.node(kind);
    out.action = parseAction(action, r.pathOf(kind), chain, out.cors, d);
    if (const TreeNode* rewrite = action.find("path_rewrite_policy")) {
      parseTemplateRewrite(*rewrite, r.pathOf(kind) + ".path_rewrite_policy", out, d);
    }
  } else if (kind == "redirect") {
    out.kind = Route::Kind::Redirect;
    out.redirect = parseRedirect(*r.node(kind), r.pathOf(kind), d);
  } else if (kind == "direct_response") {
    out.kind = Route::Kind::DirectResponse;
    out.direct = parseDirect(*r.node(kind), r.pathOf(kind), d);
  } else if (kind == "non_forwarding_action") {
    out.kind = Route::Kind::NonForwarding;
    Reader(*r.node(kind), r.pathOf(kind), "envoy.config.route.v3.NonForwardingAction", d);
  }
  out.mutations = parseMutations(r, d);
  r.ignore("metadata");
  r.noEffect("decorator", "requests are not traced");
  r.noEffect("tracing", "requests are not traced");
  out.stat_prefix = r.text("stat_prefix");
  r.unsupported("filter_action", "the route answers 503");
  parseBufferLimit(r, out.action.buffer_limit);
  return out;
}

VirtualCluster parseVirtualCluster(const TreeNode& node, const std::string& path, Diagnostics& d) {
  VirtualCluster out;
  Reader r(node, path, "envoy.config.route.v3.VirtualCluster", d);
  r.required("name");
  r.required("headers");
  out.name = r.text("name");
  r.list("headers", [&](const TreeNode& n, const std::string& p) {
    out.headers.push_back(parseHeaderMatcher(n, p, d));
  });
  return out;
}

VirtualHost parseVirtualHost(const TreeNode& node, const std::string& path, const HttpChain& chain,
                             Diagnostics& d) {
  VirtualHost out;
  out.origin = node.origin;
  Reader r(node, path, "envoy.config.route.v3.VirtualHost", d);
  r.required("name");
  r.required("domains");
  out.name = r.text("name");
  for (const std::string& domain : r.texts("domains")) out.domains.push_back(base::lowered(domain));
  r.list("routes", [&](const TreeNode& n, const std::string& p) {
    out.routes.push_back(parseRoute(n, p, chain, d));
  });
  out.require_tls = static_cast<VirtualHost::RequireTls>(
      r.enumeration("require_tls", {{"NONE", 0, 0}, {"EXTERNAL_ONLY", 1, 1}, {"ALL", 2, 2}}, 0));
  out.mutations = parseMutations(r, d);
  r.unsupported("matcher", "no route matches");
  r.list("virtual_clusters", [&](const TreeNode& n, const std::string& p) {
    out.virtual_clusters.push_back(parseVirtualCluster(n, p, d));
  });
  parseRateLimits(r, chain);
  RouteSettings settings = parseFilterOverrides(r, chain);
  out.cors = std::move(settings.cors);
  out.filters = std::move(settings.filters);
  parseOldCors(r, chain, out.cors);
  out.include_request_attempt_count = r.boolean("include_request_attempt_count", false);
  out.include_attempt_count_in_response = r.boolean("include_attempt_count_in_response", false);
  out.include_is_timeout_retry_header = r.boolean("include_is_timeout_retry_header", false);
  r.message("retry_policy", [&](const TreeNode& n, const std::string& p) {
    const RetryPolicy policy = parseRetryPolicy(n, p, d);
    for (Route& route : out.routes) {
      if (!route.action.retry_policy) route.action.retry_policy = policy;
    }
  });
  r.unsupported("retry_policy_typed_config", "a failed request is not tried again");
  r.unsupported("hedge_policy", "a failed request is not tried again");
  parseBufferLimit(r, out.buffer_limit);
  out.mirrors = parseMirrors(r);
  r.ignore("metadata");
  return out;
}

// What a route does not say itself is that of its virtual host, and then of the configuration.
void inheritFromAbove(RouteConfiguration& out) {
  for (VirtualHost& host : out.virtual_hosts) {
    if (host.mirrors == nullptr) host.mirrors = out.mirrors;
    for (Route& route : host.routes) {
      if (route.action.mirrors == nullptr) route.action.mirrors = host.mirrors;
      if (!route.action.buffer_limit) route.action.buffer_limit = host.buffer_limit;
    }
  }
}

void checkDirectBodies(Reader& r, const RouteConfiguration& out) {
  const auto most = r.optionalUint("max_direct_response_body_size_bytes");
  if (!most) return;
  for (const VirtualHost& host : out.virtual_hosts) {
    for (const Route& route : host.routes) {
      if (route.direct.body.size() <= *most) continue;
      r.error("max_direct_response_body_size_bytes", code::kWrongValue,
              "a direct response of the virtual host \"" + host.name + "\" has " +
                  std::to_string(route.direct.body.size()) + " bytes");
    }
  }
}

}  // namespace

RouteConfiguration parseRouteConfiguration(const TreeNode& node, const std::string& path,
                                           const HttpChain& chain, Diagnostics& d) {
  RouteConfiguration out;
  Reader r(node, path, "envoy.config.route.v3.RouteConfiguration", d);
  out.name = r.text("name");
  r.list("virtual_hosts", [&](const TreeNode& n, const std::string& p) {
    out.virtual_hosts.push_back(parseVirtualHost(n, p, chain, d));
  });
  out.mutations = parseMutations(r, d);
  out.most_specific_header_mutations_wins = r.boolean("most_specific_header_mutations_wins", false);
  r.ignore("validate_clusters");
  r.ignore("metadata");
  r.unsupported("vhds", "only the virtual hosts of the file exist");
  for (const std::string& name : r.texts("internal_only_headers")) {
    out.internal_only_headers.push_back(base::lowered(name));
  }
  r.unsupported("cluster_specifier_plugins", "they choose no cluster");
  out.mirrors = parseMirrors(r);
  inheritFromAbove(out);
  out.ignore_port_in_host_matching = r.boolean("ignore_port_in_host_matching", false);
  out.ignore_path_parameters = r.boolean("ignore_path_parameters_in_path_matching", false);
  checkDirectBodies(r, out);
  RouteSettings settings = parseFilterOverrides(r, chain);
  out.cors = std::move(settings.cors);
  out.filters = std::move(settings.filters);
  return out;
}

}  // namespace convoy::config
