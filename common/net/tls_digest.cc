#include "common/net/tls_digest.h"

#include <array>
#include <openssl/evp.h>

#include "common/net/tls_certificate.h"

namespace convoy::net {

std::string sha256Hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    return "";
  }
  return hexOf(digest.data(), size);
}

}  // namespace convoy::net
