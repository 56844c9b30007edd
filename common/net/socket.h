// socket: the few system calls that make sockets, with the options Convoy always wants. All
// descriptors are non-blocking and close-on-exec. Any process; only the master binds.
#pragma once

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/net/address.h"

namespace convoy::net {

struct ListenOptions {
  bool reuse_port = true;     // SO_REUSEPORT: one socket per worker slot
  int backlog = 4096;         // capped by net.core.somaxconn
  bool nodelay = true;        // inherited by accepted sockets on Linux
  bool defer_accept = false;  // TCP_DEFER_ACCEPT: the client speaks first (HTTP); never for raw TCP
  bool ipv6_only = true;
  int fast_open_queue = 0;  // TCP_FASTOPEN; 0: off
  bool freebind = false;    // IP_FREEBIND: of an address that no interface has yet
  unsigned unix_mode = 0;   // chmod of a unix socket path; 0 = leave
};

// socket + bind + listen. A stale unix path (nobody accepts there) is unlinked first. The error
// says address, reason and, for EACCES on a port below 1024, the ways to allow it.
base::Result<base::UniqueFd> listenOn(const Address& address, const ListenOptions& options);
// Non-blocking connect; TCP_NODELAY set. In progress is success.
base::Result<base::UniqueFd> connectTo(const Address& address);
// To a peer on this host there is no path to probe, but BBR sets a timer for each burst all the
// same (and halves what splice(2) brings): where BBR is the system's default, such a connection
// gets reno, which every process may choose. listenOn() and connectTo() do this; what a wildcard
// listener accepted is the acceptor's to pass here. Accepted connections inherit their listener's
// choice.
void avoidPacing(int fd, const Address& peer);
// SO_KEEPALIVE; of a value of 0 the kernel's own stays.
void setKeepalive(int fd, uint32_t probes, uint32_t time_s, uint32_t interval_s);
// socketpair(AF_UNIX, type | CLOEXEC | NONBLOCK).
base::Result<std::pair<base::UniqueFd, base::UniqueFd>> socketPair(int type);

}  // namespace convoy::net
