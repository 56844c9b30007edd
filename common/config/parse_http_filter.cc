// The HTTP filters that there are: one row each.
#include <algorithm>

#include "common/config/parse.h"
#include "common/config/parse_filters.h"
#include "common/config/upgrade.h"

namespace convoy::config {

namespace {

struct Row {
  std::string_view name;     // canonical
  std::string_view message;  // its typed_config
  HttpFilter::Kind kind;
  FilterSettings (*parse)(Reader& r) = nullptr;
  // For single routes and virtual hosts; "": there is nothing to say.
  std::string_view of_route = {};
  FilterSettings (*parse_of_route)(Reader& r, bool& disabled) = nullptr;
};

void parseStrictHeaders(Reader& r, HttpFilter& out) {
  constexpr std::string_view kKnown[] = {
      "x-envoy-upstream-rq-timeout-ms", "x-envoy-upstream-rq-per-try-timeout-ms",
      "x-envoy-max-retries", "x-envoy-retry-grpc-on", "x-envoy-retry-on"};
  for (const std::string& name : r.texts("strict_check_headers")) {
    if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown)) {
      r.error("strict_check_headers", code::kWrongValue,
              "\"" + name +
                  "\" cannot be checked here; x-envoy-upstream-rq-timeout-ms, "
                  "x-envoy-upstream-rq-per-try-timeout-ms, x-envoy-max-retries, "
                  "x-envoy-retry-grpc-on and x-envoy-retry-on can");
    }
    out.router_strict_check_headers.push_back(name);
  }
}

void parseRouter(Reader& r, HttpFilter& out) {
  out.router_suppress_envoy_headers = r.boolean("suppress_envoy_headers", false);
  r.ignore("dynamic_stats");
  r.ignore("start_child_span");
  r.unsupported("upstream_log", "attempts are not logged");
  r.unsupported("upstream_log_options", "attempts are not logged");
  out.router_respect_expected_rq_timeout = r.boolean("respect_expected_rq_timeout", false);
  parseStrictHeaders(r, out);
  r.unsupported("suppress_grpc_request_failure_code_stats", "they are counted");
  r.unsupported("upstream_http_filters", "requests pass without them");
}

// A message that is the same for the filter and for a route.
template <FilterSettings (*Parse)(Reader&)>
FilterSettings same(Reader& r, bool&) {
  return Parse(r);
}

constexpr Row kRows[] = {
    {"envoy.filters.http.buffer", "envoy.extensions.filters.http.buffer.v3.Buffer",
     HttpFilter::Kind::Buffer, parseBuffer,
     "envoy.extensions.filters.http.buffer.v3.BufferPerRoute", parseBufferOfRoute},
    {"envoy.filters.http.cors", "envoy.extensions.filters.http.cors.v3.Cors",
     HttpFilter::Kind::Cors},
    {"envoy.filters.http.csrf", "envoy.extensions.filters.http.csrf.v3.CsrfPolicy",
     HttpFilter::Kind::Csrf, parseCsrf, "envoy.extensions.filters.http.csrf.v3.CsrfPolicy",
     same<parseCsrf>},
    {"envoy.filters.http.fault", "envoy.extensions.filters.http.fault.v3.HTTPFault",
     HttpFilter::Kind::Fault, parseFault, "envoy.extensions.filters.http.fault.v3.HTTPFault",
     same<parseFault>},
    {"envoy.filters.http.grpc_http1_bridge",
     "envoy.extensions.filters.http.grpc_http1_bridge.v3.Config", HttpFilter::Kind::GrpcBridge,
     parseGrpcBridge},
    {"envoy.filters.http.grpc_stats", "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig",
     HttpFilter::Kind::GrpcStats, parseGrpcStats},
    {"envoy.filters.http.grpc_web", "envoy.extensions.filters.http.grpc_web.v3.GrpcWeb",
     HttpFilter::Kind::GrpcWeb},
    {"envoy.filters.http.header_mutation",
     "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
     HttpFilter::Kind::HeaderMutation, parseHeaderMutation,
     "envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute",
     parseHeaderMutationOfRoute},
    {"envoy.filters.http.health_check", "envoy.extensions.filters.http.health_check.v3.HealthCheck",
     HttpFilter::Kind::HealthCheck, parseHealthCheckFilter},
    {"envoy.filters.http.local_ratelimit",
     "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
     HttpFilter::Kind::LocalRateLimit, parseLocalRateLimit,
     "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit", parseLocalRateLimitOfRoute},
    {"envoy.filters.http.rbac", "envoy.extensions.filters.http.rbac.v3.RBAC",
     HttpFilter::Kind::Rbac, parseRbac, "envoy.extensions.filters.http.rbac.v3.RBACPerRoute",
     parseRbacOfRoute},
    {"envoy.filters.http.router", "envoy.extensions.filters.http.router.v3.Router",
     HttpFilter::Kind::Router},
};

// By the type of its configuration; by its name where that says none.
const Row* rowOf(const TreeNode& filter) {
  const TreeNode* config = filter.find("typed_config");
  const TreeNode* type = config == nullptr ? nullptr : config->find("@type");
  std::string_view url;
  if (type != nullptr) url = type->scalar;
  // Envoy finds the filter by its type for routes, too, and takes that where it says nothing.
  if (typeSuffix(url) == "CorsPolicy" && config->members.size() == 1) url = "Cors";
  const TreeNode* name = filter.find("name");
  for (const Row& row : kRows) {
    if (!url.empty() ? meansMessage(url, row.message)
                     : name != nullptr && canonicalName(name->scalar) == row.name) {
      return &row;
    }
  }
  return nullptr;
}

bool isRouter(const TreeNode& filter) {
  const Row* row = rowOf(filter);
  return row != nullptr && row->kind == HttpFilter::Kind::Router;
}

void parseFilter(const TreeNode& node, const std::string& path, HttpConnectionManager& out,
                 Diagnostics& d) {
  Reader r(node, path, "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter", d);
  r.required("name");
  HttpFilter filter;
  filter.name = canonicalName(r.text("name"));
  const bool disabled = r.boolean("disabled", false);
  r.ignore("is_optional");
  r.unsupported("config_discovery", "the filter is left out");
  const Row* row = rowOf(node);
  if (row == nullptr) {
    r.node("typed_config");
    if (!disabled) reportExtension("HTTP filter", "envoy.filters.http.", r, d);
    return;
  }
  filter.kind = row->kind;
  const bool router = row->kind == HttpFilter::Kind::Router;
  filter.disabled = disabled && !router;
  const TreeNode nothing = TreeNode::map(node.origin);
  const TreeNode* config = r.node("typed_config");
  if (config != nullptr || row->parse != nullptr) {
    Reader c(config == nullptr ? nothing : *config, r.pathOf("typed_config"), row->message, d);
    if (router) parseRouter(c, filter);
    if (row->parse != nullptr) {
      filter.settings = std::make_shared<const FilterSettings>(row->parse(c));
    }
  }
  out.http_filters.push_back(std::move(filter));
}

}  // namespace

std::string_view httpFilterName(const TreeNode& filter) {
  const Row* row = rowOf(filter);
  return row == nullptr ? std::string_view() : row->name;
}

bool parseFilterOfRoute(std::string_view type, const TreeNode& node, const std::string& path,
                        FilterOverride& out, Diagnostics& d) {
  for (const Row& row : kRows) {
    if (row.of_route.empty() || typeSuffix(row.of_route) != type) continue;
    Reader r(node, path, row.of_route, d);
    FilterSettings settings = row.parse_of_route(r, out.disabled);
    if (settings.index() != 0) {
      out.settings = std::make_shared<const FilterSettings>(std::move(settings));
    }
    return true;
  }
  return false;
}

// The chain ends with the terminal filter, and has only one.
void parseHttpFilters(Reader& r, HttpConnectionManager& out) {
  Diagnostics& d = r.diagnostics();
  r.list("http_filters",
         [&](const TreeNode& n, const std::string& p) { parseFilter(n, p, out, d); });
  const TreeNode* filters = r.node("http_filters");
  if (filters == nullptr || (filters->isList() && filters->list.empty())) {
    d.warning(
        filters == nullptr ? r.origin() : Origin(filters->origin), r.pathOf("http_filters"),
        code::kNoEffect,
        "http_filters is empty: without a router no route is followed, and each request waits "
        "for its timeouts, as in Envoy",
        "add {name: envoy.filters.http.router} with its typed_config");
    return;
  }
  const auto routers =
      std::count_if(out.http_filters.begin(), out.http_filters.end(),
                    [](const HttpFilter& f) { return f.kind == HttpFilter::Kind::Router; });
  if (routers > 1)
    r.error("http_filters", code::kConflict, "http_filters has more than one router");
  const TreeNode& last = filters->isList() ? filters->list.back() : *filters;
  if (!isRouter(last)) {
    d.error(last.origin, r.pathOf("http_filters"), code::kMissing,
            "the last of http_filters is not a terminal filter",
            routers == 0 ? "end the list with envoy.filters.http.router"
                         : "move the router to the end of the list");
  }
}

}  // namespace convoy::config
