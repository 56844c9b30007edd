// host_book: what the workers said of single hosts. HostSums adds up; HostBook keeps what each said
// lately: the dashboard's questions are answered from it at once, and each question also asks the
// workers anew, for the next one. Owned by the Master.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "common/ipc/host_stats.h"

namespace convoy::master {

class HostSums {
 public:
  void add(const ipc::HostStatsToldPayload& told);
  void clear() { hosts_.clear(); }
  // Null: nothing is known of it. `address`: as net::Address prints it.
  const ipc::HostNumbers* find(uint32_t cluster, const std::string& address) const;

 private:
  std::map<std::pair<uint32_t, std::string>, ipc::HostNumbers> hosts_;
};

class HostBook {
 public:
  // Replaces what that worker said before. What others of former generations said is forgotten.
  void note(uint32_t generation, uint32_t slot, const ipc::HostStatsToldPayload& told);
  // Over all workers of the generation that was noted last; null: nothing is known of it.
  const ipc::HostNumbers* find(uint32_t cluster, const std::string& address) const {
    return sums_.find(cluster, address);
  }

 private:
  uint32_t generation_ = 0;
  std::map<uint32_t, ipc::HostStatsToldPayload> by_slot_;
  HostSums sums_;
};

}  // namespace convoy::master
