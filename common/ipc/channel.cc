#include "common/ipc/channel.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "common/base/check.h"
#include "common/ipc/fd_message.h"

namespace convoy::ipc {
namespace {

constexpr size_t kHeaderBytes = 12;
// One of them is for a big payload.
static_assert(kMaxFdsPerMessage + 1 == kMaxFdsPerDatagram);
constexpr size_t kMaxFileBytes = size_t{256} * 1024 * 1024;
// So that one busy peer cannot keep the loop to itself.
constexpr int kMessagesPerTurn = 32;
// The length field of a frame whose payload is the last descriptor.
constexpr uint32_t kPayloadInMemfd = 0xffffffffu;

void put16(char* out, uint16_t v) {
  out[0] = static_cast<char>(v & 0xff);
  out[1] = static_cast<char>(v >> 8);
}
void put32(char* out, uint32_t v) {
  put16(out, static_cast<uint16_t>(v & 0xffff));
  put16(out + 2, static_cast<uint16_t>(v >> 16));
}
uint16_t get16(const char* in) {
  return static_cast<uint16_t>(static_cast<unsigned char>(in[0]) | static_cast<unsigned char>(in[1])
                                                                       << 8);
}
uint32_t get32(const char* in) {
  return get16(in) | static_cast<uint32_t>(get16(in + 2)) << 16;
}

std::string frame(MessageType type, uint32_t seq, const std::string& payload, bool in_memfd) {
  std::string out(kHeaderBytes, '\0');
  put16(out.data(), kProtocolVersion);
  put16(out.data() + 2, static_cast<uint16_t>(type));
  put32(out.data() + 4, seq);
  put32(out.data() + 8, in_memfd ? kPayloadInMemfd : static_cast<uint32_t>(payload.size()));
  if (!in_memfd) out += payload;
  return out;
}

// One datagram: true if sent, false with errno.
bool sendFrame(int socket, const std::string& bytes, const std::vector<base::UniqueFd>& owned) {
  int fds[kMaxFdsPerDatagram];
  for (size_t i = 0; i < owned.size(); ++i) fds[i] = owned[i].get();
  return sendWithFds(socket, bytes, fds, owned.size()) >= 0;
}

struct Received {
  enum class Kind : uint8_t { Message, WouldBlock, Closed } kind = Kind::WouldBlock;
  Message message;
  std::string reason;  // Closed
};

Received closedBecause(std::string reason) {
  return Received{Received::Kind::Closed, {}, std::move(reason)};
}

Received parseFrame(const char* bytes, size_t size, std::vector<base::UniqueFd> fds) {
  if (size < kHeaderBytes) return closedBecause("frame shorter than its header");
  if (get16(bytes) != kProtocolVersion) {
    return closedBecause("protocol version " + std::to_string(get16(bytes)) + ", expected " +
                         std::to_string(kProtocolVersion));
  }
  const uint16_t type = get16(bytes + 2);
  if (!knownMessageType(type)) return closedBecause("unknown message type " + std::to_string(type));
  Received out{Received::Kind::Message, {}, {}};
  out.message.type = static_cast<MessageType>(type);
  out.message.seq = get32(bytes + 4);
  const uint32_t length = get32(bytes + 8);
  if (length == kPayloadInMemfd) {
    if (fds.empty()) return closedBecause("payload descriptor missing");
    base::Result<std::string> text = readAll(fds.back().get());
    if (!text.ok()) return closedBecause("payload descriptor: " + text.error().context);
    fds.pop_back();
    out.message.payload = std::move(text).value();
  } else {
    if (length != size - kHeaderBytes) return closedBecause("frame length does not match");
    out.message.payload.assign(bytes + kHeaderBytes, length);
  }
  out.message.fds = std::move(fds);
  return out;
}

Received receiveFrame(int fd) {
  char bytes[kHeaderBytes + kInlineBytes];
  std::vector<base::UniqueFd> fds;
  int flags = 0;
  const ssize_t n = receiveWithFds(fd, bytes, sizeof(bytes), fds, &flags);
  if (n < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Received{};
    // The peer ended with a message of ours unread.
    if (errno == ECONNRESET) return closedBecause("end of file");
    return closedBecause(base::Error::fromErrno(errno, "recvmsg").context);
  }
  if (n == 0) return closedBecause("end of file");
  // MSG_CTRUNC also tells that this process is out of descriptors: some of the message is lost.
  if ((flags & MSG_CTRUNC) != 0) return closedBecause("descriptors were lost");
  if ((flags & MSG_TRUNC) != 0) return closedBecause("frame too long");
  return parseFrame(bytes, static_cast<size_t>(n), std::move(fds));
}

uint64_t monotonicMs() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1000000;
}

}  // namespace

struct Channel::Pending {
  std::string bytes;
  std::vector<base::UniqueFd> fds;  // our duplicates: the caller may close his before we send
};

struct Channel::Dying {
  base::UniqueFd fd;
  std::unique_ptr<net::FdWatcher> watcher;
};

Channel::Channel(net::EventLoop& loop, base::UniqueFd fd, ChannelCallbacks& callbacks)
    : loop_(loop), fd_(std::move(fd)), callbacks_(callbacks) {
  watcher_ =
      loop_.watchFd(fd_.get(), net::kReadable, [this](uint32_t events) { onEvents(events); });
}

Channel::~Channel() {
  watcher_.reset();
}

uint32_t Channel::send(MessageType type, const std::string& payload, const std::vector<int>& fds) {
  const uint32_t seq = next_seq_++;
  if (!fd_.valid()) return seq;
  CHECK(fds.size() <= kMaxFdsPerMessage);
  Pending pending;
  for (int fd : fds) {
    pending.fds.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!pending.fds.back().valid()) {
      closeSoon("cannot duplicate a descriptor: " + std::string(std::strerror(errno)));
      return seq;
    }
  }
  const bool in_memfd = payload.size() > kInlineBytes;
  if (in_memfd) {
    base::Result<base::UniqueFd> memfd = sealedMemfd("convoy-message", payload);
    if (!memfd.ok()) {
      closeSoon(memfd.error().context);
      return seq;
    }
    pending.fds.push_back(std::move(memfd).value());
  }
  pending.bytes = frame(type, seq, payload, in_memfd);
  queue_.push_back(std::move(pending));
  sendQueued();
  return seq;
}

bool Channel::sending() const {
  return !queue_.empty();
}

void Channel::sendQueued() {
  while (!queue_.empty()) {
    if (!sendFrame(fd_.get(), queue_.front().bytes, queue_.front().fds)) break;
    queue_.pop_front();
  }
  if (queue_.empty()) {
    watcher_->setEvents(net::kReadable);
    return;
  }
  switch (errno) {
    case EAGAIN:
    case ENOBUFS:
    case ETOOMANYREFS:  // too many descriptors in flight: the peer will take some
      watcher_->setEvents(net::kReadable | net::kWritable);
      return;
    default:
      // The peer's last words may still be unread: the close is reported by the reading side, which
      // sees EOF or the same error after them.
      queue_.clear();
      watcher_->setEvents(net::kReadable);
  }
}

void Channel::closeSoon(std::string reason) {
  if (!fd_.valid()) return;
  queue_.clear();
  watcher_->setEvents(0);
  // This may be the watcher's own callback: watcher and descriptor live until the turn ends.
  auto dying = std::make_shared<Dying>(Dying{std::move(fd_), std::move(watcher_)});
  loop_.post([this, dying, alive = std::weak_ptr<int>(alive_), text = std::move(reason)] {
    dying->watcher.reset();
    dying->fd.reset();
    if (!alive.expired()) callbacks_.onChannelClosed(text);
  });
}

void Channel::onEvents(uint32_t events) {
  if ((events & net::kWritable) != 0 && !queue_.empty()) sendQueued();
  if ((events & net::kReadable) == 0) return;
  const std::weak_ptr<int> alive(alive_);
  for (int i = 0; i < kMessagesPerTurn && fd_.valid(); ++i) {
    Received received = receiveFrame(fd_.get());
    if (received.kind == Received::Kind::WouldBlock) return;
    if (received.kind == Received::Kind::Closed) {
      closeSoon(std::move(received.reason));
      return;
    }
    callbacks_.onMessage(std::move(received.message));
    if (alive.expired()) return;
  }
}

void Channel::receiveRest() {
  const std::weak_ptr<int> alive = alive_;
  while (fd_.valid()) {
    Received received = receiveFrame(fd_.get());
    if (received.kind != Received::Kind::Message) return;
    callbacks_.onMessage(std::move(received.message));
    if (alive.expired()) return;
  }
}

bool Channel::flush(int timeout_ms) {
  const uint64_t deadline = monotonicMs() + static_cast<uint64_t>(std::max(timeout_ms, 0));
  while (fd_.valid() && !queue_.empty()) {
    sendQueued();
    if (queue_.empty()) break;
    const uint64_t now = monotonicMs();
    if (now >= deadline) return false;
    pollfd p{fd_.get(), POLLOUT, 0};
    ::poll(&p, 1, static_cast<int>(deadline - now));
    if ((p.revents & (POLLERR | POLLHUP)) != 0) return false;
  }
  return fd_.valid();
}

base::Result<base::UniqueFd> sealedMemfd(const char* name, const std::string& bytes) {
  base::UniqueFd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid()) return base::Error::fromErrno(errno, "memfd_create");
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(fd.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return base::Error::fromErrno(errno, "write to a memfd");
    done += static_cast<size_t>(n);
  }
  const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  if (::fcntl(fd.get(), F_ADD_SEALS, seals) != 0) {
    return base::Error::fromErrno(errno, "sealing a memfd");
  }
  return fd;
}

base::Result<std::string> readAll(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return base::Error::fromErrno(errno, "fstat");
  if (!S_ISREG(info.st_mode)) {
    return base::Error::make(base::ErrorKind::Protocol, "not a regular file");
  }
  if (static_cast<size_t>(info.st_size) > kMaxFileBytes) {
    return base::Error::make(base::ErrorKind::Exhausted, "larger than 256 MiB");
  }
  std::string text(static_cast<size_t>(info.st_size), '\0');
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::pread(fd, text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return base::Error::fromErrno(errno, "read");
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  text.resize(done);
  return text;
}

}  // namespace convoy::ipc
