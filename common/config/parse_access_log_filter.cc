#include <algorithm>
#include <array>

#include "common/base/text.h"
#include "common/config/model/access_log_filter.h"
#include "common/config/parse.h"

namespace convoy::config {

namespace {

using Kind = AccessLogFilter::Kind;

// Every flag that Envoy has: some are never set here, and then match nothing.
constexpr std::array kFlags = {"LH", "UH", "UT",  "LR",    "UR",   "UF",   "UC", "UO",
                               "NR", "DI", "FI",  "RL",    "UAEX", "RLSE", "DC", "URX",
                               "SI", "IH", "DPE", "UMSDR", "RFCF", "NFCF", "DT", "UPE",
                               "NC", "OM", "DF",  "DO",    "DR",   "UDO"};

void parseComparison(const TreeNode& node, const std::string& path, std::string_view type,
                     AccessLogFilter& out, Diagnostics& d) {
  Reader r(node, path, type, d);
  r.required("comparison");
  r.message("comparison", [&](const TreeNode& n, const std::string& p) {
    Reader c(n, p, "envoy.config.accesslog.v3.ComparisonFilter", d);
    out.op = static_cast<AccessLogFilter::Op>(
        c.enumeration("op", {{"EQ", 0, 0}, {"GE", 1, 1}, {"LE", 2, 2}, {"NE", 3, 3}}, 0));
    c.required("value");
    c.message("value", [&](const TreeNode& v, const std::string& vp) {
      Reader u(v, vp, "envoy.config.core.v3.RuntimeUInt32", d);
      out.value = u.uint("default_value", 0);
      u.ignore("runtime_key");  // its value took the default's place already (runtime_layers)
    });
  });
}

void parseRuntime(const TreeNode& node, const std::string& path, AccessLogFilter& out,
                  Diagnostics& d) {
  Reader r(node, path, "envoy.config.accesslog.v3.RuntimeFilter", d);
  r.required("runtime_key");
  r.ignore("runtime_key");
  r.message("percent_sampled",
            [&](const TreeNode& n, const std::string& p) { out.share = parseFraction(n, p, d); });
  out.independent_randomness = r.boolean("use_independent_randomness", false);
}

void parseFlags(const TreeNode& node, const std::string& path, AccessLogFilter& out,
                Diagnostics& d) {
  Reader r(node, path, "envoy.config.accesslog.v3.ResponseFlagFilter", d);
  out.flags = r.texts("flags");
  for (const std::string& flag : out.flags) {
    if (std::find(kFlags.begin(), kFlags.end(), flag) == kFlags.end()) {
      r.error("flags", code::kWrongValue, "there is no response flag \"" + flag + "\"");
    }
  }
}

void parseList(const TreeNode& node, const std::string& path, std::string_view type,
               AccessLogFilter& out, Diagnostics& d) {
  Reader r(node, path, type, d);
  r.list("filters", [&](const TreeNode& n, const std::string& p) {
    out.filters.push_back(parseAccessLogFilter(n, p, d));
  });
  if (out.filters.size() < 2) {
    r.error("filters", code::kWrongValue, "and_filter and or_filter take two filters or more");
  }
}

// Codes of gRPC, in order.
constexpr std::array kStatuses = {
    "OK",        "CANCELED",       "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};
// Kinds of lines, in Envoy's order: those of the end of a connection and of a request are written.
constexpr std::array kLogTypes = {"NotSet",           "TcpUpstreamConnected", "TcpPeriodic",
                                  "TcpConnectionEnd", "DownstreamStart",      "DownstreamPeriodic",
                                  "DownstreamEnd",    "UpstreamPoolReady",    "UpstreamPeriodic",
                                  "UpstreamEnd"};

// The names' numbers, as bits.
template <typename Names>
uint32_t parseNames(Reader& r, std::string_view field, const Names& names) {
  uint32_t bits = 0;
  r.list(field, [&](const TreeNode& n, const std::string& p) {
    const auto number = base::parseUint(n.scalar);
    size_t at = number ? static_cast<size_t>(*number) : names.size();
    for (size_t i = 0; i < names.size(); ++i) {
      if (base::equalsIgnoreCase(names[i], n.scalar)) at = i;
    }
    if (at < names.size()) {
      bits |= 1u << at;
    } else {
      r.diagnostics().error(n.origin, p, code::kWrongValue,
                            "\"" + n.scalar + "\" is none of the values of this field");
    }
  });
  return bits;
}

void parseStatuses(const TreeNode& node, const std::string& path, AccessLogFilter& out,
                   Diagnostics& d) {
  Reader r(node, path, "envoy.config.accesslog.v3.GrpcStatusFilter", d);
  out.statuses = parseNames(r, "statuses", kStatuses);
  out.exclude = r.boolean("exclude", false);
}

void parseTypes(const TreeNode& node, const std::string& path, AccessLogFilter& out,
                Diagnostics& d) {
  Reader r(node, path, "envoy.config.accesslog.v3.LogTypeFilter", d);
  const uint32_t types = parseNames(r, "types", kLogTypes);
  const bool exclude = r.boolean("exclude", false);
  out.connections = ((types & (1u << 3)) != 0) != exclude;
  out.requests = ((types & (1u << 6)) != 0) != exclude;
}

}  // namespace

AccessLogFilter parseAccessLogFilter(const TreeNode& node, const std::string& path,
                                     Diagnostics& d) {
  AccessLogFilter out;
  Reader r(node, path, "envoy.config.accesslog.v3.AccessLogFilter", d);
  const std::string kind = r.oneOf(
      {"status_code_filter", "duration_filter", "not_health_check_filter", "traceable_filter",
       "runtime_filter", "and_filter", "or_filter", "header_filter", "response_flag_filter",
       "grpc_status_filter", "extension_filter", "metadata_filter", "log_type_filter"});
  for (const std::string_view field : {"extension_filter", "metadata_filter"}) {
    r.unsupported(field, "every request is logged");
  }
  const std::string at = r.pathOf(kind);
  if (kind.empty()) {
    r.error("", code::kMissing, "an access log filter needs one of its kinds");
  } else if (kind == "status_code_filter") {
    out.kind = Kind::StatusCode;
    parseComparison(*r.node(kind), at, "envoy.config.accesslog.v3.StatusCodeFilter", out, d);
  } else if (kind == "duration_filter") {
    out.kind = Kind::Duration;
    parseComparison(*r.node(kind), at, "envoy.config.accesslog.v3.DurationFilter", out, d);
  } else if (kind == "not_health_check_filter") {
    out.kind = Kind::NotHealthCheck;
  } else if (kind == "traceable_filter") {
    out.kind = Kind::Traceable;
    d.warning(r.node(kind)->key_origin, at, code::kNoEffect,
              "requests are not traced, so this access log stays empty");
  } else if (kind == "runtime_filter") {
    out.kind = Kind::Runtime;
    parseRuntime(*r.node(kind), at, out, d);
  } else if (kind == "and_filter") {
    out.kind = Kind::And;
    parseList(*r.node(kind), at, "envoy.config.accesslog.v3.AndFilter", out, d);
  } else if (kind == "or_filter") {
    out.kind = Kind::Or;
    parseList(*r.node(kind), at, "envoy.config.accesslog.v3.OrFilter", out, d);
  } else if (kind == "header_filter") {
    out.kind = Kind::Header;
    Reader h(*r.node(kind), at, "envoy.config.accesslog.v3.HeaderFilter", d);
    h.required("header");
    h.message("header", [&](const TreeNode& n, const std::string& p) {
      out.header = parseHeaderMatcher(n, p, d);
    });
  } else if (kind == "grpc_status_filter") {
    out.kind = Kind::GrpcStatus;
    parseStatuses(*r.node(kind), at, out, d);
  } else if (kind == "log_type_filter") {
    out.kind = Kind::LogType;
    parseTypes(*r.node(kind), at, out, d);
  } else if (kind == "response_flag_filter") {
    out.kind = Kind::ResponseFlag;
    parseFlags(*r.node(kind), at, out, d);
  }
  return out;
}

}  // namespace convoy::config
