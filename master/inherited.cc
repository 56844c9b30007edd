#include "master/inherited.h"

#include <set>
#include <sys/socket.h>
#include <sys/stat.h>
#include <utility>

#include "common/net/syn_filter.h"
#include "master/steering.h"

namespace convoy::master {
namespace {

bool listensOn(int fd, const net::Address& address) {
  int listening = 0;
  socklen_t length = sizeof(listening);
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0) return false;
  const auto local = net::Address::localOf(fd);
  return listening != 0 && local.ok() && *local == address;
}

ino_t socketNumber(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 ? info.st_ino : 0;
}

}  // namespace

std::vector<InheritedSocket> InheritedSockets::take(const net::Address& address) {
  std::vector<InheritedSocket> out, rest;
  std::set<ino_t> known;
  for (InheritedSocket& socket : sockets_) {
    if (!listensOn(socket.fd.get(), address)) {
      rest.push_back(std::move(socket));
    } else if (known.insert(socketNumber(socket.fd.get())).second) {
      net::takeSyns(socket.fd.get());
      unsteerGroup(socket.fd.get());
      out.push_back(std::move(socket));
    }
  }
  sockets_ = std::move(rest);
  return out;
}

}  // namespace convoy::master
