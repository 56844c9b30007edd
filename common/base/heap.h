// heap: how much of this process's memory the program has allocated, and how much writable memory
// it holds, of which the former is a part. Costs time in proportion to the free pieces of a torn
// heap: not for every turn of a loop. Stateless; both processes.
#pragma once

#include <cstdint>

namespace convoy::base {

struct HeapUse {
  uint64_t allocated = 0;  // 0 where another allocator stands in for the C library's (sanitizers)
  uint64_t reserved = 0;   // heap, data and stack, free pieces included
};
HeapUse heapUse();

}  // namespace convoy::base
