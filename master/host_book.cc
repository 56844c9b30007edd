#include "master/host_book.h"

namespace convoy::master {

void HostSums::add(const ipc::HostStatsToldPayload& told) {
  for (const auto& host : told.hosts) hosts_[{host.cluster, host.address}] += host.numbers;
}

const ipc::HostNumbers* HostSums::find(uint32_t cluster, const std::string& address) const {
  const auto it = hosts_.find({cluster, address});
  return it == hosts_.end() ? nullptr : &it->second;
}

void HostBook::note(uint32_t generation, uint32_t slot, const ipc::HostStatsToldPayload& told) {
  // An answer that was on its way when a reload came.
  if (generation < generation_) return;
  if (generation > generation_) by_slot_.clear();
  generation_ = generation;
  by_slot_[slot] = told;
  sums_.clear();
  for (const auto& [other, those] : by_slot_) sums_.add(those);
}

}  // namespace convoy::master
