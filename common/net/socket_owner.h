// socket_owner: which process a listening socket belongs to, kept in the socket itself (F_SETOWN):
// several processes hold the same one, and workers whose master died must know whether another
// master took it over. No signal ever follows from it, since nobody asks for SIGIO. Any process.
#pragma once

#include <sys/types.h>

namespace convoy::net {

void ownSocket(int fd);
// The owner, if it lives; 0 if there is none. A number from another process namespace is 0 as well.
pid_t ownerOf(int fd);

}  // namespace convoy::net
