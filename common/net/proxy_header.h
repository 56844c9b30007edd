// proxy_header: the PROXY protocol (HAProxy's proxy-protocol.txt, versions 1 and 2): what a load
// balancer says of a connection before its first byte. Reads the bytes of strangers, and writes the
// head that Convoy sends itself. No I/O, no state; any process.
//
//   v1: "PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\r\n", at most 107 octets
//   v2: 12 octets of signature, version and command, family, u16 length, addresses, TLVs
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/net/address.h"

namespace convoy::net {

struct ProxyTlv {
  uint8_t type = 0;
  std::string value;
};

struct ProxyHeader {
  enum class Found : uint8_t {
    Incomplete,  // so far it is one
    Header,
    None,    // the bytes begin in another way
    Broken,  // begins as one, and is none; `why` says what is wrong
  };
  static constexpr size_t kMaxV1 = 107;
  static constexpr size_t kV2Fixed = 16;
  // Of addresses and TLVs together: more would not fit where it is looked at.
  static constexpr size_t kMaxV2 = 32 * 1024;

  uint8_t version = 0;  // 1 or 2; set for Header and Broken
  size_t size = 0;      // octets of the header
  // False: the sender speaks for itself (LOCAL, UNKNOWN, UNSPEC); the socket's addresses stand.
  bool proxied = false;
  Address source, destination;
  std::vector<ProxyTlv> tlvs;
  std::string why;

  Found parse(std::string_view bytes);

 private:
  Found parseV1(std::string_view bytes);
  Found parseV2(std::string_view bytes);
  Found broken(std::string reason);
  bool readAddresses(unsigned family, std::string_view body, size_t& used);
  bool readTlvs(std::string_view header, size_t at);
};

// Type of the checksum TLV and of padding: they belong to one header and are never passed on.
inline constexpr uint8_t kProxyTlvCrc32c = 0x03;
inline constexpr uint8_t kProxyTlvNoop = 0x04;

// Addresses of different families, or none: as if there were nothing to say (UNKNOWN, LOCAL).
std::string encodeProxyV1(const Address& source, const Address& destination);
std::string encodeProxyV2(const Address& source, const Address& destination,
                          const std::vector<ProxyTlv>& tlvs);
// Of a connection that is Convoy's own: a health check.
std::string encodeProxyLocal(uint8_t version);

uint32_t crc32c(std::string_view bytes, uint32_t seed = 0);

}  // namespace convoy::net
