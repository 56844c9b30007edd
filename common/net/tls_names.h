// tls_names: what a handshake agreed on by the names that Envoy has for it, which are BoringSSL's,
// where OpenSSL has others. Only for common/net/tls_*.cc.
#pragma once

#include <openssl/ssl.h>
#include <string_view>

namespace convoy::net {

// Of the key exchange; "" if there was none.
std::string_view curveName(const SSL* ssl);
// With which the peer proved that its certificate is its own: "rsa_pss_rsae_sha256"; "" if it
// proved nothing, as in a resumed session.
std::string_view signatureName(const SSL* ssl);

}  // namespace convoy::net
