// succession: who takes over a draining worker's connections: makes the socket pairs over which
// workers hand them on (common/ipc/handoff.h) and says which listener became which. The master
// keeps the receiving end of each pair as long as its sender lives: what the heir had not read when
// it died is read by the next. Called by Generation. Master.
#pragma once

#include "common/base/result.h"
#include "master/publish.h"
#include "master/worker_process.h"

namespace convoy::master {

// What of `old_plan` lives on in `new_plan`. The same listener is one with the same sockets and the
// same kind of filter: a name may change, a protocol may not.
ipc::SuccessorPayload successionOf(const Plan& old_plan, const Plan& new_plan);

// `from` hands what it can to `to` from now on. A successor that it had before is let go; what that
// one has not read yet, `to` may read as well.
base::Status linkWorkers(WorkerProcess& from, WorkerProcess& to,
                         const ipc::SuccessorPayload& succession);
// The heir of `from` died: `to` goes on reading. A no-op if `from` has none.
void inheritFrom(WorkerProcess& from, WorkerProcess& to);

}  // namespace convoy::master
