#include "common/net/tls_names.h"

#include <openssl/objects.h>
#include <openssl/x509.h>

namespace convoy::net {

namespace {

struct Curve {
  std::string_view openssl, ours;
};
constexpr Curve kCurves[] = {
    {"x25519", "X25519"},   {"secp256r1", "P-256"}, {"secp384r1", "P-384"},
    {"secp521r1", "P-521"}, {"x448", "X448"},
};

struct Signature {
  int kind, digest;
  std::string_view name;
};
constexpr Signature kSignatures[] = {
    {EVP_PKEY_EC, NID_sha256, "ecdsa_secp256r1_sha256"},
    {EVP_PKEY_EC, NID_sha384, "ecdsa_secp384r1_sha384"},
    {EVP_PKEY_EC, NID_sha512, "ecdsa_secp521r1_sha512"},
    {EVP_PKEY_EC, NID_sha1, "ecdsa_sha1"},
    {EVP_PKEY_RSA, NID_sha256, "rsa_pkcs1_sha256"},
    {EVP_PKEY_RSA, NID_sha384, "rsa_pkcs1_sha384"},
    {EVP_PKEY_RSA, NID_sha512, "rsa_pkcs1_sha512"},
    {EVP_PKEY_RSA, NID_sha1, "rsa_pkcs1_sha1"},
    {EVP_PKEY_RSA_PSS, NID_sha256, "rsa_pss_rsae_sha256"},
    {EVP_PKEY_RSA_PSS, NID_sha384, "rsa_pss_rsae_sha384"},
    {EVP_PKEY_RSA_PSS, NID_sha512, "rsa_pss_rsae_sha512"},
};

// The same kind for the PSS signatures of every RSA key: the key says which.
std::string_view pssName(int digest) {
  return digest == NID_sha256   ? "rsa_pss_pss_sha256"
         : digest == NID_sha384 ? "rsa_pss_pss_sha384"
                                : "rsa_pss_pss_sha512";
}

bool hasPssKey(const SSL* ssl) {
  const X509* certificate = SSL_get0_peer_certificate(ssl);
  const EVP_PKEY* key = certificate == nullptr ? nullptr : X509_get0_pubkey(certificate);
  return key != nullptr && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA_PSS;
}

}  // namespace

std::string_view curveName(const SSL* ssl) {
  // OpenSSL asks for a pointer that it does not write through.
  SSL* const of = const_cast<SSL*>(ssl);
  const char* name = SSL_group_to_name(of, static_cast<int>(SSL_get_negotiated_group(of)));
  const std::string_view theirs = name == nullptr ? std::string_view() : name;
  for (const Curve& curve : kCurves) {
    if (curve.openssl == theirs) return curve.ours;
  }
  return theirs;
}

std::string_view signatureName(const SSL* ssl) {
  int kind = NID_undef, digest = NID_undef;
  if (SSL_get_peer_signature_type_nid(ssl, &kind) != 1) return {};
  if (kind == EVP_PKEY_ED25519) return "ed25519";
  if (kind == EVP_PKEY_ED448) return "ed448";
  SSL_get_peer_signature_nid(const_cast<SSL*>(ssl), &digest);
  if (kind == EVP_PKEY_RSA_PSS && hasPssKey(ssl)) return pssName(digest);
  for (const Signature& signature : kSignatures) {
    if (signature.kind == kind && signature.digest == digest) return signature.name;
  }
  return "unknown";
}

}  // namespace convoy::net
