#include <array>

#include "common/base/base64.h"
#include "common/config/parse.h"
#include "common/net/proxy_header.h"

namespace convoy::config {

namespace {

using Kind = HealthCheck::Kind;

constexpr std::string_view kHealthCheck = "envoy.config.core.v3.HealthCheck";
constexpr std::string_view kHttp = "envoy.config.core.v3.HealthCheck.HttpHealthCheck";
constexpr std::string_view kTcp = "envoy.config.core.v3.HealthCheck.TcpHealthCheck";
constexpr std::string_view kPayload = "envoy.config.core.v3.HealthCheck.Payload";

std::string unhex(Reader& r, const std::string& text) {
  std::string out;
  if (text.size() % 2 != 0 ||
      text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
    r.error("text", code::kWrongValue,
            "\"" + text + "\" is not bytes in hexadecimal, such as 0a1b");
    return out;
  }
  for (size_t i = 0; i < text.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return out;
}

// Hexadecimal where bytes are sent, as Envoy has it; `binary` is bytes in base64 (proto3 JSON).
std::string parsePayload(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Reader r(node, path, kPayload, d);
  const std::string kind = r.oneOf({"text", "binary"});
  if (kind == "binary") {
    std::string out;
    if (!base::decodeBase64(r.text("binary"), out)) {
      r.error("binary", code::kWrongValue, "this is not bytes in base64");
    }
    return out;
  }
  if (kind.empty()) r.error("", code::kMissing, "a payload needs text or binary");
  return unhex(r, r.text("text"));
}

std::vector<HealthCheck::StatusRange> parseStatuses(Reader& r, std::string_view field,
                                                    Diagnostics& d) {
  std::vector<HealthCheck::StatusRange> out;
  r.list(field, [&](const TreeNode& n, const std::string& p) {
    Reader range(n, p, "envoy.type.v3.Int64Range", d);
    const HealthCheck::StatusRange statuses{range.integer("start", 0), range.integer("end", 0)};
    if (statuses.first < 100 || statuses.second > 600 || statuses.first >= statuses.second) {
      range.error("", code::kWrongValue,
                  "statuses are from 100 up to 599, and \"end\" is above \"start\"",
                  "\"end\" itself is not expected: {start: 200, end: 300} is every 2xx");
    }
    out.push_back(statuses);
  });
  return out;
}

void parseHttp(const TreeNode& node, const std::string& path, HealthCheck& out, Diagnostics& d) {
  Reader r(node, path, kHttp, d);
  r.required("path");
  out.path = r.text("path");
  out.host = r.text("host");
  constexpr std::array<std::string_view, 10> kMethods = {
      "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
  const int method = r.enumeration("method",
                                   {{"METHOD_UNSPECIFIED", 0, 0},
                                    {"GET", 1, 1},
                                    {"HEAD", 2, 2},
                                    {"POST", 3, 3},
                                    {"PUT", 4, 4},
                                    {"DELETE", 5, 5},
                                    {"CONNECT", 6, -1},
                                    {"OPTIONS", 7, 7},
                                    {"TRACE", 8, 8},
                                    {"PATCH", 9, 9}},
                                   0);
  out.method = kMethods[static_cast<size_t>(method)];
  out.expected_statuses = parseStatuses(r, "expected_statuses", d);
  out.retriable_statuses = parseStatuses(r, "retriable_statuses", d);
  out.mutations = parseMutations(r, d);
  for (const HeaderValueOption& option : out.mutations.request_to_add) {
    if (option.value.isLiteral()) continue;
    r.unsupported("request_headers_to_add", "the text between the percent signs is left out");
    break;
  }
  out.http2 = r.enumeration("codec_client_type",
                            {{"HTTP1", 0, 0}, {"HTTP2", 1, 1}, {"HTTP3", 2, -1}}, 0) == 1;
  r.message("service_name_matcher", [&](const TreeNode& n, const std::string& p) {
    out.service_name = parseStringMatcher(n, p, d);
  });
  r.list("receive", [&](const TreeNode& n, const std::string& p) {
    out.receive.push_back(parsePayload(n, p, d));
  });
  // 0: the whole body; it is kept while the check lasts, so it has an end here.
  out.response_buffer_size = r.uint("response_buffer_size", 1024, 1024 * 1024);
  if (out.response_buffer_size == 0) out.response_buffer_size = 1024 * 1024;
  r.message("send",
            [&](const TreeNode& n, const std::string& p) { out.send = parsePayload(n, p, d); });
}

void parseTcp(const TreeNode& node, const std::string& path, HealthCheck& out, Diagnostics& d) {
  Reader r(node, path, kTcp, d);
  r.message("send",
            [&](const TreeNode& n, const std::string& p) { out.send = parsePayload(n, p, d); });
  r.list("receive", [&](const TreeNode& n, const std::string& p) {
    out.receive.push_back(parsePayload(n, p, d));
  });
  r.message("proxy_protocol_config", [&](const TreeNode& n, const std::string& p) {
    out.preface = net::encodeProxyLocal(parseProxyConfig(n, p, d).version);
  });
}

void parseGrpc(const TreeNode& node, const std::string& path, HealthCheck& out, Diagnostics& d) {
  out.kind = Kind::Grpc;
  out.http2 = true;
  Reader r(node, path, "envoy.config.core.v3.HealthCheck.GrpcHealthCheck", d);
  out.grpc_service = r.text("service_name");
  out.grpc_authority = r.text("authority");
  r.unsupported("initial_metadata", "checks carry no more than they must");
}

void parseTlsOptions(const TreeNode& node, const std::string& path, HealthCheck& out,
                     Diagnostics& d) {
  Reader r(node, path, "envoy.config.core.v3.HealthCheck.TlsOptions", d);
  out.alpn = r.texts("alpn_protocols");
}

// Sinks of another kind than files stay refused.
void parseEventLogger(const TreeNode& node, const std::string& path, HealthCheck& out,
                      Diagnostics& d) {
  Reader r(node, path, "envoy.config.core.v3.TypedExtensionConfig", d);
  const std::string name = r.text("name");
  const TreeNode* config = r.node("typed_config");
  if (typeOf(config) != "HealthCheckEventFileSink") {
    d.unsupported(node.origin, path, "Convoy has no health check event sink \"" + name + "\"",
                  "changes of health go to the application log");
    return;
  }
  Reader c(*config, r.pathOf("typed_config"),
           "envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink", d);
  c.required("event_log_path");
  out.event_logs.push_back(c.text("event_log_path"));
}

uint64_t duration(Reader& r, std::string_view field, uint64_t fallback) {
  const auto ms = r.durationMs(field);
  if (ms && *ms == 0) {
    r.error(field, code::kWrongValue, "\"" + std::string(field) + "\" is above 0");
  }
  return ms.value_or(fallback);
}

void parseTimes(Reader& r, HealthCheck& out) {
  for (const std::string_view field :
       {"timeout", "interval", "unhealthy_threshold", "healthy_threshold"}) {
    r.required(field);
  }
  out.timeout_ms = duration(r, "timeout", 1000);
  out.interval_ms = duration(r, "interval", 1000);
  out.unhealthy_interval_ms = duration(r, "unhealthy_interval", out.interval_ms);
  out.unhealthy_edge_interval_ms =
      duration(r, "unhealthy_edge_interval", out.unhealthy_interval_ms);
  out.healthy_edge_interval_ms = duration(r, "healthy_edge_interval", out.interval_ms);
  out.no_traffic_interval_ms = duration(r, "no_traffic_interval", 60000);
  out.no_traffic_healthy_interval_ms =
      duration(r, "no_traffic_healthy_interval", out.no_traffic_interval_ms);
  out.initial_jitter_ms = r.durationMs("initial_jitter").value_or(0);
  out.interval_jitter_ms = r.durationMs("interval_jitter").value_or(0);
  out.interval_jitter_percent = static_cast<uint32_t>(r.uint("interval_jitter_percent", 0));
  const auto threshold = [&](std::string_view field) {
    const auto count = static_cast<uint32_t>(r.uint(field, 1));
    // Envoy reaches a threshold of 0 at once, as it does one of 1.
    return count == 0 ? 1u : count;
  };
  out.unhealthy_threshold = threshold("unhealthy_threshold");
  out.healthy_threshold = threshold("healthy_threshold");
}

}  // namespace

HealthCheck parseHealthCheck(const TreeNode& node, const std::string& path, Diagnostics& d) {
  HealthCheck out;
  out.origin = node.origin;
  Reader r(node, path, kHealthCheck, d);
  parseTimes(r, out);
  const std::string kind = r.oneOf(
      {"http_health_check", "tcp_health_check", "grpc_health_check", "custom_health_check"});
  if (kind.empty()) {
    r.error("", code::kMissing,
            "a health check needs http_health_check, tcp_health_check or grpc_health_check");
  } else if (kind == "http_health_check") {
    parseHttp(*r.node(kind), r.pathOf(kind), out, d);
  } else if (kind == "grpc_health_check") {
    parseGrpc(*r.node(kind), r.pathOf(kind), out, d);
  } else if (kind == "tcp_health_check") {
    out.kind = Kind::Tcp;
    parseTcp(*r.node(kind), r.pathOf(kind), out, d);
  }
  r.unsupported("custom_health_check", "connecting is enough for a host to be well");
  if (kind == "custom_health_check") out.kind = Kind::Tcp;
  out.alt_port = static_cast<uint16_t>(r.uint("alt_port", 0, 65535));
  out.reuse_connection = r.boolean("reuse_connection", true);
  out.log_every_failure = r.boolean("always_log_health_check_failures", false);
  out.log_every_success = r.boolean("always_log_health_check_success", false);
  if (const std::string file = r.text("event_log_path"); !file.empty()) {
    out.event_logs.push_back(file);
  }
  r.list("event_logger",
         [&](const TreeNode& n, const std::string& p) { parseEventLogger(n, p, out, d); });
  r.unsupported("event_service", "changes of health go to the application log");
  r.message("tls_options",
            [&](const TreeNode& n, const std::string& p) { parseTlsOptions(n, p, out, d); });
  r.unsupported("transport_socket_match_criteria", "checks are plain text");
  return out;
}

OutlierDetection parseOutlierDetection(const TreeNode& node, const std::string& path,
                                       Diagnostics& d) {
  OutlierDetection out;
  Reader r(node, path, "envoy.config.cluster.v3.OutlierDetection", d);
  const auto number = [&](std::string_view field, uint32_t& to, uint64_t max) {
    to = static_cast<uint32_t>(r.uint(field, to, max));
  };
  number("consecutive_5xx", out.consecutive_5xx, UINT32_MAX);
  number("consecutive_gateway_failure", out.consecutive_gateway_failure, UINT32_MAX);
  number("enforcing_consecutive_5xx", out.enforcing_consecutive_5xx, 100);
  number("enforcing_consecutive_gateway_failure", out.enforcing_consecutive_gateway_failure, 100);
  for (const auto& [field, to] : std::initializer_list<std::pair<std::string_view, uint32_t*>>{
           {"enforcing_consecutive_local_origin_failure", &out.enforcing_consecutive_local_origin},
           {"enforcing_success_rate", &out.enforcing_success_rate},
           {"enforcing_local_origin_success_rate", &out.enforcing_local_origin_success_rate},
           {"enforcing_failure_percentage", &out.enforcing_failure_percentage},
           {"enforcing_failure_percentage_local_origin",
            &out.enforcing_failure_percentage_local_origin},
           {"failure_percentage_threshold", &out.failure_percentage_threshold}}) {
    number(field, *to, 100);
  }
  for (const auto& [field, to] : std::initializer_list<std::pair<std::string_view, uint32_t*>>{
           {"consecutive_local_origin_failure", &out.consecutive_local_origin},
           {"success_rate_minimum_hosts", &out.success_rate_minimum_hosts},
           {"success_rate_request_volume", &out.success_rate_request_volume},
           {"success_rate_stdev_factor", &out.success_rate_stdev_factor},
           {"failure_percentage_minimum_hosts", &out.failure_percentage_minimum_hosts},
           {"failure_percentage_request_volume", &out.failure_percentage_request_volume}}) {
    number(field, *to, UINT32_MAX);
  }
  out.split_local_origin = r.boolean("split_external_local_origin_errors", false);
  out.uneject_on_health_check = r.boolean("successful_active_health_check_uneject_host", true);
  r.unsupported("monitors", "hosts are not watched in other ways");
  number("max_ejection_percent", out.max_ejection_percent, 100);
  out.interval_ms = duration(r, "interval", out.interval_ms);
  out.base_ejection_ms = duration(r, "base_ejection_time", out.base_ejection_ms);
  out.max_ejection_ms =
      duration(r, "max_ejection_time", std::max(out.max_ejection_ms, out.base_ejection_ms));
  out.max_ejection_jitter_ms = r.durationMs("max_ejection_time_jitter").value_or(0);
  out.always_eject_one_host = r.boolean("always_eject_one_host", false);
  return out;
}

}  // namespace convoy::config
