// The HTTP filters for gRPC that have settings: grpc_stats, grpc_http1_bridge.
#include <algorithm>

#include "common/config/parse.h"
#include "common/config/parse_filters.h"

namespace convoy::config {

namespace {

void addMethod(const std::string& service, std::string method, std::vector<GrpcMethod>& out) {
  const bool known = std::any_of(out.begin(), out.end(), [&](const GrpcMethod& one) {
    return one.service == service && one.name == method;
  });
  if (!known) out.push_back({service, std::move(method)});
}

void parseService(const TreeNode& node, const std::string& path, std::vector<GrpcMethod>& out,
                  Diagnostics& d) {
  Reader r(node, path, "envoy.config.core.v3.GrpcMethodList.Service", d);
  r.required("name");
  r.required("method_names");
  const std::string service = r.text("name");
  std::vector<std::string> methods = r.texts("method_names");
  if (methods.empty()) {
    r.error("method_names", code::kMissing, "method_names is empty: a service needs at least one",
            "name the methods as the .proto file has them");
  }
  for (std::string& method : methods) addMethod(service, std::move(method), out);
}

}  // namespace

FilterSettings parseGrpcStats(Reader& r) {
  GrpcStatsFilter out;
  Diagnostics& d = r.diagnostics();
  r.oneOf({"individual_method_stats_allowlist", "stats_for_all_methods"});
  r.message("individual_method_stats_allowlist", [&](const TreeNode& n, const std::string& p) {
    Reader list(n, p, "envoy.config.core.v3.GrpcMethodList", d);
    list.list("services", [&](const TreeNode& service, const std::string& at) {
      parseService(service, at, out.methods, d);
    });
  });
  // Counters are laid out from the configuration, and a client could name any number of methods.
  r.unsupported("stats_for_all_methods",
                "name the methods in individual_method_stats_allowlist: all others are counted "
                "together");
  r.ignore("replace_dots_in_grpc_service_name");  // of stats_for_all_methods only
  out.upstream_time = r.boolean("enable_upstream_stats", false);
  if (r.boolean("emit_filter_state", false)) {
    r.noEffect("emit_filter_state", "%FILTER_STATE% of an access log says \"-\"");
  }
  return out;
}

FilterSettings parseGrpcBridge(Reader& r) {
  GrpcBridgeFilter out;
  out.upgrade_protobuf = r.boolean("upgrade_protobuf_to_grpc", false);
  out.ignore_query = r.boolean("ignore_query_parameters", false);
  return out;
}

}  // namespace convoy::config
