// SystemCalls: how often this program called the kernel on its sockets. The functions are defined
// here in place of the C library's, so that every library of the program is counted too.
#pragma once

#include <cstdint>

namespace convoy::net {

struct SystemCalls {
  uint64_t reads = 0;     // recv
  uint64_t sends = 0;     // send, sendmsg
  uint64_t controls = 0;  // epoll_ctl
  uint64_t waits = 0;     // epoll_wait, epoll_pwait that may sleep

  static SystemCalls now();
  SystemCalls since(const SystemCalls& before) const {
    return {reads - before.reads, sends - before.sends, controls - before.controls,
            waits - before.waits};
  }
};

}  // namespace convoy::net
