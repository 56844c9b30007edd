// lb_policies: the load balancers behind LoadBalancer::make. Owned by a Cluster; worker loop.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/upstream/edf.h"
#include "worker/upstream/lb.h"

namespace convoy::worker {

// Exact turns by weight.
class RoundRobin final : public LoadBalancer {
 public:
  RoundRobin(base::Random& random, uint32_t panic_threshold)
      : panic_threshold_(panic_threshold), schedule_(random) {}
  void update(const std::vector<HostPtr>& hosts) override;
  HostPtr choose(const PickContext& context) override;

 private:
  uint32_t panic_threshold_;
  EdfSchedule schedule_;
};

// Equal weights: the least busy of `choices` hosts drawn at random, or of all if there are no more
// than that. Different weights: turns by weight / (active requests + 1), as Envoy does.
class LeastRequest final : public LoadBalancer {
 public:
  LeastRequest(base::Random& random, uint32_t panic_threshold, uint32_t choices);
  void update(const std::vector<HostPtr>& hosts) override;
  HostPtr choose(const PickContext& context) override;

 private:
  const HostPtr& leastOfAll() const;
  const HostPtr& leastOfDrawn() const;

  base::Random& random_;
  uint32_t panic_threshold_;
  uint32_t choices_;
  bool weighted_ = false;
  std::vector<HostPtr> hosts_;
  EdfSchedule schedule_;  // used if weighted_
};

// Uniform; heeds no weights, as in Envoy.
class RandomChoice final : public LoadBalancer {
 public:
  RandomChoice(base::Random& random, uint32_t panic_threshold)
      : random_(random), panic_threshold_(panic_threshold) {}
  void update(const std::vector<HostPtr>& hosts) override;
  HostPtr choose(const PickContext& context) override;

 private:
  base::Random& random_;
  uint32_t panic_threshold_;
  std::vector<HostPtr> hosts_;
};

}  // namespace convoy::worker
