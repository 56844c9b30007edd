// succession: who takes over a draining worker's connections: makes the socket pairs over which
// workers hand them on (common/ipc/handoff.h) and says which listener became which. Called by
// Generation; keeps nothing: a pair belongs to its two workers. Master.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/result.h"
#include "master/listeners.h"
#include "master/worker_process.h"

namespace convoy::master {

// For each of the `count` listeners of the old configuration its index in the new one, or
// ipc::kNoListener. The same listener is one with the same sockets and the same kind of filter: a
// name may change, a protocol may not.
std::vector<uint32_t> successionOf(const ListenerSet& old_set, size_t count,
                                   const ListenerSet& new_set);

// `from` hands what it can to `to` from now on; a successor that it had before is let go.
base::Status linkWorkers(WorkerProcess& from, WorkerProcess& to,
                         const std::vector<uint32_t>& listeners);

}  // namespace convoy::master
