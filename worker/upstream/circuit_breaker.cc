#include "worker/upstream/circuit_breaker.h"

#include <algorithm>

namespace convoy::worker {

namespace {

using Word = std::atomic_ref<uint64_t>;

// In all, workers may hold so much of a limit without using it.
constexpr uint32_t kUnusedShare = 16;

}  // namespace

CircuitBreaker::CircuitBreaker(const config::CircuitBreakers& config, Place place, uint32_t workers)
    : config_(config),
      own_(place.seat == nullptr ? std::make_unique<Own>() : nullptr),
      seat_(own_ ? own_->seat.data() : place.seat),
      holdings_(own_ ? own_->holdings.data() : place.holdings),
      turn_(own_ ? own_->turn.data() : place.turn),
      turn_number_(place.number) {
  for (size_t priority = 0; priority < stats::kPriorities; ++priority) {
    const config::CircuitBreakers::Thresholds& thresholds = config.thresholds[priority];
    Permits* permits = &permits_[priority * stats::kLimits];
    permits[0].limit = thresholds.max_connections;
    permits[1].limit = thresholds.max_pending_requests;
    permits[2].limit = thresholds.max_requests;
    permits[3].limit = thresholds.max_retries;
    // Who reads the number itself wants to read requests, not what is drawn for them.
    if (thresholds.retry_budget || thresholds.track_remaining) continue;
    if (thresholds.max_requests < kBatchedFrom) continue;
    const uint32_t most = thresholds.max_requests / kUnusedShare / std::max(workers, 1u);
    permits[2].batch = std::clamp(most / 2, 1u, 64u);
    permits[2].keep = permits[2].batch == 1 ? 0 : 2 * permits[2].batch;
  }
}

uint64_t CircuitBreaker::limitOf(size_t index) const {
  const auto priority = static_cast<Priority>(index / stats::kLimits);
  if (index % stats::kLimits != static_cast<size_t>(Limit::Retries)) return permits_[index].limit;
  return config_.thresholds[static_cast<size_t>(priority)].retriesAllowed(
      total(Limit::Requests, priority) + total(Limit::Pending, priority));
}

bool CircuitBreaker::draw(size_t index) {
  const Permits& permits = permits_[index];
  if (permits.batch > 1 && drawUpTo(index, permits.limit / 2, permits.batch)) return true;
  return drawUpTo(index, limitOf(index), 1);
}

bool CircuitBreaker::drawUpTo(size_t index, uint64_t limit, uint32_t count) {
  Word word(seat_[index]);
  uint64_t now = word.load(std::memory_order_relaxed);
  // Looks before it writes: a breaker that is open is read by all and written by nobody.
  if (now + count > limit) return false;
  beginTurn();
  while (now + count <= limit) {
    if (!word.compare_exchange_weak(now, now + count, std::memory_order_acq_rel)) continue;
    endTurn(index, permits_[index].drawn + count);
    return true;
  }
  endTurn(index, permits_[index].drawn);
  return false;
}

// A death between the two leaves the master to find out whether the shared word was changed.
void CircuitBreaker::beginTurn() {
  Word turn(turn_[stats::kTurnCell]);
  turn.store(turn.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  Word(turn_[stats::kTurnSeatCell]).store(turn_number_, std::memory_order_relaxed);
}

void CircuitBreaker::endTurn(size_t index, uint32_t drawn) {
  permits_[index].drawn = drawn;
  Word(holdings_[index]).store(drawn, std::memory_order_release);
  Word turn(turn_[stats::kTurnCell]);
  turn.store(turn.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

void CircuitBreaker::take(Limit limit, Priority priority) {
  const size_t index = indexOf(limit, priority);
  if (permits_[index].used == permits_[index].drawn) {
    beginTurn();
    Word(seat_[index]).fetch_add(1, std::memory_order_acq_rel);
    endTurn(index, permits_[index].drawn + 1);
  }
  ++permits_[index].used;
}

void CircuitBreaker::giveBack(size_t index) {
  const Permits& permits = permits_[index];
  // Half of what may be kept stays, so that a count that goes up and down costs nothing.
  const uint32_t stay = isNear(index) ? 0 : permits.keep / 2;
  const uint32_t unused = permits.drawn - permits.used;
  if (unused <= stay) return;
  beginTurn();
  Word(seat_[index]).fetch_sub(unused - stay, std::memory_order_acq_rel);
  endTurn(index, permits.used + stay);
}

void CircuitBreaker::settle() {
  for (size_t index = 0; index < permits_.size(); ++index) {
    if (isNear(index)) giveBack(index);
  }
}

}  // namespace convoy::worker
