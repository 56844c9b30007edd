#include "common/net/tls_tickets.h"

#include <algorithm>
#include <cstring>
#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace convoy::net {

bool TlsTickets::set(std::string_view keys) {
  if (keys.empty() || keys.size() % kKeyBytes != 0) return false;
  wipe();
  for (size_t at = 0; at < keys.size(); at += kKeyBytes) {
    Key& key = keys_.emplace_back();
    std::memcpy(key.name.data(), keys.data() + at, key.name.size());
    std::memcpy(key.hmac.data(), keys.data() + at + 16, key.hmac.size());
    std::memcpy(key.aes.data(), keys.data() + at + 48, key.aes.size());
  }
  return true;
}

void TlsTickets::wipe() {
  if (!keys_.empty()) OPENSSL_cleanse(keys_.data(), keys_.size() * sizeof(Key));
  keys_.clear();
}

void TlsTickets::wipe(std::string& secret) {
  if (!secret.empty()) OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

std::string TlsTickets::rotated(std::string_view keys) {
  std::string fresh(kKeyBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(fresh.data()), static_cast<int>(fresh.size())) !=
      1) {
    return "";
  }
  return fresh.append(keys.substr(0, std::min(keys.size(), kKeyBytes)));
}

}  // namespace convoy::net
