// allocation_count: what count_allocations counts, for the other sources of its program.
#pragma once

#include <cstdint>

namespace convoy::fakes {

inline uint64_t& allocationCount() {
  static uint64_t count = 0;
  return count;
}

}  // namespace convoy::fakes
