#include "common/net/socket.h"

#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace convoy::net {

using base::Error;
using base::UniqueFd;

namespace {

bool setOption(int fd, int level, int option, int value) {
  return ::setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

// A path on which nobody accepts is left over from a process that died.
std::string congestionControl(int fd) {
  char name[16] = {};  // TCP_CA_NAME_MAX
  socklen_t length = sizeof(name);
  if (::getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length) != 0) return {};
  return {name, strnlen(name, sizeof(name))};
}

void removeStale(const Address& address) {
  const std::string path = address.toString();
  struct stat info {};
  if (path.empty() || path[0] == '@' || ::stat(path.c_str(), &info) != 0) return;
  if (!S_ISSOCK(info.st_mode)) return;
  // Non-blocking: a live listener with a full queue answers EAGAIN instead of holding us up.
  UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (::connect(probe.get(), address.sockaddrPtr(), address.sockaddrLength()) != 0 &&
      errno == ECONNREFUSED) {
    ::unlink(path.c_str());
  }
}

Error bindError(int error, const Address& address) {
  std::string text = "cannot bind " + address.toString();
  Error e = Error::fromErrno(error, text);
  if (error == EACCES && address.isIp() && address.port() < 1024) {
    e.context +=
        ". Ports below 1024 need a right: give the program CAP_NET_BIND_SERVICE (systemd: "
        "AmbientCapabilities=CAP_NET_BIND_SERVICE; setcap cap_net_bind_service=+ep), or set the "
        "sysctl net.ipv4.ip_unprivileged_port_start, or use a port from 1024 up";
  } else if (error == EADDRINUSE) {
    e.context += address.isUnix() ? ". Another process listens there; `ss -lxp` names it"
                                  : ". Another process listens there; `ss -ltnp` names it";
  } else if (error == EADDRNOTAVAIL) {
    e.context += ". No interface of this machine has that address";
  }
  return e;
}

}  // namespace

base::Result<UniqueFd> listenOn(const Address& address, const ListenOptions& options) {
  if (address.isUnix()) removeStale(address);
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return Error::fromErrno(errno, "socket for " + address.toString());
  if (address.isIp()) {
    setOption(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (options.reuse_port && !setOption(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1)) {
      return Error::fromErrno(errno, "SO_REUSEPORT on " + address.toString());
    }
    if (address.family() == AF_INET6) {
      setOption(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6_only ? 1 : 0);
    }
    if (options.nodelay) setOption(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    avoidPacing(fd.get(), address);
    if (options.freebind) {
      const bool v4 = address.family() == AF_INET;
      setOption(fd.get(), v4 ? SOL_IP : SOL_IPV6, v4 ? IP_FREEBIND : IPV6_FREEBIND, 1);
    }
    if (options.fast_open_queue != 0 &&
        !setOption(fd.get(), IPPROTO_TCP, TCP_FASTOPEN, options.fast_open_queue)) {
      return Error::fromErrno(errno, "TCP_FASTOPEN on " + address.toString());
    }
    if (options.defer_accept) setOption(fd.get(), IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
  }
  if (::bind(fd.get(), address.sockaddrPtr(), address.sockaddrLength()) != 0) {
    return bindError(errno, address);
  }
  if (address.isUnix() && options.unix_mode != 0 && address.toString()[0] != '@' &&
      ::chmod(address.toString().c_str(), options.unix_mode) != 0) {
    return Error::fromErrno(errno, "cannot set the mode of " + address.toString());
  }
  if (::listen(fd.get(), options.backlog) != 0) return bindError(errno, address);
  return fd;
}

base::Result<UniqueFd> connectTo(const Address& address) {
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return Error::fromErrno(errno, "socket for " + address.toString());
  if (address.isIp()) {
    setOption(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    avoidPacing(fd.get(), address);
  }
  if (::connect(fd.get(), address.sockaddrPtr(), address.sockaddrLength()) != 0 &&
      errno != EINPROGRESS) {
    return Error::fromErrno(errno, "connect to " + address.toString());
  }
  return fd;
}

void avoidPacing(int fd, const Address& peer) {
  if (!peer.isLoopback() || peer.isUnix()) return;
  // Of a new socket this is the system's default; it is asked for once.
  static const bool paces = congestionControl(fd).starts_with("bbr");
  constexpr std::string_view kReno = "reno";
  if (paces) ::setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, kReno.data(), kReno.size());
}

void setKeepalive(int fd, uint32_t probes, uint32_t time_s, uint32_t interval_s) {
  setOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  const auto set = [fd](int option, uint32_t value) {
    if (value != 0) setOption(fd, IPPROTO_TCP, option, static_cast<int>(value));
  };
  set(TCP_KEEPCNT, probes);
  set(TCP_KEEPIDLE, time_s);
  set(TCP_KEEPINTVL, interval_s);
}

base::Result<std::pair<UniqueFd, UniqueFd>> socketPair(int type) {
  int fds[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0) {
    return Error::fromErrno(errno, "socketpair");
  }
  return std::make_pair(UniqueFd(fds[0]), UniqueFd(fds[1]));
}

}  // namespace convoy::net
