// sanitized: whether the program under test was built with AddressSanitizer. That keeps memory
// which the program gave back, so a bound on what is resident says nothing then.
#pragma once

#include <cstdint>
#include <string>

#include "tests/fakes/child.h"
#include "tests/fakes/convoy_process.h"

namespace convoy::fakes {

inline bool sanitized() {
  static const bool yes =
      readFile(ConvoyProcess::binary()).find("__asan_init") != std::string::npos;
  return yes;
}
// Of bytes, KiB or whatever: no bound for such a program.
inline uint64_t memoryBound(uint64_t limit) {
  return sanitized() ? UINT64_MAX : limit;
}

}  // namespace convoy::fakes
