#include "master/succession.h"

#include <sys/socket.h>

#include "common/net/socket.h"

namespace convoy::master {

std::vector<uint32_t> successionOf(const ListenerSet& old_set, size_t count,
                                   const ListenerSet& new_set) {
  std::vector<uint32_t> out(count, ipc::kNoListener);
  for (const ListenerSet::Entry& old_entry : old_set.entries()) {
    for (const ListenerSet::Entry& entry : new_set.entries()) {
      const bool same = entry.bound == old_entry.bound && entry.http == old_entry.http;
      if (same && old_entry.index < count) out[old_entry.index] = entry.index;
    }
  }
  return out;
}

base::Status linkWorkers(WorkerProcess& from, WorkerProcess& to,
                         const std::vector<uint32_t>& listeners) {
  auto pair = net::socketPair(SOCK_SEQPACKET);
  if (!pair.ok()) return pair.error();
  ipc::SuccessorPayload payload;
  payload.listeners = listeners;
  to.channel().send(ipc::MessageType::Inherit, "{}", {pair->first.get()});
  from.channel().send(ipc::MessageType::Successor, ipc::toJson(payload), {pair->second.get()});
  return {};
}

}  // namespace convoy::master
