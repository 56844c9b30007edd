// tls_digest: SHA-256 of a text, as `sha256sum` prints it. Any process; not on the request path.
#pragma once

#include <string>
#include <string_view>

namespace convoy::net {

std::string sha256Hex(std::string_view bytes);

}  // namespace convoy::net
