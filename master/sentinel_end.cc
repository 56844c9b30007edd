#include "master/sentinel_end.h"

#include <climits>
#include <linux/futex.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/net/socket.h"

namespace convoy::master {

base::Result<std::unique_ptr<SentinelEnd>> SentinelEnd::create() {
  std::unique_ptr<SentinelEnd> out(new SentinelEnd());
  auto memfd = ipc::RescueTable::createMemfd();
  if (!memfd.ok()) return memfd.error();
  out->memfd_ = std::move(*memfd);
  auto table = ipc::RescueTable::map(out->memfd_.get(), false);
  if (!table.ok()) return table.error();
  out->table_ = std::move(*table);
  auto pair = net::socketPair(SOCK_SEQPACKET);
  if (!pair.ok()) return pair.error();
  out->inbox_ = std::move(pair->first);
  out->outbox_ = std::move(pair->second);
  return out;
}

void SentinelEnd::publish(ipc::Channel& channel) {
  channel.send(ipc::MessageType::Sentinel, "{}", {outbox_.get(), memfd_.get()});
  outbox_.reset();
  memfd_.reset();
}

void SentinelEnd::go(const std::vector<uint32_t>& listeners, uint32_t max_replays) {
  ipc::RescueHeader& h = header();
  for (size_t i = 0; i < ipc::RescueHeader::kMaxListeners; ++i) {
    h.listeners[i] = i < listeners.size() ? listeners[i] : ipc::kNoListener;
  }
  h.max_replays = max_replays;
  h.go.store(1, std::memory_order_release);
  ::syscall(SYS_futex, &h.go, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

bool SentinelEnd::unread() const {
  int bytes = 0;
  return ::ioctl(inbox_.get(), SIOCINQ, &bytes) == 0 && bytes != 0;
}

}  // namespace convoy::master
