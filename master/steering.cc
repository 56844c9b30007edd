#include "master/steering.h"

#include <array>
#include <cerrno>
#include <linux/filter.h>
#include <sys/socket.h>

namespace convoy::master {

base::Status steerGroup(int fd, uint32_t active) {
  std::array<sock_filter, 3> code = {{
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_RANDOM)},
      {BPF_ALU | BPF_MOD | BPF_K, 0, 0, active},
      {BPF_RET | BPF_A, 0, 0, 0},
  }};
  const sock_fprog program{code.size(), code.data()};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program)) == 0) {
    return {};
  }
  return base::Error::fromErrno(errno, "cannot steer new connections (SO_ATTACH_REUSEPORT_CBPF)");
}

void unsteerGroup(int fd) {
  const int unused = 0;
  ::setsockopt(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &unused, sizeof(unused));
}

}  // namespace convoy::master
