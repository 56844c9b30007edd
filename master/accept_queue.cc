#include "master/accept_queue.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace convoy::master {

uint64_t acceptQueueLength(const BoundAddress& bound) {
  if (!bound.address().isIp()) return 0;
  uint64_t total = 0;
  for (const base::UniqueFd& fd : bound.sockets()) {
    tcp_info info{};
    socklen_t length = sizeof(info);
    // Of a listening socket this field is the length of its queue.
    if (::getsockopt(fd.get(), IPPROTO_TCP, TCP_INFO, &info, &length) == 0) {
      total += info.tcpi_unacked;
    }
  }
  return total;
}

void setAcceptQueues(const config::Bootstrap& bootstrap, const ListenerSet& listeners,
                     Aggregate& aggregate) {
  aggregate.dropOwn("convoy_accept_queue_len");  // of listeners that are gone
  for (const ListenerSet::Entry& entry : listeners.entries()) {
    aggregate.setOwn("convoy_accept_queue_len", stats::StatType::Gauge,
                     {{"listener", bootstrap.listeners[entry.index].name}},
                     acceptQueueLength(*entry.bound));
  }
}

}  // namespace convoy::master
