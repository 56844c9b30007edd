#include "common/net/tls_certificate.h"

#include <algorithm>
#include <arpa/inet.h>
#include <ctime>
#include <functional>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/base/text.h"

namespace convoy::net {

std::string hexOf(const unsigned char* bytes, size_t size) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < size; ++i) {
    out += kDigits[bytes[i] >> 4];
    out += kDigits[bytes[i] & 15];
  }
  return out;
}

namespace {

using BioPtr = std::unique_ptr<BIO, TlsFree<BIO_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, TlsFree<GENERAL_NAMES_free>>;

BioPtr bioOf(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string taken(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string nameText(const X509_NAME* name) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253);
  return taken(bio.get());
}

std::string pemText(X509* certificate) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return taken(bio.get());
}

// As Envoy has it: what a header cannot hold, and '+' and '='.
std::string urlEscaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' || c == ' ' || c == '+' || c == '/' || c == '=') {
      static constexpr char kDigits[] = "0123456789ABCDEF";
      out += {'%', kDigits[c >> 4], kDigits[c & 15]};
    } else {
      out += c;
    }
  }
  return out;
}

int64_t secondsOf(const ASN1_TIME* time) {
  tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? static_cast<int64_t>(::timegm(&parts)) : 0;
}

std::string digestOf(const X509* certificate, const EVP_MD* kind) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  X509_digest(certificate, kind, bytes, &size);
  return hexOf(bytes, size);
}

std::string serialOf(X509* certificate) {
  std::unique_ptr<BIGNUM, TlsFree<BN_free>> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  if (number == nullptr) return "";
  char* hex = BN_bn2hex(number.get());
  std::string out = hex == nullptr ? "" : base::lowered(hex);
  OPENSSL_free(hex);
  return out;
}

NamesPtr sansOf(const X509* certificate) {
  return NamesPtr(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
}

// With a NUL inside it is not what it seems to be: passed over.
std::string ia5Text(const ASN1_STRING* text) {
  const auto* data = reinterpret_cast<const char*>(ASN1_STRING_get0_data(text));
  std::string out(data, static_cast<size_t>(ASN1_STRING_length(text)));
  return out.find('\0') == std::string::npos ? out : "";
}

std::string ipText(const ASN1_STRING* bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  const int size = ASN1_STRING_length(bytes);
  if (size == 4 || size == 16) {
    ::inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes), text, sizeof(text));
  }
  return text;
}

void eachSan(const X509* certificate,
             const std::function<void(config::SanMatcher::Kind, const std::string&)>& each) {
  using Kind = config::SanMatcher::Kind;
  const NamesPtr names = sansOf(certificate);
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) each(Kind::Dns, ia5Text(name->d.dNSName));
    if (name->type == GEN_URI) each(Kind::Uri, ia5Text(name->d.uniformResourceIdentifier));
    if (name->type == GEN_EMAIL) each(Kind::Email, ia5Text(name->d.rfc822Name));
    if (name->type == GEN_IPADD) each(Kind::Ip, ipText(name->d.iPAddress));
  }
}

bool matchesOne(const config::SanMatcher& wanted, config::SanMatcher::Kind kind,
                const std::string& text) {
  using Kind = config::SanMatcher::Kind;
  if (text.empty() || (wanted.kind != Kind::Any && wanted.kind != kind)) return false;
  const bool exact = wanted.text.kind() == base::StringMatcher::Kind::Exact;
  if (kind == Kind::Dns && exact) {
    return dnsNameMatches(base::lowered(text), base::lowered(wanted.text.pattern()));
  }
  return wanted.text.matches(text);
}

int passwordOf(char* out, int size, int, void* data) {
  const auto& password = *static_cast<const std::string*>(data);
  if (password.empty() || password.size() > static_cast<size_t>(size)) return -1;
  std::copy(password.begin(), password.end(), out);
  return static_cast<int>(password.size());
}

// The end of the text, not a mistake in it.
bool isEndOfPem(unsigned long error) {
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

template <typename Ptr, typename Read>
std::vector<Ptr> allOf(std::string_view pem, const char* what, Read read, std::string& why) {
  std::vector<Ptr> out;
  const BioPtr bio = bioOf(pem);
  ERR_clear_error();
  while (Ptr one{read(bio.get())}) out.push_back(std::move(one));
  const unsigned long error = ERR_peek_last_error();
  if (!isEndOfPem(error)) {
    why = std::string("holds a broken ") + what + ": " + takeTlsError();
    return {};
  }
  ERR_clear_error();
  if (out.empty()) why = std::string("holds no ") + what + " in PEM form (-----BEGIN ...)";
  return out;
}

}  // namespace

std::vector<X509Ptr> certificatesOf(std::string_view pem, std::string& why) {
  return allOf<X509Ptr>(
      pem, "certificate",
      [](BIO* bio) { return PEM_read_bio_X509_AUX(bio, nullptr, nullptr, nullptr); }, why);
}

std::vector<CrlPtr> crlsOf(std::string_view pem, std::string& why) {
  return allOf<CrlPtr>(
      pem, "certificate revocation list",
      [](BIO* bio) { return PEM_read_bio_X509_CRL(bio, nullptr, nullptr, nullptr); }, why);
}

KeyPtr privateKeyOf(std::string_view pem, const std::string& password, std::string& why) {
  const BioPtr bio = bioOf(pem);
  ERR_clear_error();
  KeyPtr key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, passwordOf, const_cast<std::string*>(&password)));
  if (key != nullptr) return key;
  const bool encrypted = pem.find("ENCRYPTED") != std::string_view::npos;
  // OpenSSL's decoders call it "unsupported".
  const bool none = pem.find("PRIVATE KEY-----") == std::string_view::npos;
  if (none || isEndOfPem(ERR_peek_last_error())) {
    why = "holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)";
  } else if (encrypted) {
    why = password.empty() ? "is encrypted: give its password, or the key without one"
                           : "cannot be decrypted with the password that is given";
  } else {
    why = "holds a broken private key: " + takeTlsError();
  }
  ERR_clear_error();
  return nullptr;
}

bool dnsNameMatches(std::string_view pattern, std::string_view name) {
  if (!pattern.starts_with("*.")) return pattern == name;
  const size_t dot = name.find('.');
  return dot != std::string_view::npos && dot != 0 && name.substr(dot) == pattern.substr(1);
}

std::vector<std::string> dnsNamesOf(X509* certificate) {
  std::vector<std::string> out;
  eachSan(certificate, [&out](config::SanMatcher::Kind kind, const std::string& text) {
    if (kind == config::SanMatcher::Kind::Dns && !text.empty()) out.push_back(base::lowered(text));
  });
  if (!out.empty()) return out;
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at >= 0) {
    out.push_back(
        base::lowered(ia5Text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)))));
  }
  return out;
}

bool matchesSan(X509* certificate, const std::vector<config::SanMatcher>& wanted) {
  bool found = false;
  eachSan(certificate, [&](config::SanMatcher::Kind kind, const std::string& text) {
    found = found || std::any_of(wanted.begin(), wanted.end(), [&](const auto& matcher) {
              return matchesOne(matcher, kind, text);
            });
  });
  return found;
}

bool matchesPin(X509* certificate, const config::TlsValidation& validation) {
  const auto& hashes = validation.sha256_hex;
  if (!hashes.empty()) {
    const std::string hash = digestOf(certificate, EVP_sha256());
    if (std::find(hashes.begin(), hashes.end(), hash) != hashes.end()) return true;
  }
  if (validation.spki_sha256_64.empty()) return hashes.empty();
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return false;
  unsigned char digest[32], text[48];
  EVP_Digest(der, static_cast<size_t>(size), digest, nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  EVP_EncodeBlock(text, digest, sizeof(digest));
  const std::string pin(reinterpret_cast<char*>(text));
  const auto& pins = validation.spki_sha256_64;
  return std::find(pins.begin(), pins.end(), pin) != pins.end();
}

CertificateText textOf(X509* certificate, const STACK_OF(X509) * chain) {
  using Kind = config::SanMatcher::Kind;
  CertificateText out;
  out.subject = nameText(X509_get_subject_name(certificate));
  out.issuer = nameText(X509_get_issuer_name(certificate));
  out.serial = serialOf(certificate);
  out.sha256 = digestOf(certificate, EVP_sha256());
  out.sha1 = digestOf(certificate, EVP_sha1());
  std::string pem = pemText(certificate);
  out.pem_url = urlEscaped(pem);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    X509* link = sk_X509_value(chain, i);
    if (X509_cmp(link, certificate) != 0) pem += pemText(link);
  }
  out.chain_url = urlEscaped(pem);
  eachSan(certificate, [&out](Kind kind, const std::string& text) {
    std::vector<std::string>& to = kind == Kind::Uri   ? out.uri_sans
                                   : kind == Kind::Dns ? out.dns_sans
                                   : kind == Kind::Ip  ? out.ip_sans
                                                       : out.email_sans;
    to.push_back(text);
  });
  out.not_before_s = secondsOf(X509_get0_notBefore(certificate));
  out.not_after_s = secondsOf(X509_get0_notAfter(certificate));
  return out;
}

int64_t notAfterS(const X509* certificate) {
  return secondsOf(X509_get0_notAfter(certificate));
}

std::string takeTlsError() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  if (error == 0) return "no reason was given";
  const char* reason = ERR_reason_error_string(error);
  return reason == nullptr ? "error " + std::to_string(error) : reason;
}

}  // namespace convoy::net
