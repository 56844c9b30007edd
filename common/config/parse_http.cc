#include "common/base/text.h"
#include "common/config/parse.h"

namespace convoy::config {

namespace {

void parseCommonOptions(const TreeNode& node, const std::string& path, HttpConnectionManager& out,
                        Diagnostics& d) {
  using Underscore = HttpConnectionManager::UnderscoreAction;
  Reader r(node, path, "envoy.config.core.v3.HttpProtocolOptions", d);
  if (const auto idle = r.durationMs("idle_timeout")) out.idle_timeout_ms = *idle;
  if (const auto max = r.durationMs("max_connection_duration")) {
    out.max_connection_duration_ms = *max;
  }
  out.max_headers_count = static_cast<uint32_t>(r.uint("max_headers_count", out.max_headers_count));
  if (out.max_headers_count == 0) {
    r.error("max_headers_count", code::kWrongValue, "max_headers_count is above 0");
  }
  out.max_requests_per_connection = static_cast<uint32_t>(r.uint("max_requests_per_connection", 0));
  out.underscores = static_cast<Underscore>(
      r.enumeration("headers_with_underscores_action",
                    {{"ALLOW", 0, 0}, {"REJECT_REQUEST", 1, 1}, {"DROP_HEADER", 2, 2}}, 0));
  out.max_stream_duration_ms = r.durationMs("max_stream_duration").value_or(0);
  r.noEffect("max_response_headers_kb", "it limits what upstreams say: set it on the cluster");
}

void parseHttp1Options(const TreeNode& node, const std::string& path, HttpConnectionManager& out,
                       Diagnostics& d) {
  Reader r(node, path, "envoy.config.core.v3.Http1ProtocolOptions", d);
  out.accept_http_10 = r.boolean("accept_http_10", false);
  out.default_host_for_http_10 = base::lowered(r.text("default_host_for_http_10"));
  out.enable_trailers = r.boolean("enable_trailers", false);
  r.ignore("allow_absolute_url");  // always allowed, and made origin-form
  out.header_key_format = parseKeyFormat(r);
  r.unsupported("allow_chunked_length", "such messages are refused");
  r.unsupported("override_stream_error_on_invalid_http_message", "the connection closes");
  r.unsupported("send_fully_qualified_url", "targets go out in origin form");
  r.unsupported("use_balsa_parser", "http-parser is used");
  r.unsupported("allow_custom_methods", "unknown methods are refused with 501");
  r.unsupported("ignore_http_11_upgrade", "upgrades follow upgrade_configs");
}

}  // namespace

HeaderKeyFormat parseKeyFormat(Reader& r) {
  HeaderKeyFormat out = HeaderKeyFormat::LowerCase;
  Diagnostics& d = r.diagnostics();
  r.message("header_key_format", [&](const TreeNode& n, const std::string& p) {
    Reader f(n, p, "envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat", d);
    const std::string kind = f.oneOf({"proper_case_words", "stateful_formatter"});
    if (kind == "proper_case_words") {
      f.ignore(kind);
      out = HeaderKeyFormat::ProperCase;
    }
    f.message("stateful_formatter", [&](const TreeNode& e, const std::string& at) {
      Reader s(e, at, "envoy.config.core.v3.TypedExtensionConfig", d);
      const std::string name = s.text("name");
      const TreeNode* config = s.node("typed_config");
      if (typeOf(config) != "PreserveCaseFormatterConfig") {
        d.unsupported(e.origin, at, "Convoy has no header formatter \"" + name + "\"",
                      "field names go out in lower case");
        return;
      }
      out = HeaderKeyFormat::Preserve;
      Reader c(*config, s.pathOf("typed_config"),
               "envoy.extensions.http.header_formatters.preserve_case.v3."
               "PreserveCaseFormatterConfig",
               d);
      c.unsupported("forward_reason_phrase", "answers have the usual phrase of their status");
      if (c.enumeration("formatter_type_on_envoy_headers",
                        {{"DEFAULT", 0, 0}, {"PROPER_CASE", 1, 1}}, 0) == 1) {
        c.unsupported("formatter_type_on_envoy_headers", "they go out in lower case");
      }
    });
  });
  return out;
}

namespace {

void parseUpgrades(Reader& r, HttpConnectionManager& out, Diagnostics& d) {
  r.list("upgrade_configs", [&](const TreeNode& n, const std::string& p) {
    Reader u(n, p,
             "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager."
             "UpgradeConfig",
             d);
    u.required("upgrade_type");
    const std::string type = base::lowered(u.text("upgrade_type"));
    const bool enabled = u.boolean("enabled", true);
    u.unsupported("filters", "the listener's filters apply");
    if (checkUpgradeType(type, n.origin, p, d) && enabled) out.upgrades.push_back(type);
  });
}

void parseNormalization(Reader& r, HttpConnectionManager& out) {
  using Action = HttpConnectionManager::EscapedSlashes;
  out.normalize_path = r.boolean("normalize_path", false);
  out.merge_slashes = r.boolean("merge_slashes", false);
  out.escaped_slashes =
      static_cast<Action>(r.enumeration("path_with_escaped_slashes_action",
                                        {{"IMPLEMENTATION_SPECIFIC_DEFAULT", 0, 0},
                                         {"KEEP_UNCHANGED", 1, 0},
                                         {"REJECT_REQUEST", 2, 1},
                                         {"UNESCAPE_AND_REDIRECT", 3, 2},
                                         {"UNESCAPE_AND_FORWARD", 4, 3}},
                                        0));
  out.strip_any_host_port = r.boolean("strip_any_host_port", false);
  out.strip_matching_host_port = r.boolean("strip_matching_host_port", false);
  out.strip_trailing_host_dot = r.boolean("strip_trailing_host_dot", false);
  if (out.strip_any_host_port && out.strip_matching_host_port) {
    r.error("strip_matching_host_port", code::kConflict,
            "only one of strip_matching_host_port and strip_any_host_port can be set");
  }
}

ClientCertDetails parseClientCert(Reader& r, Diagnostics& d) {
  ClientCertDetails out;
  out.forward =
      static_cast<ClientCertDetails::Forward>(r.enumeration("forward_client_cert_details",
                                                            {{"SANITIZE", 0, 0},
                                                             {"FORWARD_ONLY", 1, 1},
                                                             {"APPEND_FORWARD", 2, 2},
                                                             {"SANITIZE_SET", 3, 3},
                                                             {"ALWAYS_FORWARD_ONLY", 4, 4}},
                                                            0));
  r.message("set_current_client_cert_details", [&](const TreeNode& n, const std::string& p) {
    Reader c(n, p,
             "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager."
             "SetCurrentClientCertDetails",
             d);
    out.subject = c.boolean("subject", false);
    out.cert = c.boolean("cert", false);
    out.chain = c.boolean("chain", false);
    out.dns = c.boolean("dns", false);
    out.uri = c.boolean("uri", false);
  });
  return out;
}

void refuseTheRest(Reader& r) {
  for (const std::string_view field : {"rds", "scoped_routes"}) {
    r.unsupported(field, "no route matches");
  }
  r.noEffect("tracing", "requests are not traced");
  r.noEffect("http3_protocol_options", "clients are spoken to in HTTP/1.1");
  r.ignore("add_proxy_protocol_connection_state");  // of a listener filter that is refused
  for (const std::string_view field :
       {"original_ip_detection_extensions", "request_id_extension",
        "represent_ipv4_remote_address_as_ipv4_mapped_ipv6", "stream_error_on_invalid_http_message",
        "path_normalization_options", "early_header_mutation_extensions",
        "typed_header_validation_config", "http1_safe_max_connection_duration",
        "append_x_forwarded_port", "append_local_overload", "proxy_status_config",
        "access_log_options", "access_log_flush_interval", "flush_access_log_on_new_request",
        "max_request_headers_count"}) {
    r.unsupported(field, "Envoy's default applies");
  }
}

}  // namespace

bool checkUpgradeType(const std::string& type, Origin origin, const std::string& path,
                      Diagnostics& d) {
  constexpr std::string_view kToken = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz/";
  if (type == "connect-udp") {
    d.unsupported(origin, path, "Envoy can tunnel UDP (\"" + type + "\"), Convoy does not yet",
                  "such requests are answered with 403");
  } else if (type == "h2c") {
    d.error(origin, path, code::kWrongValue,
            "an upgrade to h2c would take requests past this proxy unseen",
            "clients may speak HTTP/2 at once (prior knowledge), or over TLS");
  } else if (type.empty() || type.find_first_not_of(kToken) != std::string::npos) {
    d.error(origin, path, code::kWrongValue, "\"" + type + "\" is no name of a protocol");
  } else {
    return true;
  }
  return false;
}

HttpConnectionManager parseHttp(const TreeNode& node, const std::string& path, Diagnostics& d) {
  HttpConnectionManager out;
  out.origin = node.origin;
  Reader r(node, path,
           "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", d);
  r.required("stat_prefix");
  out.stat_prefix = r.text("stat_prefix");
  using Codec = HttpConnectionManager::CodecType;
  out.codec_type = static_cast<Codec>(r.enumeration(
      "codec_type", {{"AUTO", 0, 0}, {"HTTP1", 1, 1}, {"HTTP2", 2, 2}, {"HTTP3", 3, -1}}, 0));
  if (r.oneOf({"route_config", "rds", "scoped_routes"}).empty()) {
    r.error("", code::kMissing, "\"route_config\" is missing: there is nowhere to send a request");
  }
  r.message("route_config", [&](const TreeNode& n, const std::string& p) {
    out.route_config = parseRouteConfiguration(n, p, HttpChain(r.node("http_filters")), d);
  });
  parseHttpFilters(r, out);
  r.list("access_log", [&](const TreeNode& n, const std::string& p) {
    AccessLog log = parseAccessLog(n, p, d);
    if (log.target != AccessLog::Target::File || !log.path.empty()) out.access_log.push_back(log);
  });
  r.message("local_reply_config", [&](const TreeNode& n, const std::string& p) {
    out.local_reply = parseLocalReplies(n, p, d);
  });
  r.message("common_http_protocol_options",
            [&](const TreeNode& n, const std::string& p) { parseCommonOptions(n, p, out, d); });
  r.message("http_protocol_options",
            [&](const TreeNode& n, const std::string& p) { parseHttp1Options(n, p, out, d); });
  r.message("http2_protocol_options", [&](const TreeNode& n, const std::string& p) {
    out.http2 = parseHttp2Options(n, p, d);
  });
  r.message("internal_address_config", [&](const TreeNode& n, const std::string& p) {
    Reader c(n, p,
             "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager."
             "InternalAddressConfig",
             d);
    parseRanges(c, "cidr_ranges", out.internal_ranges);
    out.internal_unix_sockets = c.boolean("unix_sockets", false);
  });
  parseUpgrades(r, out, d);
  out.use_remote_address = r.boolean("use_remote_address", false);
  out.xff_num_trusted_hops = static_cast<uint32_t>(r.uint("xff_num_trusted_hops", 0));
  out.skip_xff_append = r.boolean("skip_xff_append", false);
  out.generate_request_id = r.boolean("generate_request_id", true);
  out.preserve_external_request_id = r.boolean("preserve_external_request_id", false);
  out.always_set_request_id_in_response = r.boolean("always_set_request_id_in_response", false);
  out.server_name = r.text("server_name", "envoy");
  if (out.server_name.empty()) out.server_name = "envoy";
  using Server = HttpConnectionManager::ServerHeader;
  out.server_header = static_cast<Server>(
      r.enumeration("server_header_transformation",
                    {{"OVERWRITE", 0, 0}, {"APPEND_IF_ABSENT", 1, 1}, {"PASS_THROUGH", 2, 2}}, 0));
  out.via = r.text("via");
  out.add_user_agent = r.boolean("add_user_agent", false);
  r.message("scheme_header_transformation", [&](const TreeNode& n, const std::string& p) {
    Reader s(n, p, "envoy.config.core.v3.SchemeHeaderTransformation", d);
    out.scheme_to_overwrite = s.text("scheme_to_overwrite");
    if (s.has("scheme_to_overwrite") && out.scheme_to_overwrite != "http" &&
        out.scheme_to_overwrite != "https") {
      s.error("scheme_to_overwrite", code::kWrongValue, "a scheme is http or https");
    }
    // Upstreams are spoken to in plain text: that is what "as the upstream" comes to.
    if (s.boolean("match_upstream", false)) out.scheme_to_overwrite = "http";
  });
  parseNormalization(r, out);
  out.proxy_100_continue = r.boolean("proxy_100_continue", false);
  const auto duration = [&](std::string_view field, uint64_t& to) {
    if (const auto ms = r.durationMs(field)) to = *ms;
  };
  duration("stream_idle_timeout", out.stream_idle_timeout_ms);
  duration("request_timeout", out.request_timeout_ms);
  duration("request_headers_timeout", out.request_headers_timeout_ms);
  duration("drain_timeout", out.drain_timeout_ms);
  duration("delayed_close_timeout", out.delayed_close_timeout_ms);
  out.max_request_headers_kb = static_cast<uint32_t>(r.uint("max_request_headers_kb", 60, 8192));
  if (out.max_request_headers_kb == 0) {
    r.error("max_request_headers_kb", code::kWrongValue, "max_request_headers_kb is above 0");
  }
  out.client_cert = parseClientCert(r, d);
  refuseTheRest(r);
  return out;
}

}  // namespace convoy::config
