#include "common/ipc/handoff.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <sys/socket.h>

#include "common/ipc/fd_message.h"

namespace convoy::ipc {

namespace {

constexpr size_t kMaxFds = 2;

}  // namespace

void putAddress(WireWriter& out, const net::Address& address) {
  out.text({reinterpret_cast<const char*>(address.sockaddrPtr()),
            static_cast<size_t>(address.sockaddrLength())});
}

net::Address getAddress(WireReader& in) {
  const std::string_view bytes = in.text();
  sockaddr_storage storage{};
  if (bytes.empty() || bytes.size() > sizeof(storage)) return {};
  std::memcpy(&storage, bytes.data(), bytes.size());
  return net::Address::fromSockaddr(reinterpret_cast<sockaddr*>(&storage),
                                    static_cast<socklen_t>(bytes.size()));
}

std::string encodeHandoff(const Handoff& handoff) {
  std::string bytes;
  encodeHandoff(handoff, bytes);
  return bytes;
}

void encodeHandoff(const Handoff& handoff, std::string& bytes) {
  WireWriter out(std::move(bytes));
  out.u8(handoff.origin.empty() ? 1 : kHandoffVersion);
  out.u8(static_cast<uint8_t>(handoff.kind));
  out.u32(handoff.listener);
  putAddress(out, handoff.peer);
  putAddress(out, handoff.local);
  out.u64(handoff.created_us);
  out.u64(handoff.active_us);
  out.u32(handoff.requests);
  out.text(handoff.leftover);
  out.text(handoff.state);
  if (!handoff.origin.empty()) out.text(handoff.origin);
  bytes = out.take();
}

bool decodeHandoff(std::string_view bytes, Handoff* out) {
  WireReader in(bytes);
  const uint8_t version = in.u8();
  if (version != 1 && version != kHandoffVersion) return false;
  const uint8_t kind = in.u8();
  if (kind < static_cast<uint8_t>(Handoff::Kind::Http) ||
      kind > static_cast<uint8_t>(Handoff::Kind::Upstream)) {
    return false;
  }
  out->kind = static_cast<Handoff::Kind>(kind);
  out->listener = in.u32();
  out->peer = getAddress(in);
  out->local = getAddress(in);
  out->created_us = in.u64();
  out->active_us = in.u64();
  out->requests = in.u32();
  out->leftover = in.text();
  out->state = in.text();
  if (version == kHandoffVersion) out->origin = in.text();
  return in.done();
}

SendResult sendHandoff(int socket, const Handoff& handoff) {
  const std::string bytes = encodeHandoff(handoff);
  int fds[kMaxFds] = {};
  if (handoff.fds.size() > kMaxFds) return SendResult::TooBig;
  for (size_t i = 0; i < handoff.fds.size(); ++i) fds[i] = handoff.fds[i].get();
  return sendEncoded(socket, bytes, fds, handoff.fds.size());
}

SendResult sendEncoded(int socket, const std::string& bytes, const int* fds, size_t fd_count) {
  if (bytes.size() > kMaxDatagram || fd_count == 0 || fd_count > kMaxFds) return SendResult::TooBig;
  if (sendWithFds(socket, bytes, fds, fd_count) >= 0) return SendResult::Sent;
  if (errno == EMSGSIZE) return SendResult::TooBig;
  const bool later =
      errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM || errno == ETOOMANYREFS;
  return later ? SendResult::Full : SendResult::Broken;
}

ReceiveResult receiveHandoff(int socket, Handoff* out) {
  static const auto buffer = std::make_unique<char[]>(kMaxDatagram);
  *out = Handoff{};
  int flags = 0;
  const ssize_t n = receiveWithFds(socket, buffer.get(), kMaxDatagram, out->fds, &flags);
  if (n < 0) {
    return errno == EAGAIN || errno == EWOULDBLOCK ? ReceiveResult::Nothing : ReceiveResult::End;
  }
  if (n == 0) return ReceiveResult::End;
  const bool whole = (flags & (MSG_CTRUNC | MSG_TRUNC)) == 0;
  if (!whole || !decodeHandoff({buffer.get(), static_cast<size_t>(n)}, out)) {
    return ReceiveResult::Malformed;
  }
  const bool one = out->kind == Handoff::Kind::Http || out->kind == Handoff::Kind::Upstream;
  const size_t wanted = one ? 1 : 2;
  return out->fds.size() == wanted ? ReceiveResult::Received : ReceiveResult::Malformed;
}

}  // namespace convoy::ipc
