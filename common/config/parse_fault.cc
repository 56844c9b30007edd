#include "common/config/parse.h"
#include "common/config/parse_filters.h"

namespace convoy::config {

namespace {

Fraction parseShare(Reader& r) {
  Fraction out;  // absent: none, as Envoy's proto has it
  r.message("percentage", [&](const TreeNode& n, const std::string& p) {
    out = parseFraction(n, p, r.diagnostics());
  });
  return out;
}

FaultFilter::Delay parseDelay(const TreeNode& node, const std::string& path, Diagnostics& d) {
  FaultFilter::Delay out;
  Reader r(node, path, "envoy.extensions.filters.common.fault.v3.FaultDelay", d);
  if (r.oneOf({"fixed_delay", "header_delay"}).empty()) {
    r.error("", code::kMissing, "a delay needs fixed_delay or header_delay");
  }
  out.from_header = r.has("header_delay");
  r.message("header_delay", [&](const TreeNode& n, const std::string& p) {
    Reader(n, p, "envoy.extensions.filters.common.fault.v3.FaultDelay.HeaderDelay", d);
  });
  out.fixed_ms = r.durationMs("fixed_delay").value_or(0);
  if (r.has("fixed_delay") && out.fixed_ms == 0) {
    r.error("fixed_delay", code::kWrongValue, "fixed_delay is above 0");
  }
  r.ignore("type");  // of v2, where there was one kind
  out.share = parseShare(r);
  return out;
}

FaultFilter::Abort parseAbort(const TreeNode& node, const std::string& path, Diagnostics& d) {
  FaultFilter::Abort out;
  Reader r(node, path, "envoy.extensions.filters.http.fault.v3.FaultAbort", d);
  if (r.oneOf({"http_status", "grpc_status", "header_abort"}).empty()) {
    r.error("", code::kMissing, "an abort needs http_status, grpc_status or header_abort");
  }
  out.from_header = r.has("header_abort");
  r.message("header_abort", [&](const TreeNode& n, const std::string& p) {
    Reader(n, p, "envoy.extensions.filters.http.fault.v3.FaultAbort.HeaderAbort", d);
  });
  if (r.has("http_status")) {
    out.http_status = static_cast<int>(r.uint("http_status", 0, 599));
    if (out.http_status < 200) {
      r.error("http_status", code::kWrongValue, "a status is from 200 to 599");
    }
  }
  if (r.has("grpc_status")) out.grpc_status = static_cast<int>(r.uint("grpc_status", 0, 16));
  out.share = parseShare(r);
  return out;
}

}  // namespace

FilterSettings parseFault(Reader& r) {
  FaultFilter out;
  Diagnostics& d = r.diagnostics();
  r.message("delay",
            [&](const TreeNode& n, const std::string& p) { out.delay = parseDelay(n, p, d); });
  r.message("abort",
            [&](const TreeNode& n, const std::string& p) { out.abort = parseAbort(n, p, d); });
  out.upstream_cluster = r.text("upstream_cluster");
  r.list("headers", [&](const TreeNode& n, const std::string& p) {
    out.headers.push_back(parseHeaderMatcher(n, p, d));
  });
  out.downstream_nodes = r.texts("downstream_nodes");
  out.max_active_faults = r.optionalUint("max_active_faults");
  r.unsupported("response_rate_limit", "answers are not slowed down");
  // Names of runtime keys: what they hold takes the place of nothing here.
  for (const std::string_view field :
       {"delay_percent_runtime", "abort_percent_runtime", "delay_duration_runtime",
        "abort_http_status_runtime", "max_active_faults_runtime",
        "response_rate_limit_percent_runtime", "abort_grpc_status_runtime"}) {
    r.noEffect(field, "the values of the file apply");
  }
  r.ignore("disable_downstream_cluster_stats");  // there are none
  r.ignore("filter_metadata");
  return out;
}

}  // namespace convoy::config
