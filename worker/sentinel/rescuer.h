// rescuer: what the sentinel does: waits for the worker's death and for the master's word, and then
// walks the table of connections, each of which gets its verdict (verdict.h). Made before the
// clone, with all memory it will need; after it nothing here allocates, locks or logs. Runs in the
// sentinel only.
#pragma once

#include <string>

#include "common/ipc/handoff.h"
#include "common/ipc/rescue_table.h"
#include "worker/sentinel/verdict.h"

namespace convoy::worker {

class Rescuer {
 public:
  // The descriptors stay the caller's.
  Rescuer(ipc::RescueTable& table, int worker_pidfd, int outbox);
  [[noreturn]] void run();

 private:
  bool awaitGo();
  void rescueAccepted();
  void rescue(uint32_t fd);
  Verdict::Kind move(uint32_t fd, const ipc::RescueEntry& entry, const ipc::RescueTurn& turn,
                     Verdict verdict, const net::TcpPosition& position, ReadPart part);
  bool gather(const ipc::RescueTurn& turn, uint64_t from, uint64_t end, ReadPart part);
  bool send(int fd);
  void refuse(int fd);

  ipc::RescueTable& table_;
  ipc::RescueHeader& header_;
  const int worker_;
  const int outbox_;
  bool broken_ = false;  // the successor is gone or does not read
  ipc::Handoff handoff_;
  std::string datagram_;
};

}  // namespace convoy::worker
