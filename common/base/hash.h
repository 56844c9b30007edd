// hash: xxHash64, the hash by which Envoy chooses hosts: the same bytes give the same number in
// both, so that a client keeps its host when one takes the place of the other. Not for secrets and
// not against those who choose the bytes. Any process.
#pragma once

#include <cstdint>
#include <string_view>

namespace convoy::base {

uint64_t xxHash64(std::string_view bytes, uint64_t seed = 0);

}  // namespace convoy::base
