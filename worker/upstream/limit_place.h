// limit_place: where something counts over all workers (common/stats/limits_page.h). Worker loop.
#pragma once

#include <cstddef>

#include "worker/context.h"
#include "worker/upstream/circuit_breaker.h"

namespace convoy::worker {

// Of Directory::seatNames()[index]; a place without a seat if there is none for it.
CircuitBreaker::Place limitPlace(WorkerContext& context, size_t index);

}  // namespace convoy::worker
