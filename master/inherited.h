// inherited: listening sockets that were open before us: of a .socket unit, or kept by the service
// manager (fd_store.h) for a master that died, with what waits in their queues. Configured
// addresses take those that listen there; the rest is closed once the server serves. Owned by
// ListenerSockets.
#pragma once

#include <string>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/net/address.h"

namespace convoy::master {

struct InheritedSocket {
  base::UniqueFd fd;
  std::string name;  // of $LISTEN_FDNAMES; "" = unknown
};

class InheritedSockets {
 public:
  explicit InheritedSockets(std::vector<InheritedSocket> sockets) : sockets_(std::move(sockets)) {}
  // All that listen on `address`, in the order they came. Several descriptors of one socket are
  // one. A filter or a steering program that the former owner left on them is taken off.
  std::vector<InheritedSocket> take(const net::Address& address);
  // What nothing took, for the caller to name and to close.
  std::vector<InheritedSocket> takeRest() { return std::move(sockets_); }

 private:
  std::vector<InheritedSocket> sockets_;
};

}  // namespace convoy::master
