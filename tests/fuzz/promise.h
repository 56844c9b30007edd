// promise: what the openings of fuzz targets have in common: a promise that is broken ends the run,
// and says which.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace convoy::fuzz {

inline void require(bool promise, int line = __builtin_LINE()) {
  if (promise) return;
  fprintf(stderr, "the promise of line %d is broken\n", line);
  std::abort();
}

}  // namespace convoy::fuzz
