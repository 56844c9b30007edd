#include "common/net/connection.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <utility>

#include "common/base/check.h"

namespace convoy::net {

namespace {

// One connection may not keep the others waiting: 16 x 72 KiB, then its turn is over.
constexpr size_t kReadsPerEvent = 16;
// Above this a copy into the cork costs more than a second iovec.
constexpr size_t kCorkCopyMax = 8 * 1024;
// From here on a body is cheaper moved through a pipe than through our memory: 48 KiB cost 5 % more
// that way, 1 MiB 26 % less (measured). And what each transfer must move for it to stay worth it.
constexpr size_t kRelayMin = 96 * 1024;
constexpr size_t kTrickle = 16 * 1024;
// A peer that takes nothing of its last response for this long is given up (security.md section 5).
constexpr uint64_t kFlushStallMs = 30000;
constexpr uint32_t kReadEvents = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;

CloseReason reasonOf(int error) {
  return error == ECONNRESET || error == EPIPE ? CloseReason::RemoteReset : CloseReason::IoError;
}

}  // namespace

Connection::Connection(EventLoop& loop, base::UniqueFd fd, ConnectionCallbacks& callbacks)
    : loop_(loop), callbacks_(&callbacks), fd_(std::move(fd)), state_(State::Open) {}

Connection::Connection(EventLoop& loop, base::UniqueFd fd, ConnectionCallbacks& callbacks,
                       uint64_t connect_timeout_ms)
    : loop_(loop), callbacks_(&callbacks), fd_(std::move(fd)), state_(State::Connecting) {
  timer_.set(loop.wheel(), connect_timeout_ms);
}

Connection::~Connection() {
  returnCork();
  dropPipe();
  loop_.poller().forget(*this);
  if (outbound_) loop_.poller().outboundGone();
}

void Connection::secure(std::unique_ptr<Transport> transport, uint64_t handshake_timeout_ms) {
  transport_ = std::move(transport);
  transport_->attach(fd_.get());
  if (state_ == State::Connecting) return;
  state_ = State::Connecting;
  reached_ = true;
  if (handshake_timeout_ms != 0) timer_.set(loop_.wheel(), handshake_timeout_ms);
}

void Connection::setPreface(std::string bytes) {
  if (!bytes.empty()) preface_ = std::make_unique<std::string>(std::move(bytes));
}

bool Connection::start(bool try_read) {
  Poller& poller = loop_.poller();
  const bool connecting = state_ == State::Connecting && !reached_;
  const bool added =
      connecting ? poller.addOutbound(fd_.get(), *this) : poller.add(fd_.get(), *this);
  outbound_ = connecting && added;
  if (!added) {
    shut();
    return false;
  }
  if (!try_read) return true;
  if (state_ == State::Connecting) {
    if (reached_) shakeHands();
    if (state_ != State::Open) return true;
  }
  readSome();
  return true;
}

// --- events ---

void Connection::onIo(uint32_t events) {
  if (state_ == State::Closed) return;
  if (pending_close_ != 0) {
    closeFailed();
    return;
  }
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) peer_hup_ = true;
  if (state_ == State::Connecting) {
    finishConnect(events);
    if (state_ == State::Connecting || state_ == State::Closed) return;
    if (transport_ != nullptr) events |= EPOLLIN;  // it may have read more than the handshake
  }
  if ((events & EPOLLOUT) != 0) {
    writeQueued();
    if (state_ == State::Closed) return;
  }
  if ((events & kReadEvents) != 0) {
    if (state_ == State::Flushing) {
      dropInput();
    } else if (!read_eof_) {
      readSome();
    } else if ((events & EPOLLERR) != 0) {
      closeIfReset();
    }
  }
  closeIfEnded();
}

void Connection::finishConnect(uint32_t events) {
  if (reached_) {
    shakeHands();
    return;
  }
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    int error = 0;
    socklen_t length = sizeof(error);
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0 || (events & EPOLLOUT) == 0) {
      closed(CloseReason::ConnectFailed);
      return;
    }
  }
  if ((events & EPOLLOUT) == 0) return;
  if (preface_ != nullptr && !sendPreface()) return;
  reached_ = true;
  if (transport_ != nullptr) {
    shakeHands();
    return;
  }
  timer_.cancel();
  state_ = State::Open;
  callbacks_->onConnected();
}

// False: the rest goes when the socket takes it, or the connection is closed.
bool Connection::sendPreface() {
  while (!preface_->empty()) {
    const ssize_t n = ::send(fd_.get(), preface_->data(), preface_->size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) closed(CloseReason::ConnectFailed);
    if (n < 0) return false;
    preface_->erase(0, static_cast<size_t>(n));
  }
  preface_.reset();
  return true;
}

void Connection::shakeHands() {
  transport_->readable(peer_hup_);
  const Transport::Handshake result = transport_->handshake();
  piped_ = transport_->unsent();
  if (result == Transport::Handshake::Working) return;
  if (result == Transport::Handshake::Failed) {
    closed(CloseReason::ConnectFailed);
    return;
  }
  timer_.cancel();
  state_ = State::Open;
  callbacks_->onConnected();
  if (state_ == State::Open && !out_.empty()) writeQueued();
}

// As recv(), what the transport makes of it.
ssize_t Connection::receive() {
  if (transport_ == nullptr) return receiveRaw();
  Poller& poller = loop_.poller();
  poller.read_mark_->fd.store(-1, std::memory_order_relaxed);
  const ssize_t n = transport_->read(poller.readBuffer(), Poller::kReadBytes);
  const int error = errno;
  piped_ = transport_->unsent();
  errno = error;
  return n;
}

ssize_t Connection::receiveRaw() {
  Poller& poller = loop_.poller();
  poller.read_mark_->fd.store(-1, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  poller.read_mark_->at.store(bytes_read_, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  poller.read_mark_->fd.store(fd_.get(), std::memory_order_relaxed);
  return ::recv(fd_.get(), poller.readBuffer(), Poller::kReadBytes, 0);
}

void Connection::readSome() {
  Poller& poller = loop_.poller();
  bool may_relay = transport_ == nullptr;
  if (transport_ != nullptr) transport_->readable(peer_hup_);
  for (size_t i = 0; i < kReadsPerEvent; ++i) {
    if (state_ != State::Open) break;
    if (read_disable_count_ != 0) {
      missed_read_ = true;
      return;
    }
    const Relay relay = may_relay ? wantedRelay() : Relay{};
    if (relay.to != nullptr) {
      const ssize_t n = relay.to->relayFrom(fd_.get(), relay.most);
      if (n > 0) {
        const auto size = static_cast<size_t>(n);
        bytes_read_ += size;
        trickles_ = size < kTrickle && size < relay.most;
        relays_ = !trickles_;
        i += size / Poller::kReadBytes;
        callbacks_->onRelayed(size);
      } else if (n < 0 && errno == ENOBUFS) {
        may_relay = false;
      } else if (readEnded(n)) {
        return;
      }
      continue;
    }
    const ssize_t n = receive();
    if (n > 0) {
      const auto size = static_cast<size_t>(n);
      bytes_read_ += size;
      bulk_ = size == Poller::kReadBytes;
      relays_ = false;
      if (bulk_) trickles_ = false;
      callbacks_->onRead({poller.readBuffer(), size});
      // A short read means drained, unless a FIN is known to follow.
      if (!bulk_ && !peer_hup_ && transport_ == nullptr) return;
      continue;
    }
    if (readEnded(n)) return;
  }
  if (state_ == State::Flushing) {
    dropInput();
  } else if (state_ == State::Open) {
    poller.again(*this, EPOLLIN);
  }
}

// A read that gave nothing. False: try again.
bool Connection::readEnded(ssize_t n) {
  if (n == 0) {
    read_eof_ = true;
    callbacks_->onReadEof();
    return true;
  }
  if (errno == EINTR) return false;
  if (errno != EAGAIN) closed(reasonOf(errno));
  return true;
}

// A body of known length is worth it at once, another stream of bytes when it has shown that it is
// a big one.
Relay Connection::wantedRelay() {
  if (trickles_) return {};
  const Relay relay = callbacks_->relay();
  const bool worth = relays_ || (relay.most == Relay::kNoLimit ? bulk_ : relay.most >= kRelayMin);
  return worth ? relay : Relay{};
}

// Moves what `fd` has. As recv(); ENOBUFS: not now, read it.
ssize_t Connection::relayFrom(int fd, uint64_t most) {
  flush();  // what was written before goes first
  Poller& poller = loop_.poller();
  const bool ready = state_ == State::Open && !shutdown_wanted_ && pending_close_ == 0 &&
                     !above_high_ && sent() && transport_ == nullptr;
  if (ready) pipe_ = poller.pipes().take();
  if (!ready || pipe_ == nullptr) {
    errno = ENOBUFS;
    return -1;
  }
  poller.read_mark_->fd.store(-1, std::memory_order_relaxed);
  const ssize_t n = ::splice(fd, nullptr, pipe_->in.get(), nullptr,
                             static_cast<size_t>(std::min<uint64_t>(most, PipePool::kPipeBytes)),
                             SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
  if (n <= 0) {
    const int error = errno == EINVAL ? ENOBUFS : errno;  // not that kind of socket
    poller.pipes().giveBack(*pipe_);
    pipe_ = nullptr;
    errno = error;
    return n;
  }
  piped_ = static_cast<size_t>(n);
  bytes_written_ += piped_;
  if (!drainPipe()) {
    failLater(reasonOf(errno));
  } else if (piped_ != 0) {
    above_high_ = true;
    callbacks_->onAboveHigh();
  }
  return n;
}

// Into the socket as far as it takes it. False with errno: the socket is broken.
bool Connection::drainPipe() {
  if (transport_ != nullptr) {
    const bool whole = transport_->flush();
    piped_ = transport_->unsent();
    return whole;
  }
  while (piped_ != 0) {
    const ssize_t n = ::splice(pipe_->out.get(), nullptr, fd_.get(), nullptr, piped_,
                               SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN;
    piped_ -= static_cast<size_t>(n);
  }
  if (pipe_ != nullptr) loop_.poller().pipes().giveBack(*pipe_);
  pipe_ = nullptr;
  return true;
}

void Connection::dropPipe() {
  if (transport_ != nullptr) transport_->dropUnsent();
  if (pipe_ != nullptr) loop_.poller().pipes().discard(*pipe_);
  pipe_ = nullptr;
  piped_ = 0;
}

// After the peer's FIN nothing can be read that would tell of a reset.
void Connection::closeIfReset() {
  int error = 0;
  socklen_t length = sizeof(error);
  ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) closed(reasonOf(error));
}

// The kernel reports EPOLLHUP once both directions are shut, whichever came last.
void Connection::closeIfEnded() {
  if (state_ == State::Open && read_eof_ && shutdown_done_) closed(CloseReason::RemoteEof);
}

// Sending failed, but what the peer said before it went is still in the receive queue: an upstream
// that refuses an upload answers, closes, and resets the rest of the upload.
void Connection::closeFailed() {
  Poller& poller = loop_.poller();
  for (size_t i = 0; state_ == State::Open && read_disable_count_ == 0 && !read_eof_; ++i) {
    if (i == kReadsPerEvent) {
      poller.again(*this, EPOLLERR);
      return;
    }
    const ssize_t n = receive();
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    bytes_read_ += static_cast<size_t>(n);
    callbacks_->onRead({poller.readBuffer(), static_cast<size_t>(n)});
  }
  if (state_ != State::Closed) closed(static_cast<CloseReason>(pending_close_ - 1));
}

// Lingering: what the peer still sends is read and thrown away, so that the kernel does not answer
// it with a reset that would destroy our last response (RFC 9112 section 9.6).
void Connection::dropInput() {
  Poller& poller = loop_.poller();
  for (size_t i = 0; i < kReadsPerEvent && state_ == State::Flushing && !read_eof_; ++i) {
    const ssize_t n = receiveRaw();
    if (n > 0 || (n < 0 && errno == EINTR)) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) {
      closed(reasonOf(errno));
      return;
    }
    read_eof_ = true;
  }
  if (state_ != State::Flushing) return;
  if (!read_eof_) {
    poller.again(*this, EPOLLIN);
  } else if (sent()) {
    closed(CloseReason::Local);
  }
}

void Connection::writeFailed(int error) {
  out_.clear();
  dropPipe();
  pending_close_ = static_cast<uint8_t>(static_cast<uint8_t>(reasonOf(error)) + 1);
  closeFailed();
}

void Connection::writeQueued() {
  const size_t piped = piped_;
  if (piped != 0 && !drainPipe()) return writeFailed(errno);
  if (piped_ != piped && state_ == State::Flushing) timer_.set(loop_.wheel(), kFlushStallMs);
  while (piped_ == 0 && !out_.empty()) {
    iovec iov[16];
    const int count = out_.peek(iov, 16);
    size_t offered = 0;
    for (int i = 0; i < count; ++i) offered += iov[i].iov_len;
    msghdr message{};
    message.msg_iov = iov;
    message.msg_iovlen = static_cast<size_t>(count);
    const ssize_t n = transport_ == nullptr ? ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL)
                                            : transmit(iov, static_cast<size_t>(count));
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) break;
      return writeFailed(errno);
    }
    out_.drain(static_cast<size_t>(n));
    if (state_ == State::Flushing) timer_.set(loop_.wheel(), kFlushStallMs);
    if (static_cast<size_t>(n) < offered) break;  // full: EPOLLOUT will say when it is not
  }
  if (above_high_ && piped_ == 0 && out_.size() <= high_watermark_ / 2) {
    above_high_ = false;
    if (state_ == State::Open) callbacks_->onBelowLow();
  }
  if (sent() && state_ != State::Closed) flushed();
}

// Everything queued is in the kernel's hands.
void Connection::flushed() {
  if (shutdown_wanted_ && !shutdown_done_) {
    if (!endTransport()) return;
    shutdown_done_ = true;
    ::shutdown(fd_.get(), SHUT_WR);
  }
  // Once only: a peer that goes on sending must not put the end off.
  if (state_ != State::Flushing || lingering_ || !endTransport()) return;
  if (read_eof_ || linger_ms_ == 0) {
    closed(CloseReason::Local);
    return;
  }
  lingering_ = true;
  if (!shutdown_done_) {
    shutdown_done_ = true;
    ::shutdown(fd_.get(), SHUT_WR);
  }
  timer_.set(loop_.wheel(), linger_ms_);
}

// False: its last words wait for the socket, and flushed() comes again after them.
bool Connection::endTransport() {
  if (transport_ == nullptr) return true;
  transport_->endWrite();
  piped_ = transport_->unsent();
  return piped_ == 0;
}

void Connection::onTimer() {
  if (state_ == State::Connecting) {
    closed(CloseReason::ConnectTimeout);
  } else if (state_ == State::Flushing) {
    closed(CloseReason::Local);
  }
}

// --- writing ---

void Connection::write(std::string_view bytes) {
  write(bytes, {});
}

void Connection::write(std::string_view head, std::string_view body) {
  if (state_ != State::Open && state_ != State::Connecting) return;
  if (shutdown_wanted_ || pending_close_ != 0) return;
  const size_t size = head.size() + body.size();
  bytes_written_ += size;
  if (!sent() || state_ == State::Connecting) {
    queue(head);
    queue(body);
    checkHigh();
    return;
  }
  if (cork_ == nullptr) cork_ = &loop_.poller().lendCork(*this, gathers_);
  if (body.size() <= kCorkCopyMax && head.size() <= kCorkCopyMax &&
      cork_->size + size <= Poller::kCorkBytes) {
    char* const end = cork_->bytes.get() + cork_->size;
    std::copy(head.begin(), head.end(), end);
    std::copy(body.begin(), body.end(), end + head.size());
    cork_->size += size;
    return;
  }
  send(head, body);
}

// Cork, head and body in one system call; what the kernel does not take is queued.
void Connection::send(std::string_view head, std::string_view body) {
  std::string_view runs[3] = {{}, head, body};
  if (cork_ != nullptr) {
    // Nobody writes into it before what the kernel does not take has been queued.
    runs[0] = {cork_->bytes.get(), cork_->size};
    returnCork();
  }
  iovec iov[3];
  size_t count = 0;
  for (const std::string_view run : runs) {
    if (run.empty()) continue;
    iov[count].iov_base = const_cast<char*>(run.data());
    iov[count++].iov_len = run.size();
  }
  if (count == 0) return;
  ssize_t n;
  if (transport_ != nullptr) {
    n = transmit(iov, count);
  } else if (count == 1) {
    do {
      n = ::send(fd_.get(), iov[0].iov_base, iov[0].iov_len, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
  } else {
    msghdr message{};
    message.msg_iov = iov;
    message.msg_iovlen = count;
    do {
      n = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
  }
  if (n < 0 && errno != EAGAIN) {
    failLater(reasonOf(errno));
    return;
  }
  size_t taken = n < 0 ? 0 : static_cast<size_t>(n);
  for (std::string_view run : runs) {
    const size_t skip = std::min(taken, run.size());
    taken -= skip;
    queue(run.substr(skip));
  }
  checkHigh();
}

ssize_t Connection::transmit(iovec* runs, size_t count) {
  const ssize_t n = transport_->write(runs, count);
  const int error = errno;
  piped_ = transport_->unsent();
  errno = error;
  return n;
}

void Connection::flush() {
  if (cork_ != nullptr) send({}, {});
}

void Connection::queue(std::string_view bytes) {
  if (!bytes.empty()) out_.append(bytes);
}

void Connection::checkHigh() {
  if (above_high_ || out_.size() <= high_watermark_ || state_ == State::Flushing) return;
  above_high_ = true;
  callbacks_->onAboveHigh();
}

void Connection::shutdownWrite() {
  if (shutdown_wanted_ || state_ == State::Closed || state_ == State::Flushing) return;
  flush();
  shutdown_wanted_ = true;
  if (sent() && state_ == State::Open && pending_close_ == 0) flushed();
}

void Connection::readDisable(bool disable) {
  if (disable) {
    ++read_disable_count_;
    return;
  }
  DCHECK(read_disable_count_ > 0);
  if (--read_disable_count_ == 0 && missed_read_) {
    missed_read_ = false;
    if (state_ == State::Open) loop_.poller().again(*this, EPOLLIN);
  }
}

size_t Connection::pendingBytes() const {
  return piped_ + out_.size() + (cork_ == nullptr ? 0 : cork_->size);
}

// --- the end ---

void Connection::close(Close how, uint64_t linger_ms) {
  if (state_ == State::Closed) return;
  if (how == Close::Flush && state_ == State::Open && pending_close_ == 0) {
    linger_ms_ = linger_ms;
    state_ = State::Flushing;
    flush();
    if (pending_close_ != 0) return;  // the flush failed: onIo reports it
    if (!sent()) {
      timer_.set(loop_.wheel(), kFlushStallMs);
    } else if (read_eof_ || linger_ms == 0) {
      endTransport();
      shut();
    } else {
      flushed();
      // Input that nobody reads any more may be waiting already, or have been held back.
      loop_.poller().again(*this, EPOLLIN);
    }
    return;
  }
  if (state_ == State::Flushing && how == Close::Flush) return;
  // What was written in this event goes the way of what was written before it: into the kernel. A
  // response cut short is then seen as one, not as silence.
  if (state_ == State::Open) state_ = State::Flushing;
  flush();
  if (how == Close::Reset) {
    const linger hard{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  } else {
    endTransport();
  }
  shut();
}

bool Connection::inputWaiting() const {
  char byte;
  return state_ == State::Open && ::recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void Connection::failLater(CloseReason reason) {
  if (pending_close_ != 0) return;
  out_.clear();
  dropPipe();
  pending_close_ = static_cast<uint8_t>(static_cast<uint8_t>(reason) + 1);
  loop_.poller().again(*this, EPOLLERR);
}

void Connection::returnCork() {
  if (cork_ != nullptr) loop_.poller().takeBack(*std::exchange(cork_, nullptr));
}

void Connection::shut() {
  returnCork();
  state_ = State::Closed;
  timer_.cancel();
  out_.clear();
  dropPipe();
  if (loop_.poller().may_fork_ && fd_.valid()) loop_.poller().remove(fd_.get());
  fd_.reset();
}

void Connection::closed(CloseReason reason) {
  shut();
  callbacks_->onClosed(reason);
}

base::UniqueFd Connection::releaseFd() {
  DCHECK(pendingBytes() == 0);
  loop_.poller().remove(fd_.get());
  base::UniqueFd fd = std::move(fd_);
  shut();
  return fd;
}

}  // namespace convoy::net
