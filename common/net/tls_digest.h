// tls_digest: digests of a text, as `sha256sum` and `md5sum` print them. Any process; not on the
// request path.
#pragma once

#include <string>
#include <string_view>

namespace convoy::net {

std::string sha256Hex(std::string_view bytes);
// For fingerprints of ClientHellos (ja3), which are made of it; for nothing that must be safe.
std::string md5Hex(std::string_view bytes);

}  // namespace convoy::net
