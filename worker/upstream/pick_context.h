// pick_context: what of one request bears on the choice of its host. A value; worker loop.
#pragma once

#include <cstdint>
#include <optional>

namespace convoy::worker {

struct PickContext {
  // From the route's hash_policy; absent: nothing to go by, any host will do.
  std::optional<uint64_t> hash;
  // How often a host was chosen for this request before and not taken: a hash alone would choose
  // the same again.
  uint32_t attempt = 0;
};

}  // namespace convoy::worker
