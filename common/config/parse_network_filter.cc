// Network filters: those before the last one of a chain, and the small ones that may be the last.
#include "common/config/parse.h"
#include "common/config/upgrade.h"

namespace convoy::config {

namespace {

using Parsed = std::optional<NetworkFilter>;

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
  r.unsupported("runtime_enabled", "the filter is always on");
  return out;
}

Parsed parseConnectionRate(const TreeNode& node, const std::string& path, Diagnostics& d) {
  ConnectionRate out;
  Reader r(node, path, "envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit", d);
  r.required("stat_prefix");
  r.required("token_bucket");
  out.stat_prefix = r.text("stat_prefix");
  r.message("token_bucket", [&](const TreeNode& n, const std::string& p) {
    Reader b(n, p, "envoy.type.v3.TokenBucket", d);
    b.required("max_tokens");
    b.required("fill_interval");
    out.max_tokens = static_cast<uint32_t>(b.uint("max_tokens", 1));
    out.tokens_per_fill = static_cast<uint32_t>(b.uint("tokens_per_fill", 1));
    out.fill_interval_ms = b.durationMs("fill_interval").value_or(1000);
    if (out.max_tokens == 0) {
      b.error("max_tokens", code::kWrongValue, "max_tokens is at least 1");
    }
    if (out.fill_interval_ms < 50) {
      b.error("fill_interval", code::kWrongValue, "fill_interval is at least 50ms, as in Envoy");
    }
  });
  r.unsupported("runtime_enabled", "the filter is always on");
  r.unsupported("share_key", "each filter has a bucket of its own");
  return out;
}

}  // namespace

std::optional<NetworkFilter> parseEarlyFilter(std::string_view name, const TreeNode& node,
                                              const std::string& path, Diagnostics& d) {
  if (name == "connection_limit") return parseConnectionLimit(node, path, d);
  if (name == "local_ratelimit") return parseConnectionRate(node, path, d);
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
