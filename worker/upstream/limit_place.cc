#include "worker/upstream/limit_place.h"

namespace convoy::worker {

CircuitBreaker::Place limitPlace(WorkerContext& context, size_t index) {
  if (context.limits == nullptr || index >= context.limit_seats.size() ||
      context.limit_seats[index] >= stats::LimitsPage::kSeats) {
    return {};
  }
  uint64_t* held = context.slab->cells() + context.directory.holdings();
  const uint32_t seat = context.limit_seats[index];
  return {context.limits->seat(seat), held + stats::holdingCell(index), held, seat};
}

}  // namespace convoy::worker
