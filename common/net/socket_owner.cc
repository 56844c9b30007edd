#include "common/net/socket_owner.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace convoy::net {

void ownSocket(int fd) {
  ::fcntl(fd, F_SETOWN, ::getpid());
}

pid_t ownerOf(int fd) {
  const pid_t owner = ::fcntl(fd, F_GETOWN);
  if (owner <= 0) return 0;
  // Older kernels tell the number of a process that is gone, too.
  return ::kill(owner, 0) == 0 || errno == EPERM ? owner : 0;
}

}  // namespace convoy::net
