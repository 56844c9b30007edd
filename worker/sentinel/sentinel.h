// sentinel: a child of the worker that sleeps until the worker dies and then gives its client
// connections away. It shares the worker's descriptors (clone with CLONE_FILES, no exec, which
// would end the sharing) but not its memory, has all signals blocked, runs no loop, and after
// clone() calls only what is async-signal-safe and uses only memory that was prepared before. Its
// parent is the master, which reaps it (CLONE_PARENT). Owned by Worker; its loop.
//
//   worker:  Off --start--> Watched --it died--> Off (again after kAgainMs, at most kMaxStarts)
//   child:   Asleep --worker died--> Waiting --go--> Rescuing --> gone
//                 \--worker left in order--> gone  \--nobody says go--> gone
//
// Not covered: tunnels, clients on unix sockets, and a death of the whole control group (the OOM
// killer with memory.oom.group), which takes the sentinel along.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/unique_fd.h"
#include "common/net/event_loop.h"
#include "worker/sentinel/ledger.h"

namespace convoy::worker {

// Whether this build can have one: a sanitizer's runtime does not survive a clone without exec.
bool sentinelPossible();

class Sentinel {
 public:
  static constexpr int kMaxStarts = 5;
  static constexpr uint64_t kAgainMs = 1000;

  Sentinel(net::EventLoop& loop, Ledger& ledger, base::UniqueFd outbox);
  ~Sentinel();
  // After rights were dropped: it has those of the worker at that time.
  void start();
  // An orderly exit begins: it has nothing to rescue.
  void dismiss();

 private:
  std::string clone();  // "" or why not
  void onDied();

  net::EventLoop& loop_;
  Ledger& ledger_;
  base::UniqueFd outbox_;
  base::UniqueFd self_;   // pidfd of this process
  base::UniqueFd child_;  // pidfd of the sentinel
  int starts_ = 0;
  std::unique_ptr<net::FdWatcher> watcher_;
  std::unique_ptr<net::Timer> again_;
};

}  // namespace convoy::worker
