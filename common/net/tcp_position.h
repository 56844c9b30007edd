// tcp_position: where a TCP connection stands in its two byte streams, as the kernel knows it: not
// what a program has noted, which may have died before it noted it. Async-signal-safe: also called
// by a child that shares the descriptors of a dead worker. Any process; no loop.
#pragma once

#include <cstdint>

namespace convoy::net {

struct TcpPosition {
  uint64_t received = 0;  // bytes that recv() has returned, since the connection began
  uint64_t sent = 0;      // bytes that send() has taken
  bool established = false;
  bool peer_finished = false;  // the peer sent FIN
};

// False: not a TCP socket, or never twice the same in many tries.
bool tcpPosition(int fd, TcpPosition* out);

}  // namespace convoy::net
