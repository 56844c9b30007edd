#include "worker/listener/tls_inspector.h"

#include <cerrno>
#include <sys/socket.h>

namespace convoy::worker {

using End = InspectorCallbacks::End;

TlsInspector::TlsInspector(net::EventLoop& loop, base::UniqueFd fd, const net::Address& peer,
                           const net::Address& local, InspectorCallbacks& callbacks)
    : loop_(loop), fd_(std::move(fd)), peer_(peer), local_(local), callbacks_(callbacks) {}

TlsInspector::~TlsInspector() {
  takeFd();
}

void TlsInspector::start(uint64_t timeout_ms) {
  if (look()) return;
  if (!loop_.poller().add(fd_.get(), *this)) {
    end(End::Broken, nullptr);
    return;
  }
  waits_ = true;
  if (timeout_ms != 0) timer_.set(loop_.wheel(), timeout_ms);
  // What came before the socket was watched makes no event of its own on every kernel.
  look();
}

base::UniqueFd TlsInspector::takeFd() {
  timer_.cancel();
  if (waits_) {
    loop_.poller().remove(fd_.get());
    loop_.poller().forget(*this);
    waits_ = false;
  }
  return std::move(fd_);
}

void TlsInspector::onIo(uint32_t) {
  if (!over_) look();
}

bool TlsInspector::look() {
  net::Poller& poller = loop_.poller();
  // The record heads of a message in small pieces count, too.
  constexpr size_t kMost = net::Poller::kReadBytes;
  static_assert(kMost > 2 * ClientHello::kMaxBytes);
  ssize_t n;
  do {
    n = ::recv(fd_.get(), poller.readBuffer(), kMost, MSG_PEEK | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN) return false;
  if (n <= 0) {
    end(End::RemoteClosed, nullptr);
    return true;
  }
  ClientHello hello;
  switch (hello.parse(poller.readBuffer(), static_cast<size_t>(n))) {
    case ClientHello::Found::Incomplete:
      if (static_cast<size_t>(n) == kMost) {
        end(End::Broken, nullptr);
        return true;
      }
      return false;
    case ClientHello::Found::Broken:
      end(End::Broken, nullptr);
      return true;
    case ClientHello::Found::Tls:
      end(End::Known, &hello);
      return true;
    case ClientHello::Found::NotTls:
      break;
  }
  end(End::Known, nullptr);
  return true;
}

void TlsInspector::end(End how, const ClientHello* hello) {
  if (over_) return;
  over_ = true;
  timer_.cancel();
  callbacks_.onInspected(*this, how, hello);
}

void TlsInspector::onTimeout() {
  end(End::TimedOut, nullptr);
}

}  // namespace convoy::worker
