#include "common/base/heap.h"

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include "common/base/unique_fd.h"

namespace convoy::base {

namespace {

// /proc/self/statm: size resident shared text lib data dt, in pages; "data" has the stack in it.
uint64_t writableBytes() {
  const UniqueFd fd(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  char text[256] = {};
  if (!fd.valid() || ::read(fd.get(), text, sizeof(text) - 1) <= 0) return 0;
  unsigned long pages = 0;
  if (std::sscanf(text, "%*u %*u %*u %*u %*u %lu", &pages) != 1) return 0;
  return pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

HeapUse heapUse() {
  const struct mallinfo2 info = ::mallinfo2();
  // Large pieces are mappings of their own (hblkhd), and part of neither uordblks nor arena.
  const uint64_t allocated = info.uordblks + info.hblkhd;
  return {allocated, std::max<uint64_t>(writableBytes(), info.arena + info.hblkhd)};
}

}  // namespace convoy::base
