#include "worker/upstream/lb.h"

#include <algorithm>

#include "worker/upstream/lb_locality.h"
#include "worker/upstream/lb_policies.h"
#include "worker/upstream/usable_hosts.h"

namespace convoy::worker {

namespace {

std::unique_ptr<LoadBalancer> makePolicy(const config::Cluster& cluster, base::Random& random) {
  const uint32_t panic = cluster.healthy_panic_threshold;
  switch (cluster.lb_policy) {
    case config::Cluster::LbPolicy::LeastRequest:
      return std::make_unique<LeastRequest>(random, panic, cluster.least_request_choice_count);
    case config::Cluster::LbPolicy::Random:
      return std::make_unique<RandomChoice>(random, panic);
    case config::Cluster::LbPolicy::RoundRobin:
      break;
  }
  return std::make_unique<RoundRobin>(random, panic);
}

}  // namespace

std::unique_ptr<LoadBalancer> LoadBalancer::make(const config::Cluster& cluster,
                                                 base::Random& random) {
  if (!cluster.locality_weighted) return makePolicy(cluster, random);
  return std::make_unique<LocalityWeighted>(
      cluster.healthy_panic_threshold, [&cluster, &random] { return makePolicy(cluster, random); });
}

void RoundRobin::update(const std::vector<HostPtr>& hosts) {
  schedule_.update(usableHosts(hosts, panic_threshold_));
}

HostPtr RoundRobin::choose(const PickContext&) {
  return schedule_.pick([](const Host& host) { return 1.0 / weightOf(host); });
}

LeastRequest::LeastRequest(base::Random& random, uint32_t panic_threshold, uint32_t choices)
    : random_(random),
      panic_threshold_(panic_threshold),
      choices_(std::max<uint32_t>(choices, 2)),
      schedule_(random) {}

void LeastRequest::update(const std::vector<HostPtr>& hosts) {
  hosts_ = usableHosts(hosts, panic_threshold_);
  weighted_ = std::any_of(hosts_.begin(), hosts_.end(), [&](const HostPtr& host) {
    return host->weight != hosts_.front()->weight;
  });
  schedule_.update(weighted_ ? hosts_ : std::vector<HostPtr>());
}

HostPtr LeastRequest::choose(const PickContext&) {
  if (hosts_.empty()) return nullptr;
  if (weighted_) {
    return schedule_.pick([](const Host& host) {
      return (static_cast<double>(host.active_requests) + 1.0) / weightOf(host);
    });
  }
  return hosts_.size() <= choices_ ? leastOfAll() : leastOfDrawn();
}

const HostPtr& LeastRequest::leastOfAll() const {
  // Begins anywhere, so that ties do not all go to the first host.
  const size_t start = random_.below(hosts_.size());
  size_t best = start;
  for (size_t i = 1; i < hosts_.size(); ++i) {
    const size_t at = (start + i) % hosts_.size();
    if (hosts_[at]->active_requests < hosts_[best]->active_requests) best = at;
  }
  return hosts_[best];
}

const HostPtr& LeastRequest::leastOfDrawn() const {
  size_t best = random_.below(hosts_.size());
  for (uint32_t i = 1; i < choices_; ++i) {
    const size_t at = random_.below(hosts_.size());
    if (hosts_[at]->active_requests < hosts_[best]->active_requests) best = at;
  }
  return hosts_[best];
}

void RandomChoice::update(const std::vector<HostPtr>& hosts) {
  hosts_ = usableHosts(hosts, panic_threshold_);
}

HostPtr RandomChoice::choose(const PickContext&) {
  return hosts_.empty() ? nullptr : hosts_[random_.below(hosts_.size())];
}

}  // namespace convoy::worker
