#include "common/net/syn_filter.h"

#include <array>
#include <cerrno>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace convoy::net {

base::Status dropSyns(int fd) {
  constexpr uint32_t kFlagsByte = 13;  // of the TCP header, where the filter's packet begins
  constexpr uint32_t kSyn = 0x02, kAck = 0x10;
  constexpr uint32_t kWhole = 0xffffffff;
  std::array<sock_filter, 5> code = {{
      {BPF_LD | BPF_B | BPF_ABS, 0, 0, kFlagsByte},
      {BPF_ALU | BPF_AND | BPF_K, 0, 0, kSyn | kAck},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, kSyn},
      {BPF_RET | BPF_K, 0, 0, 0},
      {BPF_RET | BPF_K, 0, 0, kWhole},
  }};
  const sock_fprog program{code.size(), code.data()};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0) {
    return base::Error::fromErrno(errno, "cannot filter new connections (SO_ATTACH_FILTER)");
  }
  // A client that has not spoken yet must come into the queue as well.
  const int off = 0;
  ::setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &off, sizeof(off));
  return {};
}

void takeSyns(int fd) {
  const int unused = 0;
  ::setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
}

}  // namespace convoy::net
