// The transport socket of a cluster: TLS, plain bytes, or either behind a PROXY header; and what of
// a request bears on it.
#include <algorithm>

#include "common/base/base64.h"
#include "common/base/text.h"
#include "common/config/parse.h"
#include "common/config/upgrade.h"

namespace convoy::config {

namespace {

constexpr std::string_view kUpstream =
    "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport";

bool isProxySocket(Reader& r) {
  const TreeNode* socket = r.node("transport_socket");
  if (socket == nullptr) return false;
  const TreeNode* config = socket->find("typed_config");
  if (config == nullptr) config = socket->find("typedConfig");
  const std::string type = typeOf(config);
  if (!type.empty()) return type == "ProxyProtocolUpstreamTransport";
  const TreeNode* name = socket->find("name");
  return name != nullptr && name->scalar == "envoy.transport_sockets.upstream_proxy_protocol";
}

}  // namespace

UpstreamProxy parseProxyConfig(const TreeNode& node, const std::string& path, Diagnostics& d) {
  UpstreamProxy out;
  Reader r(node, path, "envoy.config.core.v3.ProxyProtocolConfig", d);
  out.version = static_cast<uint8_t>(r.enumeration("version", {{"V1", 0, 1}, {"V2", 1, 2}}, 1));
  r.message("pass_through_tlvs", [&](const TreeNode& n, const std::string& p) {
    Reader t(n, p, "envoy.config.core.v3.ProxyProtocolPassThroughTLVs", d);
    out.pass_all_tlvs = t.enumeration("match_type", {{"INCLUDE_ALL", 0, 1}, {"INCLUDE", 1, 0}}, 1);
    t.list("tlv_type", [&](const TreeNode& type, const std::string& at) {
      out.pass_tlvs.push_back(parseTlvType(type, at, d));
    });
  });
  r.list("added_tlvs", [&](const TreeNode& n, const std::string& p) {
    Reader t(n, p, "envoy.config.core.v3.TlvEntry", d);
    t.required("type");
    t.unsupported("format_string", "the TLV is left out");
    UpstreamProxy::Tlv tlv;
    if (const TreeNode* type = t.node("type")) tlv.type = parseTlvType(*type, t.pathOf("type"), d);
    if (!base::decodeBase64(t.text("value"), tlv.value)) {
      t.error("value", code::kWrongValue, "value is not base64");
    }
    if (tlv.value.size() > 4096) {
      t.error("value", code::kWrongValue, "a TLV that is added has at most 4096 octets");
    }
    out.added_tlvs.push_back(std::move(tlv));
  });
  if (out.version == 1 && (!out.added_tlvs.empty() || r.has("pass_through_tlvs"))) {
    r.error("version", code::kConflict, "only version V2 of the PROXY protocol has TLVs");
  }
  return out;
}

void parseAutoSni(const TreeNode& node, const std::string& path, AutoSni& out, Diagnostics& d) {
  Reader r(node, path, "envoy.config.core.v3.UpstreamHttpProtocolOptions", d);
  out.sni = r.boolean("auto_sni", false);
  out.san = r.boolean("auto_san_validation", false);
  out.origin = node.origin;
  out.header = base::lowered(r.text("override_auto_sni_header"));
  if (out.header == ":authority" || out.header == "host") out.header.clear();
  const bool token = std::all_of(out.header.begin(), out.header.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
  if (!token) {
    r.error("override_auto_sni_header", code::kWrongValue,
            "\"" + out.header + "\" is not the name of a header field");
  }
}

void checkAutoSni(const Cluster& cluster, Diagnostics& d) {
  const AutoSni& wanted = cluster.auto_sni;
  if (!wanted.sni && !wanted.san) return;
  if (!cluster.tls) {
    d.warning(wanted.origin, "", code::kNoEffect,
              "auto_sni and auto_san_validation do nothing: the cluster has no TLS",
              "give it a transport_socket with an UpstreamTlsContext");
  } else if (wanted.san && !cluster.tls->validation.asksForCertificate()) {
    // Envoy takes it, and refuses every connection.
    d.error(wanted.origin, "", code::kMissing,
            "auto_san_validation: a name proves nothing without a trusted_ca that vouches for it",
            "give validation_context with trusted_ca");
  }
}

std::optional<UpstreamProxy> parseClusterSocket(Reader& r, std::optional<UpstreamTls>& tls,
                                                Diagnostics& d) {
  if (!isProxySocket(r)) {
    tls = parseUpstreamSocket(r, d);
    return std::nullopt;
  }
  std::optional<UpstreamProxy> out(std::in_place);
  r.message("transport_socket", [&](const TreeNode& n, const std::string& p) {
    Reader s(n, p, "envoy.config.core.v3.TransportSocket", d);
    s.text("name");
    s.required("typed_config");
    s.message("typed_config", [&](const TreeNode& config, const std::string& at) {
      Reader u(config, at, kUpstream, d);
      u.required("transport_socket");
      u.message("config", [&](const TreeNode& proxy, const std::string& where) {
        out = parseProxyConfig(proxy, where, d);
      });
      u.ignore("allow_unspecified_address");
      u.ignore("tlv_as_pool_key");  // connections are told apart by all of the header anyway
      tls = parseUpstreamSocket(u, d);
    });
  });
  return out;
}

}  // namespace convoy::config
