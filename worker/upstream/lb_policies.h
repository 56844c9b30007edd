// lb_policies: the pickers that take turns or chances: ROUND_ROBIN, LEAST_REQUEST, RANDOM. Owned by
// a LoadBalancer; worker loop.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/upstream/edf.h"
#include "worker/upstream/host_picker.h"

namespace convoy::worker {

// Exact turns by weight.
class RoundRobin final : public HostPicker {
 public:
  RoundRobin(const config::LoadBalancing& config, base::Random& random)
      : config_(config), schedule_(random) {}
  void update(const std::vector<HostPtr>& hosts, const std::vector<HostPtr>& level) override;
  HostPtr choose(const PickContext& context) override;

 private:
  const config::LoadBalancing& config_;
  EdfSchedule schedule_;
};

// Equal weights: the least busy of choice_count hosts drawn at random, or of all if there are no
// more than that. Different weights, or hosts in slow start: turns by weight / (active requests +
// 1)^bias, as Envoy does.
class LeastRequest final : public HostPicker {
 public:
  LeastRequest(const config::LoadBalancing& config, base::Random& random);
  void update(const std::vector<HostPtr>& hosts, const std::vector<HostPtr>& level) override;
  HostPtr choose(const PickContext& context) override;

 private:
  const HostPtr& leastOfAll() const;
  const HostPtr& leastOfDrawn() const;

  const config::LoadBalancing& config_;
  base::Random& random_;
  bool weighted_ = false;
  uint64_t slow_until_ms_ = 0;  // some host is in slow start so long
  std::vector<HostPtr> hosts_;
  EdfSchedule schedule_;
};

// Uniform; heeds no weights, as in Envoy.
class RandomChoice final : public HostPicker {
 public:
  explicit RandomChoice(base::Random& random) : random_(random) {}
  void update(const std::vector<HostPtr>& hosts, const std::vector<HostPtr>&) override {
    hosts_ = hosts;
  }
  HostPtr choose(const PickContext& context) override;

 private:
  base::Random& random_;
  std::vector<HostPtr> hosts_;
};

}  // namespace convoy::worker
