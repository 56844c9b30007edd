// client_hello: what the first bytes of a connection say of it: whether it is TLS, and the name and
// the protocols that the client asks for (RFC 8446 section 4.1.2, RFC 6066, RFC 7301). Looks only;
// whether the rest is right is OpenSSL's to say. Views point into the bytes that were given.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace convoy::worker {

struct ClientHello {
  enum class Found : uint8_t {
    Incomplete,  // so far it is one
    Tls,
    NotTls,
    Broken,  // begins as one, and is none
  };
  static constexpr size_t kMaxBytes = 16 * 1024;  // of the message
  static constexpr size_t kMaxProtocols = 16;     // those after them are not looked at

  std::string_view server_name;  // as the client wrote it; "" if it asked for none
  std::array<std::string_view, kMaxProtocols> protocols;
  size_t protocol_count = 0;
  // As they stand in the message, for fingerprints (ja3.h).
  uint16_t legacy_version = 0;
  std::string_view cipher_suites, extensions;
  std::string_view groups, point_formats;  // whole values of those extensions

  // A message that came in several records is put together in `bytes`, which is changed by that.
  Found parse(char* bytes, size_t size);
};

}  // namespace convoy::worker
