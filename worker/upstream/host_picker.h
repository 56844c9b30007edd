// host_picker: chooses among hosts that may all be chosen: one priority's healthy ones, or its
// degraded ones, or all in a panic. Which of those it is, the LoadBalancer that owns it decides
// (lb_priority). Worker loop; choose() allocates nothing.
#pragma once

#include <memory>
#include <vector>

#include "common/base/random.h"
#include "common/config/model/load_balancing.h"
#include "worker/upstream/host.h"
#include "worker/upstream/pick_context.h"

namespace convoy::worker {

class HostPicker {
 public:
  virtual ~HostPicker() = default;
  // Call after each change of membership, weight or health. Keeps the rotation where it can.
  // `level`: all hosts of the priority, for the share of each locality.
  virtual void update(const std::vector<HostPtr>& hosts, const std::vector<HostPtr>& level) = 0;
  virtual HostPtr choose(const PickContext& context) = 0;  // null if there is none
};

// By the policy of `config`; both arguments outlive it.
std::unique_ptr<HostPicker> makePicker(const config::LoadBalancing& config, base::Random& random);

// A host that came or became well a moment ago gets less (slow_start_config): the factor for its
// weight; 1 without slow start.
double slowStartFactor(const Host& host, const config::LoadBalancing& config, uint64_t now_ms);

}  // namespace convoy::worker
