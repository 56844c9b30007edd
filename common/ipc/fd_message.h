// fd_message: one datagram of a unix socket with descriptors beside its bytes (SCM_RIGHTS). The two
// system calls and nothing else: no framing, no loop; neither call blocks or allocates for the
// bytes. Sending is async-signal-safe. Any process.
#pragma once

#include <cstddef>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "common/base/unique_fd.h"

namespace convoy::ipc {

inline constexpr size_t kMaxFdsPerDatagram = 251;  // the kernel's limit is 253

// As sendmsg(2): -1 with errno. The descriptors stay the caller's. REQUIRES: count <=
// kMaxFdsPerDatagram.
ssize_t sendWithFds(int socket, std::string_view bytes, const int* fds, size_t count);
// As recvmsg(2): 0 at the end, -1 with errno. `flags` gets MSG_TRUNC and MSG_CTRUNC; the latter
// also if this process has no descriptor to spare. What came is in `fds`, close-on-exec.
ssize_t receiveWithFds(int socket, char* buffer, size_t size, std::vector<base::UniqueFd>& fds,
                       int* flags);

}  // namespace convoy::ipc
