#include "common/net/tcp_position.h"

#include <cstddef>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace convoy::net {

namespace {

constexpr int kTries = 1000;
// The states of a TCP socket, as tcpi_state has them.
constexpr uint8_t kEstablished = 1, kTimeWait = 6, kCloseWait = 8, kLastAck = 9, kClosing = 11;

bool info(int fd, tcp_info* out) {
  socklen_t length = sizeof(*out);
  return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, out, &length) == 0 &&
         length >= offsetof(tcp_info, tcpi_bytes_received) + sizeof(out->tcpi_bytes_received);
}

bool finReceived(uint8_t state) {
  return state == kCloseWait || state == kLastAck || state == kClosing || state == kTimeWait;
}

}  // namespace

// The kernel answers each question by itself: between two of them bytes and acknowledgements
// arrive. Only what is framed by two equal answers belongs together.
bool tcpPosition(int fd, TcpPosition* out) {
  tcp_info before{}, after{};
  if (!info(fd, &before)) return false;
  for (int i = 0; i < kTries; ++i) {
    int unread = 0, unacked = 0;
    if (::ioctl(fd, SIOCINQ, &unread) != 0 || ::ioctl(fd, SIOCOUTQ, &unacked) != 0) return false;
    if (!info(fd, &after)) return false;
    if (before.tcpi_bytes_received == after.tcpi_bytes_received &&
        before.tcpi_bytes_acked == after.tcpi_bytes_acked &&
        before.tcpi_state == after.tcpi_state) {
      out->peer_finished = finReceived(after.tcpi_state);
      // A FIN counts as a byte received, and never as one unread.
      out->received =
          after.tcpi_bytes_received - static_cast<uint64_t>(unread) - (out->peer_finished ? 1 : 0);
      out->sent = after.tcpi_bytes_acked + static_cast<uint64_t>(unacked);
      out->established = after.tcpi_state == kEstablished;
      return true;
    }
    before = after;
  }
  return false;
}

}  // namespace convoy::net
