#include "common/net/tls_ocsp.h"

#include <ctime>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "common/net/tls_certificate.h"

namespace convoy::net {

namespace {

using ResponsePtr = std::unique_ptr<OCSP_RESPONSE, TlsFree<OCSP_RESPONSE_free>>;
using BasicPtr = std::unique_ptr<OCSP_BASICRESP, TlsFree<OCSP_BASICRESP_free>>;

int64_t secondsOf(const ASN1_GENERALIZEDTIME* time) {
  struct tm parts {};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return INT64_MAX;
  return static_cast<int64_t>(::timegm(&parts));
}

}  // namespace

bool readStaple(const std::string& der, const X509* certificate, OcspStaple& out,
                std::string& why) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const ResponsePtr response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  if (response == nullptr) {
    why = "is not one in DER: `openssl ocsp -respout FILE` writes it";
    return false;
  }
  if (OCSP_response_status(response.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    why = "says that the responder could not answer";
    return false;
  }
  const BasicPtr basic(OCSP_response_get1_basic(response.get()));
  ERR_clear_error();
  if (basic == nullptr || OCSP_resp_count(basic.get()) != 1) {
    why = "does not speak of exactly one certificate";
    return false;
  }
  const OCSP_SINGLERESP* single = OCSP_resp_get0(basic.get(), 0);
  ASN1_INTEGER* serial = nullptr;
  OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial,
                    const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single)));
  if (serial == nullptr || ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(certificate)) != 0) {
    why = "is of another certificate: the serial numbers differ";
    return false;
  }
  ASN1_GENERALIZEDTIME* next = nullptr;
  OCSP_single_get0_status(const_cast<OCSP_SINGLERESP*>(single), nullptr, nullptr, nullptr, &next);
  out.der = der;
  out.next_update_s = secondsOf(next);
  return true;
}

bool mustStaple(const X509* certificate) {
  // status_request among the TLS features.
  using Features = TLS_FEATURE;
  auto* features =
      static_cast<Features*>(X509_get_ext_d2i(certificate, NID_tlsfeature, nullptr, nullptr));
  if (features == nullptr) return false;
  bool found = false;
  for (int i = 0; i < sk_ASN1_INTEGER_num(features); ++i) {
    if (ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == 5) found = true;
  }
  TLS_FEATURE_free(features);
  return found;
}

}  // namespace convoy::net
