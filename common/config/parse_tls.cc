#include <algorithm>

#include "common/base/base64.h"
#include "common/base/text.h"
#include "common/config/inline_files.h"
#include "common/config/parse.h"
#include "common/config/upgrade.h"
#include "common/net/tls_context.h"

namespace convoy::config {

namespace {

using Version = TlsSettings::Version;

constexpr std::string_view kOnlyLocal =
    "secrets come from files (path, path_config_source) and static_resources.secrets only";

// The octets of a DataSource; files and variables are in it already (inline_files). `file`: the
// name of the one they are from. `when_empty`: why that is an error, if it is.
std::string bytesOf(const TreeNode& node, const std::string& path, Origin& origin,
                    std::string& file, Diagnostics& d, const std::string& when_empty) {
  Reader r(node, path, "envoy.config.core.v3.DataSource", d);
  origin = node.origin;
  const std::string kind =
      r.oneOf({"inline_string", "inline_bytes", "filename", "environment_variable"});
  r.ignore("watched_directory");
  file = r.text(kInlinedFrom);
  if (kind.empty()) {
    r.error("", code::kMissing, "a DataSource needs filename, inline_string or inline_bytes");
    return "";
  }
  origin = r.node(kind)->origin;
  const std::string text = r.text(kind);
  if (text.empty() && !when_empty.empty()) r.error(kind, code::kWrongValue, when_empty);
  if (kind != "inline_bytes") return text;
  std::string bytes;
  if (!base::decodeBase64(text, bytes)) {
    r.error("inline_bytes", code::kWrongValue, "inline_bytes is not base64");
  }
  return bytes;
}

void readSource(Reader& r, std::string_view field, std::string& out, Origin& origin, Diagnostics& d,
                std::string* file = nullptr, const std::string& when_empty = "") {
  std::string ignored;
  r.message(field, [&](const TreeNode& n, const std::string& p) {
    out = bytesOf(n, p, origin, file == nullptr ? ignored : *file, d, when_empty);
  });
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ":") + name;
  return out;
}

// As BoringSSL's policy of that name, which wins over the other parameters.
void applyFips(TlsSettings& out) {
  out.min_version = std::max(out.min_version, Version::Tls12);
  out.cipher_suites =
      "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
      "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
  out.curves = "P-256:P-384";
  out.signature_algorithms =
      "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512:ecdsa_secp256r1_sha256:"
      "ecdsa_secp384r1_sha384:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512";
}

void parseParameters(const TreeNode& node, const std::string& path, TlsSettings& out,
                     Diagnostics& d) {
  Reader r(node, path, "envoy.extensions.transport_sockets.tls.v3.TlsParameters", d);
  const auto version = [&](std::string_view field, Version automatic) {
    return static_cast<Version>(
        std::max(0, r.enumeration(field,
                                  {{"TLS_AUTO", 0, static_cast<int>(automatic)},
                                   {"TLSV1_0", 1, -1},
                                   {"TLSV1_1", 2, -1},
                                   {"TLSV1_2", 3, static_cast<int>(Version::Tls12)},
                                   {"TLSV1_3", 4, static_cast<int>(Version::Tls13)}},
                                  static_cast<int>(automatic))));
  };
  out.min_version = version("tls_minimum_protocol_version", Version::Tls12);
  out.max_version =
      version("tls_maximum_protocol_version", std::max(out.max_version, out.min_version));
  if (out.min_version > out.max_version) {
    r.error("tls_minimum_protocol_version", code::kConflict,
            "the minimum protocol version is above the maximum");
  }
  if (const TreeNode* at = r.node("cipher_suites")) out.cipher_origin = at->origin;
  if (const TreeNode* at = r.node("ecdh_curves")) out.curve_origin = at->origin;
  // "[A|B]": of equal preference, which OpenSSL does not have.
  std::string suites = joined(r.texts("cipher_suites"));
  std::erase_if(suites, [](char c) { return c == '[' || c == ']'; });
  std::replace(suites.begin(), suites.end(), '|', ':');
  out.cipher_suites = suites;
  out.curves = joined(r.texts("ecdh_curves"));
  out.signature_algorithms = joined(r.texts("signature_algorithms"));
  r.list("compliance_policies", [&](const TreeNode& n, const std::string& p) {
    const std::string name = base::lowered(n.scalar);
    if (name == "fips_202205" || name == "0") {
      applyFips(out);
    } else {
      d.error(n.origin, p, code::kWrongValue, "FIPS_202205 is the only compliance policy");
    }
  });
}

TlsCertificate parseCertificate(const TreeNode& node, const std::string& path, Diagnostics& d) {
  TlsCertificate out;
  out.origin = out.chain_origin = out.key_origin = node.origin;
  Origin ignored;
  Reader r(node, path, "envoy.extensions.transport_sockets.tls.v3.TlsCertificate", d);
  for (const std::string_view field :
       {"pkcs12", "private_key_provider", "signed_certificate_timestamp"}) {
    r.unsupported(field, "certificate_chain and private_key are used");
  }
  r.required("certificate_chain");
  r.required("private_key");
  readSource(r, "certificate_chain", out.chain_pem, out.chain_origin, d, &out.chain_path);
  readSource(r, "private_key", out.key_pem, out.key_origin, d);
  readSource(r, "password", out.password, ignored, d);
  readSource(r, "ocsp_staple", out.ocsp_staple, out.staple_origin, d);
  // Files end with a line break that is not part of the password.
  while (!out.password.empty() && (out.password.back() == '\n' || out.password.back() == '\r')) {
    out.password.pop_back();
  }
  r.ignore("watched_directory");
  return out;
}

SanMatcher parseSan(const TreeNode& node, const std::string& path, Diagnostics& d) {
  using Kind = SanMatcher::Kind;
  SanMatcher out;
  Reader r(node, path, "envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher", d);
  r.required("san_type");
  r.required("matcher");
  out.kind =
      static_cast<Kind>(std::max(0, r.enumeration("san_type",
                                                  {{"SAN_TYPE_UNSPECIFIED", 0, 0},
                                                   {"EMAIL", 1, static_cast<int>(Kind::Email)},
                                                   {"DNS", 2, static_cast<int>(Kind::Dns)},
                                                   {"URI", 3, static_cast<int>(Kind::Uri)},
                                                   {"IP_ADDRESS", 4, static_cast<int>(Kind::Ip)},
                                                   {"OTHER_NAME", 5, -1}},
                                                  0)));
  r.ignore("oid");
  r.message("matcher", [&](const TreeNode& n, const std::string& p) {
    out.text = parseStringMatcher(n, p, d);
  });
  return out;
}

// "AB:CD..." or "abcd...": 32 octets.
std::string hashText(const std::string& text) {
  std::string out = base::lowered(text);
  std::erase(out, ':');
  const bool hex =
      out.size() == 64 && out.find_first_not_of("0123456789abcdef") == std::string::npos;
  return hex ? out : "";
}

void parseValidation(const TreeNode& node, const std::string& path, TlsValidation& out,
                     Diagnostics& d) {
  Reader r(node, path, "envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext", d);
  for (const std::string_view field :
       {"ca_certificate_provider_instance", "system_root_certs", "custom_validator_config",
        "require_signed_certificate_timestamp"}) {
    r.unsupported(field, "the peer's certificate is not verified by it");
  }
  r.ignore("watched_directory");
  // Without one nobody would be verified, without the other nobody revoked: nothing is not none.
  readSource(r, "trusted_ca", out.trusted_ca_pem, out.ca_origin, d, &out.trusted_ca_path,
             "the trusted CA holds no certificate in PEM form (-----BEGIN ...)");
  readSource(
      r, "crl", out.crl_pem, out.crl_origin, d, nullptr,
      "the revocation list holds no certificate revocation list in PEM form (-----BEGIN ...)");
  out.crl_leaf_only = r.boolean("only_verify_leaf_cert_crl", false);
  out.allow_expired = r.boolean("allow_expired_certificate", false);
  out.accept_untrusted =
      r.enumeration("trust_chain_verification",
                    {{"VERIFY_TRUST_CHAIN", 0, 0}, {"ACCEPT_UNTRUSTED", 1, 1}}, 0) == 1;
  if (const auto depth = r.optionalUint("max_verify_depth", 100)) {
    out.max_depth = static_cast<uint32_t>(*depth);
  }
  r.list("match_typed_subject_alt_names",
         [&](const TreeNode& n, const std::string& p) { out.sans.push_back(parseSan(n, p, d)); });
  r.list("match_subject_alt_names", [&](const TreeNode& n, const std::string& p) {
    out.sans.push_back({SanMatcher::Kind::Any, parseStringMatcher(n, p, d)});
  });
  for (const std::string& name : r.texts("verify_subject_alt_name")) {
    out.sans.push_back({SanMatcher::Kind::Any,
                        *base::StringMatcher::make(base::StringMatcher::Kind::Exact, name)});
  }
  for (const std::string& text : r.texts("verify_certificate_hash")) {
    out.sha256_hex.push_back(hashText(text));
    if (out.sha256_hex.back().empty()) {
      r.error("verify_certificate_hash", code::kWrongValue,
              "\"" + text + "\" is not a SHA-256 hash: 64 hexadecimal digits",
              "openssl x509 -in cert.pem -noout -fingerprint -sha256 prints it");
    }
  }
  out.spki_sha256_64 = r.texts("verify_certificate_spki");
  if (!out.sans.empty() && out.trusted_ca_pem.empty()) {
    r.error("", code::kMissing,
            "names of a certificate prove nothing without a trusted_ca that vouches for them",
            "give trusted_ca");
  }
  if (!out.crl_pem.empty() && out.trusted_ca_pem.empty()) {
    r.error("crl", code::kMissing, "a crl needs the trusted_ca that signed it");
  }
}

void parseCommon(const TreeNode& node, const std::string& path, TlsSettings& out, Diagnostics& d) {
  Reader r(node, path, "envoy.extensions.transport_sockets.tls.v3.CommonTlsContext", d);
  r.message("tls_params",
            [&](const TreeNode& n, const std::string& p) { parseParameters(n, p, out, d); });
  r.list("tls_certificates", [&](const TreeNode& n, const std::string& p) {
    out.certificates.push_back(parseCertificate(n, p, d));
  });
  const auto validation = [&](const TreeNode& n, const std::string& p) {
    parseValidation(n, p, out.validation, d);
  };
  r.message("validation_context", validation);
  r.message("combined_validation_context", [&](const TreeNode& n, const std::string& p) {
    Reader c(n, p,
             "envoy.extensions.transport_sockets.tls.v3.CommonTlsContext."
             "CombinedCertificateValidationContext",
             d);
    c.message("default_validation_context", validation);
    c.unsupported("validation_context_sds_secret_config", kOnlyLocal);
  });
  for (const std::string& name : r.texts("alpn_protocols")) {
    // In one text with commas, too.
    for (const std::string_view one : base::split(name, ',')) {
      if (one.empty() || one.size() > 255) {
        r.error("alpn_protocols", code::kWrongValue, "a protocol's name has 1 to 255 octets");
      } else {
        out.alpn.emplace_back(one);
      }
    }
  }
  // Those of files and of the bootstrap are in their places already (inline_secrets).
  r.unsupported("tls_certificate_sds_secret_configs", kOnlyLocal);
  r.unsupported("validation_context_sds_secret_config", kOnlyLocal);
  for (const std::string_view field :
       {"tls_certificate_provider_instance", "custom_tls_certificate_selector", "custom_handshaker",
        "key_log", "tls_certificate_certificate_provider",
        "tls_certificate_certificate_provider_instance", "validation_context_certificate_provider",
        "validation_context_certificate_provider_instance"}) {
    r.unsupported(field, "only tls_certificates and validation_context are read");
  }
}

// 80 octets each, one after the other.
std::string parseTicketKeys(const TreeNode& node, const std::string& path, Diagnostics& d) {
  std::string out;
  Reader k(node, path, "envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys", d);
  k.required("keys");
  k.list("keys", [&](const TreeNode& key, const std::string& at) {
    Origin origin;
    std::string file;
    const std::string bytes = bytesOf(key, at, origin, file, d, "");
    if (bytes.size() != net::TlsTickets::kKeyBytes) {
      d.error(origin, at, code::kWrongValue,
              "a session ticket key has 80 octets, this one has " + std::to_string(bytes.size()),
              "openssl rand 80 > ticket.key makes one");
    }
    out += bytes;
  });
  return out;
}

DownstreamTls parseDownstream(const TreeNode& node, const std::string& path, Diagnostics& d) {
  DownstreamTls out;
  out.origin = node.origin;
  Reader r(node, path, "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", d);
  r.required("common_tls_context");
  r.message("common_tls_context",
            [&](const TreeNode& n, const std::string& p) { parseCommon(n, p, out, d); });
  out.require_client_certificate = r.boolean("require_client_certificate", false);
  out.require_sni = r.boolean("require_sni", false);
  r.oneOf({"session_ticket_keys", "session_ticket_keys_sds_secret_config",
           "disable_stateless_session_resumption"});
  r.message("session_ticket_keys", [&](const TreeNode& n, const std::string& p) {
    out.ticket_keys = parseTicketKeys(n, p, d);
  });
  r.unsupported("session_ticket_keys_sds_secret_config", kOnlyLocal);
  out.stateless_resumption = !r.boolean("disable_stateless_session_resumption", false);
  r.ignore("disable_stateful_session_resumption");
  if (const auto timeout = r.durationMs("session_timeout")) {
    out.session_timeout_s = static_cast<uint32_t>(*timeout / 1000);
  }
  out.stapling = static_cast<DownstreamTls::Stapling>(r.enumeration(
      "ocsp_staple_policy",
      {{"LENIENT_STAPLING", 0, 0}, {"STRICT_STAPLING", 1, 1}, {"MUST_STAPLE", 2, 2}}, 0));
  r.ignore("full_scan_certs_on_sni_mismatch");
  out.prefer_client_ciphers = r.boolean("prefer_client_ciphers", false);
  if (out.require_client_certificate && !out.validation.asksForCertificate()) {
    r.error("require_client_certificate", code::kMissing,
            "a certificate is required of clients, but nothing says which ones are good",
            "give validation_context with trusted_ca");
  }
  return out;
}

UpstreamTls parseUpstream(const TreeNode& node, const std::string& path, Origin socket_origin,
                          Diagnostics& d) {
  UpstreamTls out;
  out.origin = node.origin;
  out.max_version = Version::Tls12;  // as Envoy's clients: 1.3 has to be asked for
  Reader r(node, path, "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", d);
  r.message("common_tls_context",
            [&](const TreeNode& n, const std::string& p) { parseCommon(n, p, out, d); });
  out.sni = r.text("sni");
  if (out.sni.size() > 255) r.error("sni", code::kWrongValue, "sni has at most 255 octets");
  out.auto_host_sni = r.boolean("auto_host_sni", false);
  out.auto_sni_san_validation = r.boolean("auto_sni_san_validation", false);
  out.max_session_keys = static_cast<uint32_t>(r.uint("max_session_keys", 1));
  if (r.boolean("allow_renegotiation", false)) {
    r.unsupported("allow_renegotiation", "an upstream that asks for it is refused");
  }
  r.ignore("enforce_rsa_key_usage");
  if (out.certificates.size() > 1) {
    r.error("common_tls_context", code::kWrongValue, "a client shows one certificate, not several");
  }
  if (out.auto_sni_san_validation && out.validation.trusted_ca_pem.empty()) {
    r.error("auto_sni_san_validation", code::kMissing,
            "auto_sni_san_validation needs a trusted_ca");
  }
  if (!out.validation.asksForCertificate()) {
    d.warning(socket_origin, path, code::kNoEffect,
              "the upstream's certificate is not verified: nothing says whom to trust",
              "give validation_context with trusted_ca, and the names that are expected");
  }
  return out;
}

Origin placeOf(const TlsSettings& settings, const net::TlsContext::Fault& fault) {
  using Part = net::TlsContext::Part;
  const auto or_whole = [&](Origin origin) { return origin.line == 0 ? settings.origin : origin; };
  switch (fault.part) {
    case Part::Chain:
      return or_whole(settings.certificates[fault.certificate].chain_origin);
    case Part::Key:
      return or_whole(settings.certificates[fault.certificate].key_origin);
    case Part::Staple:
      return or_whole(settings.certificates[fault.certificate].staple_origin);
    case Part::TrustedCa:
      return or_whole(settings.validation.ca_origin);
    case Part::Crl:
      return or_whole(settings.validation.crl_origin);
    case Part::Ciphers:
      return or_whole(settings.cipher_origin);
    case Part::Curves:
      return or_whole(settings.curve_origin);
    case Part::Settings:
      break;
  }
  return settings.origin;
}

// The typed_config of a TLS socket. Null: plain bytes, or something that was reported.
const TreeNode* tlsConfigOf(Reader& r, std::string_view side, Diagnostics& d, std::string& path) {
  const TreeNode* socket = r.node("transport_socket");
  if (socket == nullptr) return nullptr;
  path = r.pathOf("transport_socket");
  Reader s(*socket, path, "envoy.config.core.v3.TransportSocket", d);
  s.required("name");
  const std::string name(canonicalName(s.text("name")));
  const TreeNode* config = s.node("typed_config");
  const std::string type = typeOf(config);
  if (type == "RawBuffer" || (type.empty() && name == "envoy.transport_sockets.raw_buffer")) {
    return nullptr;
  }
  const std::string wanted = std::string(side) + "TlsContext";
  if (type != wanted && !(type.empty() && name == "envoy.transport_sockets.tls")) {
    const bool other_side = type == "DownstreamTlsContext" || type == "UpstreamTlsContext";
    if (other_side) {
      d.error(socket->origin, path, code::kWrongType,
              "here stands a " + wanted + ", not a " + type);
    } else {
      reportExtension("transport socket", "envoy.transport_sockets.", s, d);
    }
    return nullptr;
  }
  if (config == nullptr && side == "Downstream") {
    d.error(socket->origin, path, code::kMissing, "\"" + name + "\" needs a typed_config");
  }
  static const TreeNode empty = TreeNode::map({});
  path = s.pathOf("typed_config");
  return config == nullptr ? (side == "Upstream" ? &empty : nullptr) : config;
}

}  // namespace

void checkSecret(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Reader r(node, path, "envoy.extensions.transport_sockets.tls.v3.Secret", d);
  r.text("name");
  r.oneOf({"tls_certificate", "session_ticket_keys", "validation_context", "generic_secret"});
  r.message("tls_certificate",
            [&](const TreeNode& n, const std::string& p) { parseCertificate(n, p, d); });
  r.message("session_ticket_keys",
            [&](const TreeNode& n, const std::string& p) { parseTicketKeys(n, p, d); });
  r.message("validation_context", [&](const TreeNode& n, const std::string& p) {
    TlsValidation unused;
    parseValidation(n, p, unused, d);
  });
  r.unsupported("generic_secret", "no filter of Convoy uses one");
}

std::optional<DownstreamTls> parseDownstreamSocket(Reader& r, Diagnostics& d) {
  std::string path;
  const TreeNode* config = tlsConfigOf(r, "Downstream", d, path);
  if (config == nullptr) return std::nullopt;
  DownstreamTls out = parseDownstream(*config, path, d);
  net::TlsContext::Fault fault;
  if (!d.failed() && net::TlsContext::forServer(out, nullptr, "", fault) == nullptr) {
    d.error(placeOf(out, fault), path, code::kWrongValue, fault.why);
  }
  return out;
}

std::optional<UpstreamTls> parseUpstreamSocket(Reader& r, Diagnostics& d) {
  std::string path;
  const TreeNode* config = tlsConfigOf(r, "Upstream", d, path);
  if (config == nullptr) return std::nullopt;
  UpstreamTls out = parseUpstream(*config, path, r.node("transport_socket")->origin, d);
  net::TlsContext::Fault fault;
  if (!d.failed() && net::TlsContext::forClient(out, fault) == nullptr) {
    d.error(placeOf(out, fault), path, code::kWrongValue, fault.why);
  }
  return out;
}

}  // namespace convoy::config
