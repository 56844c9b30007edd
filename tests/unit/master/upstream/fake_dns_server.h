// fake_dns_server: a DNS server of a few names on a loopback UDP port, in the test's loop.
#pragma once

#include <arpa/inet.h>
#include <cstring>
#include <map>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/net/address.h"
#include "common/net/event_loop.h"

namespace convoy::master {

class FakeDnsServer {
 public:
  explicit FakeDnsServer(net::EventLoop& loop)
      : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    auto any = net::Address::fromIp("127.0.0.1", 0);
    ::bind(fd_.get(), any->sockaddrPtr(), any->sockaddrLength());
    watcher_ = loop.watchFd(fd_.get(), net::kReadable, [this](uint32_t) { answer(); });
  }
  std::string address() const {
    auto local = net::Address::localOf(fd_.get());
    return "127.0.0.1:" + std::to_string(local->port());
  }

  std::map<std::string, std::vector<std::string>> v4, v6;
  uint32_t ttl = 30;
  bool silent = false;
  int questions = 0;

 private:
  static std::string nameAt(const std::string& packet, size_t* at) {
    std::string name;
    while (*at < packet.size() && packet[*at] != 0) {
      const size_t length = static_cast<unsigned char>(packet[*at]);
      name += (name.empty() ? "" : ".") + packet.substr(*at + 1, length);
      *at += length + 1;
    }
    ++*at;
    return name;
  }
  void answer() {
    char bytes[512];
    sockaddr_in from{};
    socklen_t length = sizeof(from);
    const ssize_t n =
        ::recvfrom(fd_.get(), bytes, sizeof(bytes), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (n < 12) return;
    ++questions;
    if (silent) return;
    const std::string query(bytes, static_cast<size_t>(n));
    size_t at = 12;
    const std::string name = nameAt(query, &at);
    const bool wants_v6 = query[at + 1] == 28;
    const auto& table = wants_v6 ? v6 : v4;
    const bool known = v4.count(name) != 0 || v6.count(name) != 0;
    const auto it = table.find(name);
    const auto addresses = it == table.end() ? std::vector<std::string>{} : it->second;
    std::string out = query.substr(0, 2) + std::string("\x81", 1) + (known ? "\x80"[0] : "\x83"[0]);
    out += std::string("\0\1\0", 3) + static_cast<char>(addresses.size()) + std::string(4, '\0');
    out += query.substr(12, at + 4 - 12);
    for (const std::string& address : addresses) out += record(address, wants_v6);
    ::sendto(fd_.get(), out.data(), out.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
  }
  std::string record(const std::string& address, bool is_v6) const {
    char raw[16];
    ::inet_pton(is_v6 ? AF_INET6 : AF_INET, address.c_str(), raw);
    const uint32_t net_ttl = htonl(ttl);
    const size_t size = is_v6 ? 16 : 4;
    std::string out("\xc0\x0c\0", 3);
    out += is_v6 ? '\x1c' : '\x01';
    out += std::string("\0\1", 2);
    out += std::string(reinterpret_cast<const char*>(&net_ttl), 4) + '\0' + static_cast<char>(size);
    return out + std::string(raw, size);
  }

  base::UniqueFd fd_;
  std::unique_ptr<net::FdWatcher> watcher_;
};

}  // namespace convoy::master
