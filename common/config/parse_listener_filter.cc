#include "common/base/text.h"
#include "common/config/parse.h"
#include "common/config/upgrade.h"

namespace convoy::config {

namespace {

constexpr std::string_view kProxyProtocol =
    "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol";

void parseProxyProtocol(const TreeNode& node, const std::string& path, ProxyProtocol& out,
                        Diagnostics& d) {
  Reader r(node, path, kProxyProtocol, d);
  out.allow_without = r.boolean("allow_requests_without_proxy_protocol", false);
  r.list("disallowed_versions", [&](const TreeNode& n, const std::string& p) {
    const std::string name = n.scalar;
    if (name == "V1" || name == "v1" || name == "0") {
      out.allow_v1 = false;
    } else if (name == "V2" || name == "v2" || name == "1") {
      out.allow_v2 = false;
    } else {
      d.error(n.origin, p, code::kWrongValue, "\"" + name + "\" is neither V1 nor V2");
    }
  });
  if (!out.allow_v1 && !out.allow_v2) {
    r.error("disallowed_versions", code::kConflict,
            "with both versions disallowed no connection with a header would be let in");
  }
  r.message("pass_through_tlvs", [&](const TreeNode& n, const std::string& p) {
    Reader t(n, p, "envoy.config.core.v3.ProxyProtocolPassThroughTLVs", d);
    out.pass_all_tlvs = t.enumeration("match_type", {{"INCLUDE_ALL", 0, 1}, {"INCLUDE", 1, 0}}, 1);
    t.list("tlv_type", [&](const TreeNode& type, const std::string& at) {
      out.pass_tlvs.push_back(parseTlvType(type, at, d));
    });
  });
  r.unsupported("rules", "TLVs are not put into metadata; pass_through_tlvs keeps them");
  r.ignore("tlv_location");
  r.noEffect("stat_prefix", "the counters are those of all listeners together");
}

void parseTlsInspector(const TreeNode& node, const std::string& path, Listener& out,
                       Diagnostics& d) {
  Reader f(node, path, "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector", d);
  f.ignore("initial_read_buffer_size");
  f.ignore("max_client_hello_size");
  f.ignore("close_connection_on_client_hello_parsing_errors");
  if (f.boolean("enable_ja3_fingerprinting", false)) out.ja3 = true;
  f.unsupported("enable_ja4_fingerprinting", "there is no fingerprint of that kind");
}

void parseListenerFilter(const TreeNode& node, const std::string& path, Listener& out,
                         Diagnostics& d) {
  Reader r(node, path, "envoy.config.listener.v3.ListenerFilter", d);
  r.unsupported("filter_disabled", "the filter is always on");
  r.unsupported("config_discovery", "the filter is left out");
  const std::string name(canonicalName(r.text("name")));
  const std::string type = typeOf(r.node("typed_config"));
  const auto is = [&](std::string_view message, std::string_view known) {
    return type == message ||
           (type.empty() && name == "envoy.filters.listener." + std::string(known));
  };
  static const TreeNode empty = TreeNode::map({});
  const TreeNode* config = r.node("typed_config");
  const TreeNode& fields = config == nullptr ? empty : *config;
  const std::string at = r.pathOf("typed_config");
  if (is("ProxyProtocol", "proxy_protocol")) {
    if (out.tls_inspector || out.http_inspector) {
      d.error(node.origin, path, code::kConflict,
              "the PROXY header is the first of a connection: what inspects the bytes after it "
              "comes later",
              "move proxy_protocol to the front of listener_filters");
    }
    out.proxy_protocol.emplace();
    parseProxyProtocol(fields, at, *out.proxy_protocol, d);
  } else if (is("TlsInspector", "tls_inspector")) {
    out.tls_inspector = true;
    parseTlsInspector(fields, at, out, d);
  } else if (is("HttpInspector", "http_inspector")) {
    out.http_inspector = true;
    Reader f(fields, at, "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector", d);
  } else {
    r.ignoreAll();
    const bool original = name == "envoy.filters.listener.original_dst" ||
                          name == "envoy.filters.listener.original_src";
    if (original) {
      d.unsupported(node.origin, path, "Envoy has \"" + name + "\", Convoy does not",
                    "name the upstreams in clusters and reach the listener by its own address; "
                    "the client's address travels by proxy_protocol or x-forwarded-for");
      return;
    }
    reportExtension("listener filter", "envoy.filters.listener.", r, d);
  }
}

}  // namespace

uint8_t parseTlvType(const TreeNode& node, const std::string& path, Diagnostics& d) {
  const auto number = base::parseUint(node.scalar);
  if (!number || *number > 255) {
    d.error(node.origin, path, code::kWrongValue, "the type of a TLV is a number from 0 to 255");
    return 0;
  }
  return static_cast<uint8_t>(*number);
}

void parseListenerFilters(Reader& r, Listener& out, Diagnostics& d) {
  r.list("listener_filters",
         [&](const TreeNode& n, const std::string& p) { parseListenerFilter(n, p, out, d); });
  if (const auto timeout = r.durationMs("listener_filters_timeout")) {
    out.listener_filters_timeout_ms = *timeout;
  }
  out.continue_on_filters_timeout = r.boolean("continue_on_listener_filters_timeout", false);
  // use_proxy_proto of the first chain, as Envoy's first versions said it, counts for all.
  for (size_t i = 0; i < out.chainCount(); ++i) {
    if (out.chain(i).use_proxy_proto && !out.proxy_protocol) out.proxy_protocol.emplace();
  }
}

}  // namespace convoy::config
