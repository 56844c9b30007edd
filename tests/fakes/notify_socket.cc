#include "tests/fakes/notify_socket.h"

#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace convoy::fakes {

NotifySocket::NotifySocket() : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  strncpy(address.sun_path, path().c_str(), sizeof(address.sun_path) - 1);
  if (bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) abort();
}

std::string NotifySocket::next(Millis limit) {
  pollfd ready{fd_.get(), POLLIN, 0};
  if (poll(&ready, 1, static_cast<int>(limit.count())) <= 0) return "";
  char buffer[4096];
  const ssize_t n = recv(fd_.get(), buffer, sizeof(buffer), 0);
  return {buffer, n > 0 ? static_cast<size_t>(n) : 0};
}

std::string NotifySocket::waitFor(const std::string& word, Millis limit) {
  const Deadline deadline(limit);
  for (;;) {
    const std::string text = next(Millis(deadline.leftMs()));
    if (text.empty() || text.find(word) != std::string::npos) return text;
  }
}

}  // namespace convoy::fakes
