#include "common/net/address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "common/base/text.h"

namespace convoy::net {

using base::Error;
using base::ErrorKind;

base::Result<Address> Address::fromIp(std::string_view ip, uint16_t port) {
  char text[INET6_ADDRSTRLEN + 1] = {};
  if (ip.size() < sizeof(text) && ip.find('\0') == std::string_view::npos) {
    std::copy(ip.begin(), ip.end(), text);
    Address a;
    if (::inet_pton(AF_INET, text, &a.storage_.v4.sin_addr) == 1) {
      a.storage_.v4.sin_family = AF_INET;
      a.storage_.v4.sin_port = htons(port);
      a.length_ = sizeof(sockaddr_in);
      return a;
    }
    if (::inet_pton(AF_INET6, text, &a.storage_.v6.sin6_addr) == 1) {
      a.storage_.v6.sin6_family = AF_INET6;
      a.storage_.v6.sin6_port = htons(port);
      a.length_ = sizeof(sockaddr_in6);
      return a;
    }
  }
  return Error::make(ErrorKind::InvalidArgument,
                     "\"" + std::string(ip) + "\" is not an IPv4 or IPv6 address");
}

base::Result<Address> Address::fromUnixPath(std::string_view path) {
  Address a;
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path) ||
      path.find('\0') != std::string_view::npos) {
    return Error::make(
        ErrorKind::InvalidArgument,
        "unix socket path \"" + std::string(path) + "\" must have 1 to 107 bytes, none of them 0");
  }
  sockaddr_un un{};
  un.sun_family = a.storage_.any.sa_family = AF_UNIX;
  std::copy(path.begin(), path.end(), un.sun_path);
  a.length_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  if (path.front() == '@') {
    un.sun_path[0] = '\0';
    --a.length_;  // an abstract name has no terminating NUL
  }
  a.un_ = std::make_shared<const sockaddr_un>(un);
  return a;
}

Address Address::fromSockaddr(const sockaddr* sa, socklen_t length) {
  Address a;
  if (length >= sizeof(sa_family_t) && sa->sa_family == AF_UNIX) {
    a.storage_.any.sa_family = AF_UNIX;
    a.length_ = std::min<socklen_t>(length, sizeof(sockaddr_un));
    if (a.length_ <= offsetof(sockaddr_un, sun_path)) return a;
    sockaddr_un un{};
    std::memcpy(&un, sa, a.length_);
    a.un_ = std::make_shared<const sockaddr_un>(un);
    return a;
  }
  a.length_ = std::min<socklen_t>(length, sizeof(a.storage_));
  std::memcpy(&a.storage_, sa, a.length_);
  return a;
}

base::Result<Address> Address::localOf(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  auto* sa = reinterpret_cast<sockaddr*>(&storage);
  if (::getsockname(fd, sa, &length) != 0) return Error::fromErrno(errno, "getsockname");
  return fromSockaddr(sa, length);
}

base::Result<Address> Address::peerOf(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  auto* sa = reinterpret_cast<sockaddr*>(&storage);
  if (::getpeername(fd, sa, &length) != 0) return Error::fromErrno(errno, "getpeername");
  return fromSockaddr(sa, length);
}

bool Address::isLoopback() const {
  if (family() == AF_INET) return (ntohl(storage_.v4.sin_addr.s_addr) >> 24) == 127;
  if (family() != AF_INET6) return false;
  const in6_addr& ip = storage_.v6.sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&ip) || (IN6_IS_ADDR_V4MAPPED(&ip) && ip.s6_addr[12] == 127);
}

std::string_view Address::octets() const {
  if (family() == AF_INET) return {reinterpret_cast<const char*>(&storage_.v4.sin_addr), 4};
  if (family() == AF_INET6) return {reinterpret_cast<const char*>(&storage_.v6.sin6_addr), 16};
  return {};
}

bool Address::isWithin(const Address& network, uint32_t prefix_bits) const {
  return isWithin(network.octets(), prefix_bits);
}

bool Address::isWithin(std::string_view theirs, uint32_t prefix_bits) const {
  const std::string_view ours = octets();
  if (!isIp() || ours.size() != theirs.size() || prefix_bits > ours.size() * 8) return false;
  const size_t whole = prefix_bits / 8, rest = prefix_bits % 8;
  if (ours.substr(0, whole) != theirs.substr(0, whole)) return false;
  const auto top = [&](std::string_view of) {
    return static_cast<unsigned char>(of[whole]) >> (8 - rest);
  };
  return rest == 0 || top(ours) == top(theirs);
}

bool Address::isInternal() const {
  if (isUnix() || isLoopback()) return true;
  uint32_t v4 = 0;
  if (family() == AF_INET) {
    v4 = ntohl(storage_.v4.sin_addr.s_addr);
  } else if (family() == AF_INET6) {
    const in6_addr& ip = storage_.v6.sin6_addr;
    if ((ip.s6_addr[0] & 0xfe) == 0xfc || IN6_IS_ADDR_LINKLOCAL(&ip)) return true;
    if (!IN6_IS_ADDR_V4MAPPED(&ip)) return false;
    std::memcpy(&v4, &ip.s6_addr[12], 4);
    v4 = ntohl(v4);
  } else {
    return false;
  }
  return (v4 >> 24) == 10 || (v4 >> 20) == 0xac1 || (v4 >> 16) == 0xc0a8 || (v4 >> 16) == 0xa9fe ||
         (v4 >> 24) == 127;
}

uint16_t Address::port() const {
  if (family() == AF_INET) return ntohs(storage_.v4.sin_port);
  if (family() == AF_INET6) return ntohs(storage_.v6.sin6_port);
  return 0;
}

size_t Address::formatIp(char* out) const {
  if (family() == AF_INET) {
    // By hand: this runs for every logged and forwarded request.
    const auto* bytes = reinterpret_cast<const unsigned char*>(&storage_.v4.sin_addr);
    char* at = out;
    for (int i = 0; i < 4; ++i) {
      if (i != 0) *at++ = '.';
      at = base::formatUint(at, bytes[i]);
    }
    return static_cast<size_t>(at - out);
  }
  if (family() == AF_INET6) {
    ::inet_ntop(AF_INET6, &storage_.v6.sin6_addr, out, INET6_ADDRSTRLEN);
    return std::strlen(out);
  }
  return 0;
}

size_t Address::format(char* out) const {
  if (isUnix()) {
    if (un_ == nullptr) return 0;
    const size_t used = length_ - offsetof(sockaddr_un, sun_path);
    const bool abstract = un_->sun_path[0] == '\0';
    const size_t size = abstract ? used : ::strnlen(un_->sun_path, used);
    std::memcpy(out, un_->sun_path, size);
    if (abstract) out[0] = '@';
    return size;
  }
  if (!isIp()) return 0;
  char* at = out;
  if (family() == AF_INET6) *at++ = '[';
  at += formatIp(at);
  if (family() == AF_INET6) *at++ = ']';
  *at++ = ':';
  return static_cast<size_t>(base::formatUint(at, port()) - out);
}

std::string Address::ip() const {
  char text[INET6_ADDRSTRLEN];
  return std::string(text, formatIp(text));
}

std::string Address::toString() const {
  char text[128];
  return std::string(text, format(text));
}

bool Address::operator==(const Address& other) const {
  if (family() != other.family()) return false;
  if (family() == AF_INET) {
    return storage_.v4.sin_port == other.storage_.v4.sin_port &&
           storage_.v4.sin_addr.s_addr == other.storage_.v4.sin_addr.s_addr;
  }
  if (family() == AF_INET6) {
    return storage_.v6.sin6_port == other.storage_.v6.sin6_port &&
           std::memcmp(&storage_.v6.sin6_addr, &other.storage_.v6.sin6_addr, 16) == 0;
  }
  if (length_ != other.length_) return false;
  if (un_ == nullptr || other.un_ == nullptr) return un_ == other.un_;
  return std::memcmp(un_.get(), other.un_.get(), length_) == 0;
}

}  // namespace convoy::net
