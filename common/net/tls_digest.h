// tls_digest: digests of a text: those in hexadecimal as `sha256sum` and `md5sum` print them. Any
// process; not on the path of a usual request.
#pragma once

#include <string>
#include <string_view>

namespace convoy::net {

std::string sha256Hex(std::string_view bytes);
// For fingerprints of ClientHellos (ja3), which are made of it; for nothing that must be safe.
std::string md5Hex(std::string_view bytes);
// 20 octets, for what protocols make of it (RFC 6455); for nothing that must be safe.
std::string sha1(std::string_view bytes);

}  // namespace convoy::net
