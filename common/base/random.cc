#include "common/base/random.h"

#include <sys/random.h>

#include "common/base/check.h"

namespace convoy::base {

namespace {

constexpr uint64_t rotl(uint64_t x, int k) {
  return (x << k) | (x >> (64 - k));
}

// splitmix64: spreads one word over the whole state.
uint64_t splitmix(uint64_t& x) {
  uint64_t z = (x += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random() {
  CHECK(::getrandom(s_, sizeof(s_), 0) == static_cast<ssize_t>(sizeof(s_)));
  s_[0] |= 1;  // the all-zero state would stay zero
}

Random::Random(uint64_t seed) {
  for (uint64_t& word : s_) word = splitmix(seed);
}

uint64_t Random::next() {
  const uint64_t result = rotl(s_[1] * 5, 7) * 9;
  const uint64_t t = s_[1] << 17;
  s_[2] ^= s_[0];
  s_[3] ^= s_[1];
  s_[1] ^= s_[2];
  s_[0] ^= s_[3];
  s_[2] ^= t;
  s_[3] = rotl(s_[3], 45);
  return result;
}

uint64_t Random::below(uint64_t bound) {
  // Lemire: the high half of the product is uniform up to a bias of bound / 2^64, which no one can
  // measure for the bounds used here.
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
}

void Random::uuid4(char* out36) {
  static constexpr char kHex[] = "0123456789abcdef";
  uint64_t words[2] = {next(), next()};
  words[0] = (words[0] & ~0xf000ULL) | 0x4000ULL;
  words[1] = (words[1] & ~(3ULL << 62)) | (2ULL << 62);
  char* at = out36;
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) *at++ = '-';
    const uint64_t word = words[i / 16];
    *at++ = kHex[(word >> (60 - 4 * (i % 16))) & 0xf];
  }
}

}  // namespace convoy::base
