// Network filters: those before the last one of a chain, and the small ones that may be the last.
#include <algorithm>

#include "common/config/parse.h"
#include "common/config/upgrade.h"

namespace convoy::config {

namespace {

using Parsed = std::optional<NetworkFilter>;

// A RuntimeFeatureFlag: the default value, which runtime layers may have replaced.
bool parseEnabled(Reader& r) {
  bool enabled = true;
  r.message("runtime_enabled", [&](const TreeNode& n, const std::string& p) {
    Reader flag(n, p, "envoy.config.core.v3.RuntimeFeatureFlag", r.diagnostics());
    flag.ignore("runtime_key");
    enabled = flag.boolean("default_value", true);
  });
  return enabled;
}

Parsed parseConnectionLimit(const TreeNode& node, const std::string& path, Diagnostics& d) {
  ConnectionLimit out;
  Reader r(node, path, "envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit", d);
  r.required("stat_prefix");
  r.required("max_connections");
  out.stat_prefix = r.text("stat_prefix");
  out.max_connections = r.uint("max_connections", 1, INT64_MAX);
  if (out.max_connections == 0) {
    r.error("max_connections", code::kWrongValue, "max_connections is at least 1");
  }
  out.delay_ms = r.durationMs("delay").value_or(0);
  out.enabled = parseEnabled(r);
  return out;
}

Parsed parseConnectionRate(const TreeNode& node, const std::string& path, Diagnostics& d) {
  ConnectionRate out;
  Reader r(node, path, "envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit", d);
  r.required("stat_prefix");
  r.required("token_bucket");
  out.stat_prefix = r.text("stat_prefix");
  r.message("token_bucket", [&](const TreeNode& n, const std::string& p) {
    out.bucket = parseTokenBucket(n, p, d);
  });
  out.share_key = r.text("share_key");
  out.enabled = parseEnabled(r);
  return out;
}

bool asksForARequest(const RbacRule& rule) {
  return rule.kind == RbacRule::Kind::Header || rule.kind == RbacRule::Kind::UrlPath ||
         std::any_of(rule.members.begin(), rule.members.end(), asksForARequest);
}

Parsed parseNetworkRbac(const TreeNode& node, const std::string& path, Diagnostics& d) {
  NetworkRbac out;
  Reader r(node, path, "envoy.extensions.filters.network.rbac.v3.RBAC", d);
  r.required("stat_prefix");
  out.stat_prefix = r.text("stat_prefix");
  const auto rules = [&](std::string_view field, std::optional<RbacRules>& into) {
    r.message(field,
              [&](const TreeNode& n, const std::string& p) { into = parseRbacRules(n, p, d); });
    if (!into) return;
    for (const RbacPolicy& policy : into->policies) {
      const auto any = [](const std::vector<RbacRule>& list) {
        return std::any_of(list.begin(), list.end(), asksForARequest);
      };
      if (!any(policy.permissions) && !any(policy.principals)) continue;
      r.error(
          field, code::kConflict,
          "policy \"" + policy.name + "\" asks for header or url_path: a connection has neither",
          "use envoy.filters.http.rbac for rules on requests");
    }
  };
  rules("rules", out.rules);
  rules("shadow_rules", out.shadow_rules);
  // What the rules ask of a connection does not change while it lasts.
  const int enforcement = r.enumeration(
      "enforcement_type", {{"ONE_TIME_ON_FIRST_BYTE", 0, 0}, {"CONTINUOUS", 1, 1}}, 0);
  if (enforcement == 1) {
    r.noEffect("enforcement_type",
               "the rules are asked once: what they ask for stays as it is while a connection "
               "lasts");
  }
  r.unsupported("matcher", "no connection is refused");
  r.unsupported("shadow_matcher", "no connection is counted");
  r.unsupported("shadow_rules_stat_prefix", "the counters have no prefix of their own");
  r.unsupported("delay_deny", "what is refused is closed at once");
  return out;
}

}  // namespace

TokenBucket parseTokenBucket(const TreeNode& node, const std::string& path, Diagnostics& d) {
  TokenBucket out;
  Reader r(node, path, "envoy.type.v3.TokenBucket", d);
  r.required("max_tokens");
  r.required("fill_interval");
  out.max_tokens = static_cast<uint32_t>(r.uint("max_tokens", 1));
  out.tokens_per_fill = static_cast<uint32_t>(r.uint("tokens_per_fill", 1));
  out.fill_interval_ms = r.durationMs("fill_interval").value_or(1000);
  if (out.max_tokens == 0) r.error("max_tokens", code::kWrongValue, "max_tokens is at least 1");
  if (out.tokens_per_fill == 0) {
    r.error("tokens_per_fill", code::kWrongValue, "tokens_per_fill is at least 1");
  }
  if (out.fill_interval_ms < 50) {
    r.error("fill_interval", code::kWrongValue, "fill_interval is at least 50ms, as in Envoy");
  }
  return out;
}

std::optional<NetworkFilter> parseEarlyFilter(std::string_view name, const TreeNode& node,
                                              const std::string& path, Diagnostics& d) {
  if (name == "connection_limit") return parseConnectionLimit(node, path, d);
  if (name == "local_ratelimit") return parseConnectionRate(node, path, d);
  if (name == "rbac") return parseNetworkRbac(node, path, d);
  Reader r(node, path, "envoy.extensions.filters.network.sni_cluster.v3.SniCluster", d);
  return SniCluster{};
}

NetworkDirectResponse parseNetworkDirectResponse(const TreeNode& node, const std::string& path,
                                                 Diagnostics& d) {
  NetworkDirectResponse out;
  out.origin = node.origin;
  Reader r(node, path, "envoy.extensions.filters.network.direct_response.v3.Config", d);
  r.message("response",
            [&](const TreeNode& n, const std::string& p) { out.body = parseDataSource(n, p, d); });
  return out;
}

}  // namespace convoy::config
