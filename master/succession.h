// succession: who takes over a draining worker's connections: makes the socket pairs over which
// workers hand them on (common/ipc/handoff.h) and says which listener became which. Called by
// Generation; keeps nothing: a pair belongs to its two workers. Master.
#pragma once

#include "common/base/result.h"
#include "master/publish.h"
#include "master/worker_process.h"

namespace convoy::master {

// What of `old_plan` lives on in `new_plan`. The same listener is one with the same sockets and the
// same kind of filter: a name may change, a protocol may not.
ipc::SuccessorPayload successionOf(const Plan& old_plan, const Plan& new_plan);

// `from` hands what it can to `to` from now on; a successor that it had before is let go.
base::Status linkWorkers(WorkerProcess& from, WorkerProcess& to,
                         const ipc::SuccessorPayload& succession);

}  // namespace convoy::master
