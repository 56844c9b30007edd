#include "common/net/tls_digest.h"

#include <array>
#include <openssl/evp.h>

#include "common/net/tls_certificate.h"

namespace convoy::net {

namespace {

std::string hexDigest(std::string_view bytes, const EVP_MD* kind) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, kind, nullptr) != 1) return "";
  return hexOf(digest.data(), size);
}

}  // namespace

std::string sha256Hex(std::string_view bytes) {
  return hexDigest(bytes, EVP_sha256());
}

std::string md5Hex(std::string_view bytes) {
  return hexDigest(bytes, EVP_md5());
}

std::string sha1(std::string_view bytes) {
  unsigned char digest[20];
  EVP_Digest(bytes.data(), bytes.size(), digest, nullptr, EVP_sha1(), nullptr);
  return {reinterpret_cast<const char*>(digest), sizeof(digest)};
}

}  // namespace convoy::net
