#include "master/host_book.h"

namespace convoy::master {

void HostBook::note(uint32_t generation, uint32_t slot, const ipc::HostStatsToldPayload& told) {
  // An answer that was on its way when a reload came.
  if (generation < generation_) return;
  if (generation > generation_) by_slot_.clear();
  generation_ = generation;
  Hosts& hosts = by_slot_[slot];
  hosts.clear();
  for (const auto& host : told.hosts) hosts[{host.cluster, host.address}] += host.numbers;
  sums_.clear();
  for (const auto& [other, those] : by_slot_) {
    for (const auto& [key, numbers] : those) sums_[key] += numbers;
  }
}

const ipc::HostNumbers* HostBook::find(uint32_t cluster, const std::string& address) const {
  const auto it = sums_.find({cluster, address});
  return it == sums_.end() ? nullptr : &it->second;
}

}  // namespace convoy::master
