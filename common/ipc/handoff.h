// handoff: one connection on its way from a draining worker to its successor: a datagram on
// a SOCK_SEQPACKET pair that the master made, the sockets by SCM_RIGHTS. Bytes that the sender had
// read and not used travel along; bytes that arrive meanwhile stay in the kernel. Times are
// CLOCK_MONOTONIC, which all processes of a machine share.
//
//   u8 version, u8 kind, u32 listener, peer, local (sockaddr bytes), u64 created_us,
//   u64 active_us, u32 requests, leftover, state, and in version 2: origin
//
// The sender keeps its descriptors until the kernel took the datagram (Sent); before that nothing
// has changed hands. Workers; no loop: neither call blocks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/ipc/wire.h"
#include "common/net/address.h"

namespace convoy::ipc {

struct Handoff {
  enum class Kind : uint8_t {
    Http = 1,      // between two requests; fds: client
    Tcp = 2,       // tcp_proxy, both directions empty; fds: client, upstream
    Upgrade = 3,   // an upgraded HTTP connection, both directions empty; fds: client, upstream
    Upstream = 4,  // an idle connection of a pool; fds: upstream
  };
  Kind kind = Kind::Http;
  uint32_t listener = 0;  // index in the receiver's configuration
  net::Address peer, local;
  uint64_t created_us = 0;  // accepted
  uint64_t active_us = 0;   // the last byte or end of a message; idle timeouts go on from here
  uint32_t requests = 0;
  std::string leftover;  // Http: read, not yet parsed
  // Tcp, Upgrade, Upstream: what their rooms need to go on. Http: nothing, or one octet that says
  // how many workers have died with the request in `leftover`.
  std::string state;
  std::string origin;  // what listener filters found out (worker/listener/client_origin); "" = none
  std::vector<base::UniqueFd> fds;
};

// Version 2 has an origin; without one version 1 is sent, which programs before it understand, too.
inline constexpr uint8_t kHandoffVersion = 2;
// What fits into the socket's default buffer beside the rest; a connection that holds more waits.
inline constexpr size_t kMaxLeftover = 128 * 1024;

// An address as the bytes of its sockaddr.
void putAddress(WireWriter& out, const net::Address& address);
net::Address getAddress(WireReader& in);

std::string encodeHandoff(const Handoff& handoff);  // without the descriptors
// False if the bytes are not what encodeHandoff writes, or of another version.
bool decodeHandoff(std::string_view bytes, Handoff* out);

enum class SendResult : uint8_t {
  Sent,    // it is the successor's now: close the descriptors without a shutdown
  Full,    // try again when the socket is writable (or, out of in-flight descriptors, later)
  TooBig,  // never, in one datagram
  Broken,  // the successor is gone: the connection stays ours
};
SendResult sendHandoff(int socket, const Handoff& handoff);
// The two halves of it, of which neither allocates if `bytes` has room (async-signal-safe then).
inline constexpr size_t kMaxDatagram = kMaxLeftover + 64 * 1024;
void encodeHandoff(const Handoff& handoff, std::string& bytes);
SendResult sendEncoded(int socket, const std::string& bytes, const int* fds, size_t fd_count);

enum class ReceiveResult : uint8_t { Received, Nothing, End, Malformed };
ReceiveResult receiveHandoff(int socket, Handoff* out);

}  // namespace convoy::ipc
