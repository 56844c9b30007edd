// Random: a fast generator (xoshiro256**) seeded from getrandom(2) once per process, passed in so
// tests can fix the seed. Not for secrets. uuid4() is RFC 9562 version 4 text.
#pragma once

#include <cstdint>
#include <string_view>

namespace convoy::base {

class Random {
 public:
  Random();                        // seeded from the kernel
  explicit Random(uint64_t seed);  // for tests
  uint64_t next();
  // Uniform in [0, bound). REQUIRES: bound > 0.
  uint64_t below(uint64_t bound);
  // Writes 36 characters "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".
  void uuid4(char* out36);

 private:
  uint64_t s_[4];
};

}  // namespace convoy::base
