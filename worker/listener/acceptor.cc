#include "worker/listener/acceptor.h"

#include <cerrno>
#include <sys/socket.h>

#include "common/base/log.h"
#include "common/net/socket.h"

namespace convoy::worker {

namespace {

bool isWildcard(const net::Address& address) {
  if (address.family() == AF_INET) return address.ip() == "0.0.0.0";
  return address.family() == AF_INET6 && address.ip() == "::";
}

}  // namespace

Acceptor::Acceptor(net::EventLoop& loop, base::UniqueFd fd, AcceptCallbacks& callbacks)
    : loop_(loop), fd_(std::move(fd)), callbacks_(callbacks) {
  if (auto local = net::Address::localOf(fd_.get()); local.ok()) local_ = *local;
  wildcard_ = isWildcard(local_);
  timer_ = loop.createTimer([this] {
    if (state_ == State::Backoff) {
      state_ = State::Paused;
      resume();
    }
  });
}

Acceptor::~Acceptor() {
  pause();
}

void Acceptor::resume() {
  if (state_ != State::Paused) return;
  if (loop_.poller().addLevel(fd_.get(), *this)) {
    state_ = State::Polling;
  } else {
    backOff(errno);
  }
}

void Acceptor::pause() {
  if (state_ == State::Polling) {
    // The descriptor is shared with the master and other workers: close() alone would leave it in
    // our epoll set, waking us for connections that are theirs.
    loop_.poller().remove(fd_.get());
    loop_.poller().forget(*this);
  }
  if (state_ == State::Backoff) timer_->stop();
  state_ = State::Paused;
}

void Acceptor::retry() {
  if (state_ != State::Full) return;
  state_ = State::Paused;
  resume();
}

void Acceptor::onIo(uint32_t) {
  for (int i = 0; i < per_wake_ && state_ == State::Polling && acceptOne(); ++i) {
  }
}

void Acceptor::acceptQueued() {
  while (state_ == State::Polling && acceptOne()) {
  }
}

bool Acceptor::acceptOne() {
  if (!callbacks_.roomToAccept()) {
    pause();
    state_ = State::Full;
    return false;
  }
  sockaddr_storage storage;
  socklen_t length = sizeof(storage);
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  mark_->store(mark_value_, std::memory_order_release);
  base::UniqueFd fd(::accept4(fd_.get(), address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd.valid()) {
    mark_->store(0, std::memory_order_release);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
      backOff(errno);
      return false;
    }
    // The connection died in the queue (ECONNABORTED and kin); anything else will not get better.
    return errno != EINVAL && errno != EBADF && errno != ENOTSOCK;
  }
  const net::Address peer = net::Address::fromSockaddr(address, length);
  if (wildcard_) {
    auto local = net::Address::localOf(fd.get());
    net::avoidPacing(fd.get(), peer);
    callbacks_.onAccepted(std::move(fd), peer, local.ok() ? *local : local_);
  } else {
    callbacks_.onAccepted(std::move(fd), peer, local_);
  }
  mark_->store(0, std::memory_order_release);
  return true;
}

void Acceptor::backOff(int error) {
  pause();
  state_ = State::Backoff;
  timer_->start(kPauseMs);
  callbacks_.onAcceptPaused(error);
}

}  // namespace convoy::worker
