#include "common/net/proxy_header.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "common/base/text.h"

namespace convoy::net {

namespace {

using Found = ProxyHeader::Found;

constexpr std::string_view kV1Begin = "PROXY ";
constexpr std::string_view kV2Begin("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr unsigned kInet = 0x1, kInet6 = 0x2, kUnix = 0x3;
constexpr size_t kUnixPath = 108;

unsigned octet(std::string_view bytes, size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}
size_t u16(std::string_view bytes, size_t at) {
  return octet(bytes, at) << 8 | octet(bytes, at + 1);
}

template <typename Int>
void put(std::string& out, Int value) {
  for (size_t i = sizeof(Int); i-- > 0;) out.push_back(static_cast<char>(value >> (8 * i)));
}

// "0".."65535" without leading zeros.
bool parsePort(std::string_view text, uint16_t& out) {
  const bool odd = text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0');
  const auto number = odd ? std::nullopt : base::parseUint(text);
  if (!number || *number > 65535) return false;
  out = static_cast<uint16_t>(*number);
  return true;
}

Address ipAddress(int family, std::string_view octets, size_t port) {
  sockaddr_in6 v6{};
  sockaddr_in v4{};
  if (family == AF_INET) {
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, octets.data(), 4);
    v4.sin_port = htons(static_cast<uint16_t>(port));
    return Address::fromSockaddr(reinterpret_cast<const sockaddr*>(&v4), sizeof(v4));
  }
  v6.sin6_family = AF_INET6;
  std::memcpy(&v6.sin6_addr, octets.data(), 16);
  v6.sin6_port = htons(static_cast<uint16_t>(port));
  return Address::fromSockaddr(reinterpret_cast<const sockaddr*>(&v6), sizeof(v6));
}

// The name up to its first NUL; one without a name (a client's end mostly has none) is a unix
// address all the same.
Address unixAddress(std::string_view path) {
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  const size_t size = std::min(path.find('\0'), path.size());
  if (size == 0) {
    return Address::fromSockaddr(reinterpret_cast<const sockaddr*>(&un), sizeof(sa_family_t));
  }
  auto named = Address::fromUnixPath(path.substr(0, std::min(size, kUnixPath - 1)));
  return named.ok() ? *named : Address();
}

bool sameIpFamily(const Address& a, const Address& b) {
  return a.isIp() && a.family() == b.family();
}

}  // namespace

Found ProxyHeader::broken(std::string reason) {
  why = std::move(reason);
  return Found::Broken;
}

Found ProxyHeader::parse(std::string_view bytes) {
  const auto begins = [&](std::string_view mark) {
    const size_t n = std::min(bytes.size(), mark.size());
    return bytes.substr(0, n) == mark.substr(0, n);
  };
  if (begins(kV2Begin)) return bytes.size() < kV2Begin.size() ? Found::Incomplete : parseV2(bytes);
  if (begins(kV1Begin)) return bytes.size() < kV1Begin.size() ? Found::Incomplete : parseV1(bytes);
  return Found::None;
}

// --- version 1 ---

Found ProxyHeader::parseV1(std::string_view bytes) {
  version = 1;
  const std::string_view window = bytes.substr(0, kMaxV1);
  const size_t end = window.find("\r\n");
  if (end == std::string_view::npos) {
    // A line end of another kind does not become one by waiting.
    const size_t odd = window.find_first_of("\n");
    if (window.size() == kMaxV1) return broken("the line has more than 107 octets");
    return odd == std::string_view::npos ? Found::Incomplete : broken("the line ends without CR");
  }
  size = end + 2;
  const std::vector<std::string_view> words = base::split(window.substr(0, end), ' ');
  // Whatever follows UNKNOWN is to be ignored up to the line's end.
  if (words.size() >= 2 && words[1] == "UNKNOWN") return Found::Header;
  if (words.size() != 6) return broken("the line has not six words");
  const bool v4 = words[1] == "TCP4";
  if (!v4 && words[1] != "TCP6") return broken("the protocol is not TCP4, TCP6 or UNKNOWN");
  uint16_t source_port = 0, destination_port = 0;
  if (!parsePort(words[4], source_port) || !parsePort(words[5], destination_port)) {
    return broken("a port is not a number from 0 to 65535");
  }
  auto from = Address::fromIp(words[2], source_port);
  auto to = Address::fromIp(words[3], destination_port);
  const int family = v4 ? AF_INET : AF_INET6;
  if (!from.ok() || !to.ok() || from->family() != family || to->family() != family) {
    return broken("an address is none of its family");
  }
  source = *from;
  destination = *to;
  proxied = true;
  return Found::Header;
}

std::string encodeProxyV1(const Address& source, const Address& destination) {
  if (!sameIpFamily(source, destination)) return encodeProxyLocal(1);
  const std::string_view kind = source.family() == AF_INET ? "TCP4 " : "TCP6 ";
  return std::string(kV1Begin) + std::string(kind) + source.ip() + " " + destination.ip() + " " +
         std::to_string(source.port()) + " " + std::to_string(destination.port()) + "\r\n";
}

// --- version 2 ---

Found ProxyHeader::parseV2(std::string_view bytes) {
  version = 2;
  if (bytes.size() < kV2Fixed) {
    // Wrong is wrong as soon as it is there.
    if (bytes.size() > 12 && octet(bytes, 12) >> 4 != 2) return broken("the version is not 2");
    return Found::Incomplete;
  }
  const unsigned command = octet(bytes, 12) & 0xf, family = octet(bytes, 13) >> 4;
  const unsigned protocol = octet(bytes, 13) & 0xf;
  const size_t length = u16(bytes, 14);
  if (octet(bytes, 12) >> 4 != 2) return broken("the version is not 2");
  if (command > 1) return broken("the command is neither LOCAL nor PROXY");
  if (family > kUnix || protocol > 2) return broken("the family or protocol does not exist");
  if (length > kMaxV2) return broken("addresses and TLVs have more than 32 KiB");
  if (bytes.size() < kV2Fixed + length) return Found::Incomplete;
  size = kV2Fixed + length;
  if (command == 0) return Found::Header;
  size_t used = 0;
  if (!readAddresses(family, bytes.substr(kV2Fixed, length), used)) return Found::Broken;
  // What follows addresses that nobody understands has no place where it would begin.
  if (family == 0) return Found::Header;
  return readTlvs(bytes.substr(0, size), kV2Fixed + used) ? Found::Header : Found::Broken;
}

bool ProxyHeader::readAddresses(unsigned family, std::string_view body, size_t& used) {
  const size_t wanted = family == kInet ? 12 : family == kInet6 ? 36 : family == kUnix ? 216 : 0;
  if (body.size() < wanted) {
    why = "the length is too small for the addresses";
    return false;
  }
  used = wanted;
  proxied = family != 0;
  if (family == kInet) {
    source = ipAddress(AF_INET, body.substr(0, 4), u16(body, 8));
    destination = ipAddress(AF_INET, body.substr(4, 4), u16(body, 10));
  } else if (family == kInet6) {
    source = ipAddress(AF_INET6, body.substr(0, 16), u16(body, 32));
    destination = ipAddress(AF_INET6, body.substr(16, 16), u16(body, 34));
  } else if (family == kUnix) {
    source = unixAddress(body.substr(0, kUnixPath));
    destination = unixAddress(body.substr(kUnixPath, kUnixPath));
  }
  return true;
}

bool ProxyHeader::readTlvs(std::string_view header, size_t at) {
  while (at < header.size()) {
    if (header.size() - at < 3 || header.size() - at - 3 < u16(header, at + 1)) {
      why = "a TLV does not end where the header does";
      return false;
    }
    const auto type = static_cast<uint8_t>(octet(header, at));
    const std::string_view value = header.substr(at + 3, u16(header, at + 1));
    if (type == kProxyTlvCrc32c) {
      // Of the whole header, with these four octets as zeros.
      if (value.size() != 4) {
        why = "the checksum has not four octets";
        return false;
      }
      uint32_t sum = crc32c(header.substr(0, at + 3));
      sum = crc32c(std::string_view("\0\0\0\0", 4), sum);
      sum = crc32c(header.substr(at + 7), sum);
      if (sum != (u16(value, 0) << 16 | u16(value, 2))) {
        why = "the checksum is wrong";
        return false;
      }
    } else if (type != kProxyTlvNoop) {
      tlvs.push_back({type, std::string(value)});
    }
    at += 3 + value.size();
  }
  return true;
}

std::string encodeProxyV2(const Address& source, const Address& destination,
                          const std::vector<ProxyTlv>& tlvs) {
  if (!sameIpFamily(source, destination)) return encodeProxyLocal(2);
  std::string body(source.octets());
  body += destination.octets();
  put(body, source.port());
  put(body, destination.port());
  for (const ProxyTlv& tlv : tlvs) {
    // One that makes the header longer than may be said is left out.
    if (body.size() + 3 + tlv.value.size() > UINT16_MAX) continue;
    put(body, tlv.type);
    put(body, static_cast<uint16_t>(tlv.value.size()));
    body += tlv.value;
  }
  std::string out(kV2Begin);
  out.push_back('\x21');
  out.push_back(source.family() == AF_INET ? '\x11' : '\x21');
  put(out, static_cast<uint16_t>(body.size()));
  return out + body;
}

std::string encodeProxyLocal(uint8_t version) {
  if (version == 1) return std::string(kV1Begin) + "UNKNOWN\r\n";
  return std::string(kV2Begin) + std::string("\x20\0\0\0", 4);
}

// Castagnoli's polynomial, reflected.
uint32_t crc32c(std::string_view bytes, uint32_t seed) {
  static constexpr auto kTable = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? 0x82f63b78U : 0U);
      table[i] = value;
    }
    return table;
  }();
  uint32_t sum = ~seed;
  for (const char c : bytes) {
    sum = kTable[(sum ^ static_cast<unsigned char>(c)) & 0xff] ^ sum >> 8;
  }
  return ~sum;
}

}  // namespace convoy::net
