// tls_certificate: PEM text to OpenSSL's objects, and what they say back to text. Only for
// common/net/tls_*.cc.
#pragma once

#include <memory>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/model/tls.h"
#include "common/net/tls_ocsp.h"
#include "common/net/transport.h"

namespace convoy::net {

template <auto Free>
struct TlsFree {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using X509Ptr = std::unique_ptr<X509, TlsFree<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, TlsFree<EVP_PKEY_free>>;
using CrlPtr = std::unique_ptr<X509_CRL, TlsFree<X509_CRL_free>>;

struct TlsChain {
  X509Ptr leaf;
  KeyPtr key;
  std::vector<X509Ptr> intermediates;
  OcspStaple staple;
  bool must_staple = false;
  std::vector<std::string> names;  // DNS names of the leaf, or its common name; lower case
};

// All in the text. Empty with `why`: it holds none, or one that is broken.
std::vector<X509Ptr> certificatesOf(std::string_view pem, std::string& why);
std::vector<CrlPtr> crlsOf(std::string_view pem, std::string& why);
KeyPtr privateKeyOf(std::string_view pem, const std::string& password, std::string& why);

// "*.example.com" stands for one label, as RFC 6125 has it. Both lower case.
bool dnsNameMatches(std::string_view pattern, std::string_view name);
std::vector<std::string> dnsNamesOf(X509* certificate);
bool matchesSan(X509* certificate, const std::vector<config::SanMatcher>& wanted);
bool matchesPin(X509* certificate, const config::TlsValidation& validation);

std::string hexOf(const unsigned char* bytes, size_t size);  // lower case
CertificateText textOf(X509* certificate, const STACK_OF(X509) * chain);
int64_t notAfterS(const X509* certificate);
// The oldest error in OpenSSL's queue, which is emptied.
std::string takeTlsError();

}  // namespace convoy::net
