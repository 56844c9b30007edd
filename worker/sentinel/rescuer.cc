#include "worker/sentinel/rescuer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <linux/futex.h>
#include <poll.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/ipc/messages.h"

namespace convoy::worker {

using ipc::RescueEntry;
using ipc::RescueTurn;
using Kind = Verdict::Kind;

namespace {

constexpr size_t kMaxInput = ipc::RescueTable::kStashBytes + net::Poller::kReadBytes;
// Long enough for a worker to be started anew with the longest pause before it.
constexpr uint64_t kGoLimitUs = 30 * 1000000;
constexpr long kGoSliceNs = 50 * 1000000;
constexpr int kSendTries = 2000;  // of up to 5 ms
constexpr std::string_view kBadGateway =
    "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

bool sameSocket(int fd, uint64_t cookie) {
  uint64_t now = 0;
  socklen_t length = sizeof(now);
  return ::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &now, &length) == 0 && now == cookie;
}

net::Address named(int fd, int (*which)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (which(fd, address, &length) != 0) return {};
  return net::Address::fromSockaddr(address, length);
}

net::Address stored(const char* bytes, uint8_t size) {
  sockaddr_storage storage{};
  std::memcpy(&storage, bytes, std::min<size_t>(size, sizeof(sockaddr_in6)));
  return net::Address::fromSockaddr(reinterpret_cast<const sockaddr*>(&storage), size);
}

uint64_t nowUs() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
}

}  // namespace

Rescuer::Rescuer(ipc::RescueTable& table, int worker_pidfd, int outbox)
    : table_(table), header_(table.header()), worker_(worker_pidfd), outbox_(outbox) {
  handoff_.kind = ipc::Handoff::Kind::Http;
  handoff_.leftover.reserve(kMaxInput);
  handoff_.state.reserve(1);
  datagram_.reserve(ipc::kMaxDatagram);
}

void Rescuer::run() {
  // The worker may be killed before it has written it down.
  header_.sentinel.store(static_cast<int32_t>(::syscall(SYS_getpid)), std::memory_order_release);
  ::prctl(PR_SET_NAME, "sentinel", 0, 0, 0);
  pollfd worker{worker_, POLLIN, 0};
  while (::poll(&worker, 1, -1) < 0 && errno == EINTR) {
  }
  if (header_.leaving.load(std::memory_order_acquire) == 0 && awaitGo()) {
    const uint32_t end = header_.fd_end.load(std::memory_order_acquire);
    for (uint32_t fd = 0; fd < end; ++fd) rescue(fd);
    rescueAccepted();
  }
  for (;;) ::syscall(SYS_exit_group, 0);
}

bool Rescuer::awaitGo() {
  const uint64_t limit = nowUs() + kGoLimitUs;
  while (header_.go.load(std::memory_order_acquire) == 0) {
    // Nobody holds the other end: the master is gone, and nobody will say anything.
    pollfd outbox{outbox_, 0, 0};
    if (::poll(&outbox, 1, 0) > 0 || nowUs() > limit) return false;
    const timespec slice{0, kGoSliceNs};
    ::syscall(SYS_futex, &header_.go, FUTEX_WAIT, 0, &slice, nullptr, 0);
  }
  return true;
}

void Rescuer::rescue(uint32_t fd) {
  RescueEntry& entry = table_.entry(fd);
  const uint32_t live = entry.live.load(std::memory_order_acquire);
  if (live == 0 || live > 2 || !sameSocket(static_cast<int>(fd), entry.cookie)) return;
  const RescueTurn& turn = entry.turns[live - 1];
  net::TcpPosition position;
  Verdict verdict;
  ReadPart part;
  if (net::tcpPosition(static_cast<int>(fd), &position)) {
    part.ours = header_.read.fd.load(std::memory_order_relaxed) == static_cast<int64_t>(fd);
    part.begin = entry.base_read + header_.read.at.load(std::memory_order_relaxed);
    verdict = judge(turn, position, part, header_.max_replays);
  }
  switch (move(fd, entry, turn, verdict, position, part)) {
    case Kind::Idle:
      header_.idle.fetch_add(1);
      return;
    case Kind::Replay:
      header_.replayed.fetch_add(1);
      return;
    case Kind::Refuse:
      header_.refused.fetch_add(1);
      return refuse(static_cast<int>(fd));
    case Kind::Cut: {
      header_.cut.fetch_add(1);
      // An orderly end would make a body without a length look complete.
      const linger hard{1, 0};
      if (turn.until_close) {
        ::setsockopt(static_cast<int>(fd), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
      }
      return;
    }
  }
}

// Hands it over, if that is the verdict, and says what became of it.
Kind Rescuer::move(uint32_t fd, const RescueEntry& entry, const RescueTurn& turn, Verdict verdict,
                   const net::TcpPosition& position, ReadPart part) {
  if (verdict.kind != Kind::Idle && verdict.kind != Kind::Replay) return verdict.kind;
  if (entry.listener >= ipc::RescueHeader::kMaxListeners) return Kind::Cut;
  handoff_.listener = header_.listeners[entry.listener];
  handoff_.leftover.clear();
  handoff_.state.clear();
  const Kind otherwise = verdict.kind == Kind::Idle ? Kind::Cut : Kind::Refuse;
  if (handoff_.listener == ipc::kNoListener) return otherwise;
  if (verdict.kind == Kind::Replay) {
    if (!gather(turn, verdict.from, position.received, part)) return Kind::Refuse;
    const int deaths = verdict.from == turn.start_in ? turn.replays + 1 : 1;
    handoff_.state.push_back(static_cast<char>(std::min(deaths, 127)));
  }
  handoff_.peer = stored(entry.peer, entry.peer_size);
  handoff_.local = stored(entry.local, entry.local_size);
  handoff_.created_us = entry.created_us;
  handoff_.active_us = turn.active_us;
  handoff_.requests = turn.requests;
  return send(static_cast<int>(fd)) ? verdict.kind : otherwise;
}

// The bytes [from, end) of its input: first what was put aside, then what was just being read.
bool Rescuer::gather(const RescueTurn& turn, uint64_t from, uint64_t end, ReadPart part) {
  uint64_t at = from;
  const uint64_t stashed = turn.stash_in + turn.stash_size;
  if (turn.stash != 0 && turn.stash <= ipc::RescueTable::kMaxStashes && turn.stash_in <= at &&
      turn.stash_size <= ipc::RescueTable::kStashBytes && at < stashed) {
    const uint64_t until = std::min(stashed, end);
    handoff_.leftover.append(table_.stash(turn.stash) + (at - turn.stash_in), until - at);
    at = until;
  }
  if (at == end) return true;
  if (!part.ours || part.begin > at || end - part.begin > net::Poller::kReadBytes) return false;
  handoff_.leftover.append(table_.readBuffer() + (at - part.begin), end - at);
  return true;
}

bool Rescuer::send(int fd) {
  if (broken_) return false;
  ipc::encodeHandoff(handoff_, datagram_);
  for (int i = 0; i < kSendTries; ++i) {
    switch (ipc::sendEncoded(outbox_, datagram_, &fd, 1)) {
      case ipc::SendResult::Sent:
        return true;
      case ipc::SendResult::Full: {
        // By time as well: a socket is writable although too many descriptors are in flight.
        pollfd outbox{outbox_, POLLOUT, 0};
        ::poll(&outbox, 1, 5);
        if ((outbox.revents & POLLOUT) != 0) ::poll(nullptr, 0, 1);
        break;
      }
      case ipc::SendResult::TooBig:
        return false;
      case ipc::SendResult::Broken:
        broken_ = true;
        return false;
    }
  }
  broken_ = true;
  return false;
}

void Rescuer::refuse(int fd) {
  [[maybe_unused]] ssize_t n =
      ::send(fd, kBadGateway.data(), kBadGateway.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(fd, SHUT_WR);
  // Unread input would make the close a reset, which destroys the answer.
  char dropped[4096];
  for (int i = 0; i < 256; ++i) {
    if (::recv(fd, dropped, sizeof(dropped), MSG_DONTWAIT) <= 0) return;
  }
}

// Killed between accept4() and the first note of the new connection: nothing was read of it.
void Rescuer::rescueAccepted() {
  const uint64_t mark = header_.accepting.load(std::memory_order_acquire);
  if (mark == 0) return;
  const auto listener = static_cast<uint32_t>(mark >> 32) - 1;
  const net::Address bound = named(static_cast<int>(mark & 0xffffffff), ::getsockname);
  if (!bound.isIp() || listener >= ipc::RescueHeader::kMaxListeners) return;
  // The kernel gives the lowest free number: at most one above all that were ever used by entries,
  // upstream connections apart.
  const int end = static_cast<int>(header_.fd_end.load(std::memory_order_relaxed)) + 1024;
  for (int fd = 0; fd < end; ++fd) {
    net::TcpPosition position;
    if (table_.entry(static_cast<uint32_t>(fd)).live.load() != 0) continue;
    if (!net::tcpPosition(fd, &position) || !position.established || position.received != 0 ||
        position.sent != 0) {
      continue;
    }
    const net::Address local = named(fd, ::getsockname);
    if (!local.isIp() || local.port() != bound.port()) continue;
    handoff_.listener = header_.listeners[listener];
    if (handoff_.listener == ipc::kNoListener) return;
    handoff_.leftover.clear();
    handoff_.state.clear();
    handoff_.local = local;
    handoff_.peer = named(fd, ::getpeername);
    handoff_.created_us = handoff_.active_us = nowUs();
    handoff_.requests = 0;
    if (send(fd)) header_.idle.fetch_add(1);
  }
}

}  // namespace convoy::worker
