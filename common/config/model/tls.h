// model/tls: extensions.transport_sockets.tls.v3. Certificates and keys are text (PEM) here,
// whatever named them: the master reads the files (inline_files).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/matcher.h"
#include "common/config/model/core.h"

namespace convoy::config {

struct TlsCertificate {
  std::string chain_pem;
  std::string key_pem;
  std::string password;
  std::string ocsp_staple;  // DER
  std::string chain_path;   // as the operator wrote it; "" if inline
  Origin origin, chain_origin, key_origin, staple_origin;
};

struct SanMatcher {
  enum class Kind : uint8_t { Any, Email, Dns, Uri, Ip };
  Kind kind = Kind::Any;
  base::StringMatcher text;
};

struct TlsValidation {
  std::string trusted_ca_pem;  // "": the peer's certificate is not verified
  std::string trusted_ca_path;
  std::string crl_pem;
  bool crl_leaf_only = false;
  bool allow_expired = false;
  bool accept_untrusted = false;            // verified, but only to be told of
  std::optional<uint32_t> max_depth;        // intermediates between leaf and CA
  std::vector<SanMatcher> sans;             // one must match
  std::vector<std::string> sha256_hex;      // of the certificate; one must match
  std::vector<std::string> spki_sha256_64;  // of its key, base64; or one of these
  Origin ca_origin, crl_origin;
  bool asksForCertificate() const {
    return !trusted_ca_pem.empty() || !sha256_hex.empty() || !spki_sha256_64.empty();
  }
};

struct TlsSettings {
  enum class Version : uint8_t { Tls12, Tls13 };
  Version min_version = Version::Tls12;
  Version max_version = Version::Tls13;
  std::string cipher_suites;  // OpenSSL's list for TLS 1.2; "" = ours
  std::string curves;         // colon separated; "" = ours
  std::string signature_algorithms;
  std::vector<std::string> alpn;
  std::vector<TlsCertificate> certificates;
  TlsValidation validation;
  Origin origin, cipher_origin, curve_origin;
};

struct DownstreamTls : TlsSettings {
  bool require_client_certificate = false;
  bool stateless_resumption = true;  // tickets
  bool prefer_client_ciphers = false;
  bool require_sni = false;
  uint32_t session_timeout_s = 7200;
  enum class Stapling : uint8_t { Lenient, Strict, Must };
  Stapling stapling = Stapling::Lenient;
  std::string ticket_keys;  // 80 octets each, of the operator; "": the master's
};

struct UpstreamTls : TlsSettings {
  std::string sni;
  uint32_t max_session_keys = 1;  // 0: no session is used again
  bool auto_host_sni = false;     // the endpoint's hostname
  bool auto_sni_san_validation = false;
};

}  // namespace convoy::config
