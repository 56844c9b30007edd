// sentinel_end: the master's end of one worker's sentinel: the table of its connections, of which
// the master sees the header only (common/ipc/rescue_table.h), and the receiving end of the socket
// over which they will come. Held by the WorkerProcess, after its death by Rescues. Master's loop.
#pragma once

#include <cstdint>
#include <memory>
#include <sys/types.h>
#include <vector>

#include "common/ipc/channel.h"
#include "common/ipc/rescue_table.h"

namespace convoy::master {

class SentinelEnd {
 public:
  static base::Result<std::unique_ptr<SentinelEnd>> create();
  // To the worker; our copies of what is the worker's are closed.
  void publish(ipc::Channel& channel);
  // 0: none was started yet.
  pid_t pid() const { return table_->header().sentinel.load(); }
  // Wakes it: it sends what it can, under these numbers of listeners.
  void go(const std::vector<uint32_t>& listeners, uint32_t max_replays);
  bool unread() const;  // something lies in the inbox
  int inbox() const { return inbox_.get(); }
  ipc::RescueHeader& header() const { return table_->header(); }

 private:
  SentinelEnd() = default;
  base::UniqueFd inbox_, outbox_, memfd_;
  std::unique_ptr<ipc::RescueTable> table_;
};

}  // namespace convoy::master
