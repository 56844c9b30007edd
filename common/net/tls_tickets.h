// tls_tickets: the keys that encrypt session tickets. Made by the master and given to every worker
// of every generation, so that a client resumes its session wherever it comes out. The first key
// encrypts, the others still decrypt. One object a process, shared by its TLS contexts; its loop.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace convoy::net {

class TlsTickets {
 public:
  // Name 16, HMAC 32, AES 32: the layout of Envoy's session_ticket_keys.
  static constexpr size_t kKeyBytes = 80;
  struct Key {
    std::array<unsigned char, 16> name;
    std::array<unsigned char, 32> hmac;
    std::array<unsigned char, 32> aes;
  };

  TlsTickets() = default;
  ~TlsTickets() { wipe(); }
  TlsTickets(const TlsTickets&) = delete;
  TlsTickets& operator=(const TlsTickets&) = delete;

  // Keys of kKeyBytes one after the other. False: it is not that, and nothing changes.
  bool set(std::string_view keys);
  bool empty() const { return keys_.empty(); }
  const std::vector<Key>& keys() const { return keys_; }

  static void wipe(std::string& secret);
  // A new key before those of `keys`, of which one is kept. "" if there is no randomness.
  static std::string rotated(std::string_view keys);

 private:
  void wipe();
  std::vector<Key> keys_;
};

}  // namespace convoy::net
