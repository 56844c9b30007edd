#include "common/net/tls_trust.h"

#include <algorithm>

namespace convoy::net {

namespace {

void add(std::string& out, const std::string& text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

// A matcher does not tell; one that takes its pattern with each letter in the other case does not
// care.
bool caresForCase(const base::StringMatcher& matcher) {
  std::string other = matcher.pattern();
  std::transform(other.begin(), other.end(), other.begin(), [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter ? static_cast<char>(c ^ 0x20) : c;
  });
  return !matcher.matches(other);
}

}  // namespace

bool requiresCertificate(const config::TlsValidation& validation) {
  const bool expected = !validation.sans.empty() || !validation.sha256_hex.empty() ||
                        !validation.spki_sha256_64.empty();
  return expected && !validation.accept_untrusted;
}

std::string fingerprintOf(const config::TlsValidation& validation) {
  std::string out;
  for (const bool flag :
       {validation.crl_leaf_only, validation.allow_expired, validation.accept_untrusted}) {
    out += flag ? '1' : '0';
  }
  add(out, validation.max_depth ? std::to_string(*validation.max_depth) : "");
  add(out, validation.trusted_ca_pem);
  add(out, validation.crl_pem);
  for (const config::SanMatcher& san : validation.sans) {
    add(out, std::to_string(static_cast<int>(san.kind)));
    add(out, std::to_string(static_cast<int>(san.text.kind())));
    add(out, san.text.pattern());
    out += caresForCase(san.text) ? '1' : '0';
  }
  for (const auto* pins : {&validation.sha256_hex, &validation.spki_sha256_64}) {
    out += '|';
    for (const std::string& pin : *pins) add(out, pin);
  }
  return out;
}

}  // namespace convoy::net
