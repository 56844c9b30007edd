#include "worker/listener/socket_inspector.h"

#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "worker/listener/http_preface.h"

namespace convoy::worker {

using End = InspectorCallbacks::End;

// The record heads of a message in small pieces count, too.
constexpr size_t kMost = net::Poller::kReadBytes;
static_assert(kMost > 2 * ClientHello::kMaxBytes);
static_assert(kMost > net::ProxyHeader::kV2Fixed + net::ProxyHeader::kMaxV2);

SocketInspector::SocketInspector(net::EventLoop& loop, base::UniqueFd fd, const net::Address& peer,
                                 const net::Address& local, const config::Listener& config,
                                 InspectorCallbacks& callbacks)
    : loop_(loop),
      fd_(std::move(fd)),
      peer_(peer),
      local_(local),
      config_(config),
      callbacks_(callbacks),
      stage_(config.proxy_protocol ? Stage::Proxy : Stage::First) {}

SocketInspector::~SocketInspector() {
  takeFd();
}

void SocketInspector::start() {
  if (look()) return;
  if (!loop_.poller().add(fd_.get(), *this)) {
    end(End::Broken);
    return;
  }
  waits_ = true;
  const uint64_t timeout = config_.listener_filters_timeout_ms;
  if (timeout != 0) timer_.set(loop_.wheel(), timeout);
  // What came before the socket was watched makes no event of its own on every kernel.
  look();
}

base::UniqueFd SocketInspector::takeFd() {
  timer_.cancel();
  if (waits_) {
    loop_.poller().remove(fd_.get());
    loop_.poller().forget(*this);
    waits_ = false;
  }
  return std::move(fd_);
}

void SocketInspector::onIo(uint32_t events) {
  if (over_ || look()) return;
  // Nothing more will come, and what is there does not do.
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) end(End::RemoteClosed);
}

ssize_t SocketInspector::peek() {
  ssize_t n;
  do {
    n = ::recv(fd_.get(), loop_.poller().readBuffer(), kMost, MSG_PEEK | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  return n;
}

bool SocketInspector::look() {
  while (!over_) {
    if (stage_ == Stage::First && !config_.tls_inspector && !config_.http_inspector) {
      return end(End::Known);
    }
    const ssize_t n = peek();
    if (n < 0 && errno == EAGAIN) return false;
    if (n <= 0) return end(End::RemoteClosed);
    const std::string_view bytes(loop_.poller().readBuffer(), static_cast<size_t>(n));
    const Stage stage = stage_;
    const Seen seen = stage == Stage::Proxy ? lookForProxy(bytes) : lookAtFirst(bytes);
    if (seen == Seen::Over) return true;
    if (seen == Seen::Next) continue;
    if (bytes.size() < kMost) return false;
    return end(stage == Stage::Proxy ? End::BrokenProxy : End::Broken);
  }
  return true;
}

SocketInspector::Seen SocketInspector::lookForProxy(std::string_view bytes) {
  const config::ProxyProtocol& config = *config_.proxy_protocol;
  const auto over = [this](End how) {
    end(how);
    return Seen::Over;
  };
  proxy_ = {};
  switch (proxy_.parse(bytes)) {
    case net::ProxyHeader::Found::Incomplete:
      return Seen::More;
    case net::ProxyHeader::Found::None:
      proxy_ = {};
      if (!config.allow_without) return over(End::NoProxy);
      stage_ = Stage::First;
      return Seen::Next;
    case net::ProxyHeader::Found::Broken:
      return over(End::BrokenProxy);
    case net::ProxyHeader::Found::Header:
      break;
  }
  if (!(proxy_.version == 1 ? config.allow_v1 : config.allow_v2)) return over(End::WrongProxy);
  if (!consume(proxy_.size)) return over(End::RemoteClosed);
  stage_ = Stage::First;
  return Seen::Next;
}

// They were there when they were looked at; nobody else reads this socket.
bool SocketInspector::consume(size_t size) {
  ssize_t n;
  do {
    n = ::recv(fd_.get(), loop_.poller().readBuffer(), size, MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  return n == static_cast<ssize_t>(size);
}

SocketInspector::Seen SocketInspector::lookAtFirst(std::string_view bytes) {
  auto found = ClientHello::Found::NotTls;
  if (config_.tls_inspector) found = hello_.parse(loop_.poller().readBuffer(), bytes.size());
  switch (found) {
    case ClientHello::Found::Incomplete:
      return Seen::More;
    case ClientHello::Found::Broken:
      end(End::Broken);
      return Seen::Over;
    case ClientHello::Found::Tls:
      tls_ = true;
      end(End::Known);
      return Seen::Over;
    case ClientHello::Found::NotTls:
      break;
  }
  if (config_.http_inspector && !findHttpProtocol(bytes, http_protocol_) && bytes.size() < kMost) {
    return Seen::More;
  }
  end(End::Known);
  return Seen::Over;
}

bool SocketInspector::end(End how) {
  if (over_) return true;
  over_ = true;
  stage_ = Stage::Done;
  timer_.cancel();
  callbacks_.onInspected(*this, how);
  return true;
}

void SocketInspector::onTimeout() {
  // The PROXY header is not something to go on without.
  const bool go_on = config_.continue_on_filters_timeout &&
                     (stage_ != Stage::Proxy || config_.proxy_protocol->allow_without);
  end(go_on ? End::Known : End::TimedOut);
}

}  // namespace convoy::worker
