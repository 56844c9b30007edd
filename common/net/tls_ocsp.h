// tls_ocsp: OCSP responses that are stapled to a certificate (RFC 6066 section 8, RFC 6960): what
// can be known of one without asking anybody. Only for common/net/tls_*.cc.
#pragma once

#include <cstdint>
#include <openssl/x509.h>
#include <string>

namespace convoy::net {

struct OcspStaple {
  std::string der;                    // "": there is none
  int64_t next_update_s = INT64_MAX;  // since 1970; it is of no use afterwards
  bool valid(int64_t now_s) const { return !der.empty() && now_s < next_update_s; }
};

// False with `why`: it is no successful response, or one of another certificate.
bool readStaple(const std::string& der, const X509* certificate, OcspStaple& out, std::string& why);
// The certificate says itself that it is to be shown with one (RFC 7633).
bool mustStaple(const X509* certificate);

}  // namespace convoy::net
