// client_origin: what was found out of a connection before its filter chain took it, beyond the
// addresses that count: only connections of listeners that look have one. Const once made; shared
// by the connection and what it tells of itself. Travels along when a connection is handed over.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/net/address.h"
#include "common/net/proxy_header.h"

namespace convoy::worker {

struct ClientOrigin {
  net::Address direct;              // the socket's peer; none: the same as the client's address
  std::vector<net::ProxyTlv> tlvs;  // that its PROXY header had and pass_through_tlvs keeps
  std::string server_name;          // of its ClientHello, lower case
  std::string ja3;                  // MD5 in hexadecimal, if asked for

  std::string encode() const;
  // Null: it does not parse.
  static std::shared_ptr<const ClientOrigin> decode(std::string_view bytes);
};
using ClientOriginPtr = std::shared_ptr<const ClientOrigin>;

// Who connected, whoever the client is. `origin` may be null.
inline const net::Address& directPeer(const ClientOrigin* origin, const net::Address& peer) {
  return origin == nullptr || origin->direct.isNone() ? peer : origin->direct;
}

}  // namespace convoy::worker
