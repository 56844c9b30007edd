#include "master/succession.h"

#include <string_view>
#include <sys/socket.h>
#include <unordered_set>

#include "common/net/socket.h"

namespace convoy::master {

ipc::SuccessorPayload successionOf(const Plan& old_plan, const Plan& new_plan) {
  ipc::SuccessorPayload out;
  out.listeners.assign(old_plan.bootstrap->listeners.size(), ipc::kNoListener);
  for (const ListenerSet::Entry& old_entry : old_plan.listeners->entries()) {
    for (const ListenerSet::Entry& entry : new_plan.listeners->entries()) {
      const bool same = entry.bound == old_entry.bound && entry.http == old_entry.http;
      if (same) out.listeners[old_entry.index] = entry.index;
    }
  }
  std::unordered_set<std::string_view> kept;
  for (const config::Cluster& cluster : new_plan.bootstrap->clusters) kept.insert(cluster.name);
  for (const config::Cluster& cluster : old_plan.bootstrap->clusters) {
    if (kept.count(cluster.name) == 0) out.removed_clusters.push_back(cluster.name);
  }
  return out;
}

base::Status linkWorkers(WorkerProcess& from, WorkerProcess& to,
                         const ipc::SuccessorPayload& succession) {
  auto pair = net::socketPair(SOCK_SEQPACKET);
  if (!pair.ok()) return pair.error();
  inheritFrom(from, to);
  to.channel().send(ipc::MessageType::Inherit, "{}", {pair->first.get()});
  from.setHeir({std::move(pair->first), to.pid()});
  from.channel().send(ipc::MessageType::Successor, ipc::toJson(succession), {pair->second.get()});
  return {};
}

void inheritFrom(WorkerProcess& from, WorkerProcess& to) {
  if (!from.heir().inbox.valid()) return;
  to.channel().send(ipc::MessageType::Inherit, "{}", {from.heir().inbox.get()});
  from.heir().pid = to.pid();
}

}  // namespace convoy::master
