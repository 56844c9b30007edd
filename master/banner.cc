#include "master/banner.h"

#include "common/net/address.h"

namespace convoy::master {
namespace {

// A wildcard cannot be typed into a browser.
std::string reachable(const config::SocketAddress& address) {
  std::string host = address.address;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return host + ":" + std::to_string(address.port_value);
}

std::string curlFor(const config::SocketAddress& address, bool tls = false) {
  const std::string scheme = tls ? "https://" : "http://";
  if (address.is_pipe) return "curl --unix-socket " + address.path + " " + scheme + "localhost/";
  return "curl " + scheme + reachable(address) + "/";
}

bool isOnlyLoopback(const config::SocketAddress& address) {
  auto parsed = net::Address::fromIp(address.address, 0);
  return !address.is_pipe && parsed.ok() && parsed->isLoopback();
}

}  // namespace

std::vector<BannerLine> banner(const config::Bootstrap& bootstrap,
                               const config::SocketAddress* admin) {
  std::vector<BannerLine> out;
  std::string loopback;
  for (const config::Listener& listener : bootstrap.listeners) {
    if (!listener.bind_to_port) continue;
    const std::string name = "listener \"" + listener.name + "\" on " + listener.address.toString();
    out.push_back(
        {false,
         name + (listener.http() != nullptr
                     ? ": try  " + curlFor(listener.address, listener.filter_chain.tls.has_value())
                     : std::string(listener.tcp() != nullptr ? ": TCP proxy" : ""))});
    if (isOnlyLoopback(listener.address)) {
      loopback += (loopback.empty() ? "\"" : "\", \"") + listener.name;
    }
  }
  if (!loopback.empty()) {
    out.push_back({true, "reachable from this host (or pod) only: " + loopback +
                             "\"; bind 0.0.0.0 or :: to serve others"});
  }
  if (admin != nullptr) {
    out.push_back({false, admin->is_pipe ? "admin: " + curlFor(*admin)
                                         : "admin and metrics: open  http://" + reachable(*admin) +
                                               "/  in a browser"});
  }
  return out;
}

}  // namespace convoy::master
