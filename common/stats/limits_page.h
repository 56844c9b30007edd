// limits_page: the words behind limits that all workers share (circuit breakers, and filters that
// limit connections or rates): the one memory with several writers, so a limit of 100 is 100 and
// not 100 for each worker. Made by the master, mapped by every worker of every generation: a
// cluster or filter keeps its seat, by name (Directory::seatNames), over reloads and upgrades. What
// a worker contributes is in its own slab as well (Directory::holdings), so that the master can
// take back what a killed one held (master/upstream/shared_limits).
//
//   0    magic "CNVYLIM1", zeros         64+64*i  seat i, u64 each:
//          of a cluster: default priority: connections, pending requests, requests, retries; the
//            same for high
//          of a connection limit: connections
//          of a rate: when its bucket will be full again (worker/rate_bucket.h); nobody holds any
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace convoy::stats {

enum class Limit : uint8_t { Connections, Pending, Requests, Retries };
inline constexpr size_t kLimits = 4;
inline constexpr size_t kPriorities = 2;
inline constexpr size_t kLimitWords = kLimits * kPriorities;  // of a seat, and of its holdings
using LimitRow = std::array<uint64_t, kLimitWords>;
static_assert(sizeof(LimitRow) == 64);

// Of a worker's slab, from Directory::holdings on.
//
//   0  turn u64: odd while a word of the page and its holding do not agree
//   8  seat u64: of which seat          16..63 zero
//   64 + 64*i: holdings of seatNames()[i], as in a seat
inline constexpr size_t kTurnCell = 0;
inline constexpr size_t kTurnSeatCell = 1;
constexpr size_t holdingCell(size_t name) {
  return kLimitWords * (1 + name);
}

class LimitsPage {
 public:
  static constexpr uint32_t kSeats = 65536;  // 4 MB of which only what is used is resident
  static constexpr uint32_t kNoSeat = UINT32_MAX;

  // Sealed against shrinking and growing.
  static base::Result<std::unique_ptr<LimitsPage>> create();
  // One that came over the control socket, or through an exec.
  static base::Result<std::unique_ptr<LimitsPage>> map(base::UniqueFd fd);
  ~LimitsPage();
  LimitsPage(const LimitsPage&) = delete;
  LimitsPage& operator=(const LimitsPage&) = delete;

  // REQUIRES: seat < kSeats.
  uint64_t* seat(uint32_t seat) { return words_ + (1 + seat) * kLimitWords; }
  int fd() const { return fd_.get(); }

 private:
  LimitsPage(base::UniqueFd fd, void* base);
  base::UniqueFd fd_;
  uint64_t* words_;
};

}  // namespace convoy::stats
