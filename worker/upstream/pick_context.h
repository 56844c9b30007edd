// pick_context: what of one request bears on the choice of its host. A value; worker loop.
#pragma once

#include <cstdint>
#include <optional>

#include "common/config/model/load_balancing.h"

namespace convoy::worker {

struct PickContext {
  // From the route's hash_policy; absent: nothing to go by, any host will do.
  std::optional<uint64_t> hash;
  // How often a host was chosen for this request before and not taken: a hash alone would choose
  // the same again.
  uint32_t attempt = 0;
  // metadata_match of the route: which subset of the hosts; null: any.
  const config::LbMetadata* subset = nullptr;
  // Bits of priorities that were tried in vain (retry_priority).
  uint64_t spent_priorities = 0;
  uint64_t now_ms = 0;  // filled in by Cluster::chooseHost
};

}  // namespace convoy::worker
