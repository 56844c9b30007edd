// Address: where a socket listens or connects: IPv4, IPv6 or a unix path. A value; any process.
// Small, since every idle connection has two: the path of a unix socket is kept outside and shared.
#pragma once

#include <cstdint>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <vector>

#include "common/base/result.h"

namespace convoy::net {

class Address {
 public:
  Address() = default;  // family AF_UNSPEC: "none"
  // Numeric addresses only ("127.0.0.1", "::1"); names are the resolver's business.
  static base::Result<Address> fromIp(std::string_view ip, uint16_t port);
  static base::Result<Address> fromUnixPath(std::string_view path);  // leading '@' = abstract
  static Address fromSockaddr(const sockaddr* sa, socklen_t length);
  static base::Result<Address> localOf(int fd);
  static base::Result<Address> peerOf(int fd);

  bool isNone() const { return family() == AF_UNSPEC; }
  bool isIp() const { return family() == AF_INET || family() == AF_INET6; }
  bool isUnix() const { return family() == AF_UNIX; }
  bool isLoopback() const;
  std::string_view octets() const;  // 4 or 16 of an IP address, else none
  bool isWithin(const Address& network, uint32_t prefix_bits) const;
  // The octets of the network's address: 4 or 16.
  bool isWithin(std::string_view network, uint32_t prefix_bits) const;
  // RFC 1918, RFC 4193, loopback, link-local: Envoy's "internal" address.
  bool isInternal() const;
  sa_family_t family() const { return storage_.any.sa_family; }
  const sockaddr* sockaddrPtr() const {
    return un_ == nullptr ? &storage_.any : reinterpret_cast<const sockaddr*>(un_.get());
  }
  socklen_t sockaddrLength() const { return length_; }
  uint16_t port() const;
  std::string ip() const;        // "" for unix
  std::string toString() const;  // "127.0.0.1:80", "[::1]:80", "/run/x.sock"; as Envoy prints it
  // Writes toString() without allocating; returns the length. `out` holds at least 112 bytes.
  size_t format(char* out) const;
  size_t formatIp(char* out) const;
  bool operator==(const Address& other) const;

 private:
  union {
    sockaddr_in6 v6;  // first, because it is the largest: {} zeroes the first member only
    sockaddr any;     // all that is set of a unix address
    sockaddr_in v4;
  } storage_{};
  socklen_t length_ = 0;
  std::shared_ptr<const sockaddr_un> un_;  // null: no unix socket, or one without a name
};

}  // namespace convoy::net
