// syn_filter: a TCP listening socket that takes no new handshakes but completes those under way: a
// classic BPF filter drops what arrives with SYN and without ACK, so clients ask again (after a
// second) instead of being refused, and the queue can be emptied for good before the socket is
// closed. Belongs to the socket, not to the process: it stays until it is taken off. Needs no
// capability. Any process.
#pragma once

#include "common/base/result.h"

namespace convoy::net {

// How long handshakes under way may still take: a SYN-ACK that was lost is repeated after a second.
inline constexpr int kHandshakesEndMs = 1500;

base::Status dropSyns(int fd);
void takeSyns(int fd);  // no filter there is no error

}  // namespace convoy::net
