// host_key: what a host is called wherever something is known of it: its address, in one form
// however it was written. Stateless.
#pragma once

#include <cstdint>
#include <string>

#include "common/net/address.h"

namespace convoy::master {

inline std::string hostKey(const std::string& ip, uint16_t port, const std::string& path) {
  if (!path.empty()) return path;
  const auto address = net::Address::fromIp(ip, port);
  return address.ok() ? address->toString() : ip;
}

}  // namespace convoy::master
