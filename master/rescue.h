// rescue: where the connections of dead workers go that their sentinels still hold
// (common/ipc/rescue_table.h). Owned by the Master; its loop.
//
//   Waiting --a worker of the running generation accepts--> Going --sentinel gone, all read--> done
//      \--no sentinel, or kGiveUpMs-------------------------------------------------------------/
//
// Going: the socket is given to that worker as an inbox; if it dies, to another of its generation,
// which reads what is left.
#pragma once

#include <cstdint>
#include <memory>
#include <sys/types.h>
#include <vector>

#include "common/net/event_loop.h"
#include "master/generation.h"
#include "master/metrics/aggregate.h"
#include "master/spawn.h"

namespace convoy::master {

class Rescues {
 public:
  static constexpr uint64_t kLookMs = 50;
  static constexpr uint64_t kGiveUpMs = 60000;
  // How often a request may be sent again that was in a worker when it died. One that crashed a
  // worker itself must not go round and take them all down; SIGKILL is nobody's request.
  static constexpr uint32_t kReplaysAfterCrash = 1;
  static constexpr uint32_t kReplaysAfterKill = 16;

  Rescues(net::EventLoop& loop, Processes& processes, Aggregate& aggregate);
  ~Rescues();
  // The worker of `slot` of a generation with this plan died, not of its own will.
  void add(const Plan& plan, uint32_t slot, std::unique_ptr<SentinelEnd> end, int wait_status);
  // `running` (may be null): some worker of it died, came back, or it took over.
  void update(Generation* running);
  // The server stops: what waits is refused.
  void abandon();
  // Processes to be waited for.
  void adoptSentinels();
  bool empty() const { return rescues_.empty(); }

 private:
  struct Rescue;
  void look();
  void assign(Rescue& rescue, Generation& running);
  void count(Rescue& rescue);

  net::EventLoop& loop_;
  Processes& processes_;
  Aggregate& aggregate_;
  std::vector<std::unique_ptr<Rescue>> rescues_;
  std::unique_ptr<net::Timer> timer_;
};

}  // namespace convoy::master
