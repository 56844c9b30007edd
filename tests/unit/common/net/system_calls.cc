// The C library's checked variants are inline definitions of the same names.
#undef _FORTIFY_SOURCE

#include "tests/unit/common/net/system_calls.h"

#include <csignal>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {
convoy::net::SystemCalls calls;
}

namespace convoy::net {
SystemCalls SystemCalls::now() {
  return calls;
}
}  // namespace convoy::net

extern "C" {

ssize_t recv(int fd, void* buffer, size_t size, int flags) {
  ++calls.reads;
  return ::syscall(SYS_recvfrom, fd, buffer, size, flags, nullptr, nullptr);
}

ssize_t send(int fd, const void* buffer, size_t size, int flags) {
  ++calls.sends;
  return ::syscall(SYS_sendto, fd, buffer, size, flags, nullptr, 0);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  ++calls.sends;
  return ::syscall(SYS_sendmsg, fd, message, flags);
}

int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
  ++calls.controls;
  return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}

int epoll_pwait(int epoll, epoll_event* events, int size, int timeout, const sigset_t* mask) {
  ++calls.waits;
  return static_cast<int>(
      ::syscall(SYS_epoll_pwait, epoll, events, size, timeout, mask, _NSIG / 8));
}

}  // extern "C"
