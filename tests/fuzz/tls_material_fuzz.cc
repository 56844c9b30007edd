// tls_material_fuzz: any bytes as a file of certificates, keys, revocation lists, an OCSP response
// or ticket keys: as it is, and (second bit of the first byte) as the DER within PEM, which random
// bytes reach only by luck. Promises: no crash, no leak; what is refused has its reason.
#include <cstdint>
#include <string>

#include "common/base/base64.h"
#include "common/net/tls_certificate.h"
#include "common/net/tls_ocsp.h"
#include "common/net/tls_tickets.h"
#include "tests/fuzz/promise.h"

namespace {

using namespace convoy;
using fuzz::require;

std::string pemOf(const char* label, const std::string& der) {
  std::string out = std::string("-----BEGIN ") + label + "-----\n", text;
  base::appendBase64(der, text);
  for (size_t at = 0; at < text.size(); at += 64) out += text.substr(at, 64) + "\n";
  return out + "-----END " + label + "-----\n";
}

void checkCertificates(const std::string& text) {
  std::string why;
  const auto certificates = net::certificatesOf(text, why);
  require(!certificates.empty() || !why.empty());
  for (const net::X509Ptr& certificate : certificates) {
    for (const std::string& name : net::dnsNamesOf(certificate.get())) {
      net::dnsNameMatches(name, "www.example.com");
    }
    static_cast<void>(net::textOf(certificate.get(), nullptr));
    static_cast<void>(net::notAfterS(certificate.get()));
    static_cast<void>(net::mustStaple(certificate.get()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool der = (data[0] & 2) != 0;
  std::string why;
  checkCertificates(der ? pemOf("CERTIFICATE", bytes) : bytes);
  static const net::X509Ptr certificate{X509_new()};
  net::OcspStaple staple;
  require(net::readStaple(bytes, certificate.get(), staple, why) || !why.empty());
  why.clear();
  require(!net::crlsOf(der ? pemOf("X509 CRL", bytes) : bytes, why).empty() || !why.empty());
  why.clear();
  const char* label = (data[0] & 4) != 0 ? "EC PRIVATE KEY" : "PRIVATE KEY";
  require(net::privateKeyOf(der ? pemOf(label, bytes) : bytes, "password", why) || !why.empty());
  net::TlsTickets tickets;
  require(tickets.set(bytes) == (!tickets.empty()));
  return 0;
}
