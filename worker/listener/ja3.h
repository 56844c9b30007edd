// ja3: the fingerprint of a ClientHello: what the client offers, in its own order, as numbers
// (github.com/salesforce/ja3), for %TLS_JA3_FINGERPRINT%. No state.
#pragma once

#include <string>

#include "worker/listener/client_hello.h"

namespace convoy::worker {

// "771,4865-4866,0-11-10,29-23,0" without the values of RFC 8701 (GREASE).
std::string ja3Text(const ClientHello& hello);
std::string ja3Hash(const ClientHello& hello);  // its MD5, hexadecimal

}  // namespace convoy::worker
