// circuit_breaker: the limits of one cluster (Envoy: circuit_breakers), counted over all workers of
// all generations in the words of a LimitsPage. Owned by a Cluster; worker loop.
//
// A worker takes permits from the shared word and keeps, in its slab, how many it holds. A small
// limit is exact: one permit at a time, one atomic instruction to take it and one to give it back.
// A large one (kBatchedFrom) is drawn in batches while less than half of it is in use: then the
// steady state has no atomic at all. The shared word counts what is drawn, so more than the limit
// is never given out; near the limit permits go back one by one, and what other workers have drawn
// in advance, at most a sixteenth of the limit, within one turn of their clock (settle()).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "common/config/model/cluster.h"
#include "common/stats/limits_page.h"

namespace convoy::worker {

using config::Priority;
using stats::Limit;

class CircuitBreaker {
 public:
  static constexpr uint32_t kBatchedFrom = 1024;

  // Where it counts: words of the page, holdings and turn of this worker's slab.
  struct Place {
    uint64_t* seat = nullptr;  // null: this worker counts on its own
    uint64_t* holdings = nullptr;
    uint64_t* turn = nullptr;
    uint32_t number = 0;
  };
  CircuitBreaker(const config::CircuitBreakers& config, Place place, uint32_t workers);
  CircuitBreaker(const CircuitBreaker&) = delete;
  CircuitBreaker& operator=(const CircuitBreaker&) = delete;

  // False: the limit is reached. What is true is given back by release().
  bool acquire(Limit limit, Priority priority) {
    Permits& permits = permits_[indexOf(limit, priority)];
    if (permits.used == permits.drawn && !draw(indexOf(limit, priority))) return false;
    ++permits.used;
    return true;
  }
  // The same, beyond the limit where it must be.
  void take(Limit limit, Priority priority);
  void release(Limit limit, Priority priority) {
    Permits& permits = permits_[indexOf(limit, priority)];
    --permits.used;
    if (permits.drawn - permits.used > permits.keep || isNear(indexOf(limit, priority))) {
      giveBack(indexOf(limit, priority));
    }
  }
  // Now and then: gives back what was drawn in advance where others may need it.
  void settle();

  // Over all workers.
  uint64_t total(Limit limit, Priority priority) const {
    return std::atomic_ref<uint64_t>(seat_[indexOf(limit, priority)])
        .load(std::memory_order_relaxed);
  }

 private:
  struct Permits {
    uint32_t limit = 0;
    uint32_t batch = 1;
    uint32_t keep = 0;  // unused ones that are kept for the next
    uint32_t drawn = 0;
    uint32_t used = 0;
  };
  static constexpr size_t indexOf(Limit limit, Priority priority) {
    return static_cast<size_t>(priority) * stats::kLimits + static_cast<size_t>(limit);
  }
  bool isNear(size_t index) const {
    const Permits& permits = permits_[index];
    return permits.keep != 0 && permits.drawn != permits.used &&
           std::atomic_ref<uint64_t>(seat_[index]).load(std::memory_order_relaxed) >
               permits.limit / 2;
  }
  bool draw(size_t index);
  bool drawUpTo(size_t index, uint64_t limit, uint32_t count);
  void giveBack(size_t index);
  void beginTurn();
  void endTurn(size_t index, uint32_t drawn);
  uint64_t limitOf(size_t index) const;

  const config::CircuitBreakers& config_;
  std::array<Permits, stats::kLimitWords> permits_;
  struct Own {
    stats::LimitRow seat{}, holdings{};
    std::array<uint64_t, 2> turn{};
  };
  std::unique_ptr<Own> own_;
  uint64_t* seat_;
  uint64_t* holdings_;
  uint64_t* turn_;
  uint64_t turn_number_;
};

}  // namespace convoy::worker
