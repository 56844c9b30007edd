#include "worker/upstream/lb_policies.h"

#include <algorithm>
#include <cmath>

namespace convoy::worker {

double slowStartFactor(const Host& host, const config::LoadBalancing& config, uint64_t now_ms) {
  if (!config.slow_start) return 1;
  const config::SlowStart& slow = *config.slow_start;
  const uint64_t since = now_ms - std::min(now_ms, host.well_since_ms);
  if (since >= slow.window_ms) return 1;
  const double time =
      static_cast<double>(std::max<uint64_t>(since, 1)) / static_cast<double>(slow.window_ms);
  return std::max(std::pow(time, 1 / slow.aggression), slow.min_weight_percent / 100);
}

void RoundRobin::update(const std::vector<HostPtr>& hosts, const std::vector<HostPtr>&) {
  schedule_.update(hosts);
}

HostPtr RoundRobin::choose(const PickContext& context) {
  if (!config_.slow_start) {
    return schedule_.pick([](const Host& host) { return 1.0 / weightOf(host); });
  }
  return schedule_.pick([&](const Host& host) {
    return 1.0 / (weightOf(host) * slowStartFactor(host, config_, context.now_ms));
  });
}

LeastRequest::LeastRequest(const config::LoadBalancing& config, base::Random& random)
    : config_(config), random_(random), schedule_(random) {}

void LeastRequest::update(const std::vector<HostPtr>& hosts, const std::vector<HostPtr>&) {
  hosts_ = hosts;
  weighted_ = std::any_of(hosts_.begin(), hosts_.end(), [&](const HostPtr& host) {
    return host->weight != hosts_.front()->weight;
  });
  slow_until_ms_ = 0;
  for (const HostPtr& host : hosts_) {
    if (!config_.slow_start) break;
    slow_until_ms_ = std::max(slow_until_ms_, host->well_since_ms + config_.slow_start->window_ms);
  }
  const bool turns = weighted_ || config_.slow_start;
  schedule_.update(turns ? hosts_ : std::vector<HostPtr>());
}

HostPtr LeastRequest::choose(const PickContext& context) {
  if (hosts_.empty()) return nullptr;
  if (weighted_ || slow_until_ms_ > context.now_ms) {
    return schedule_.pick([&](const Host& host) {
      const double busy = static_cast<double>(host.active_requests) + 1.0;
      const double bias = config_.active_request_bias;
      return (bias == 1.0 ? busy : std::pow(busy, bias)) /
             (weightOf(host) * slowStartFactor(host, config_, context.now_ms));
    });
  }
  return hosts_.size() <= config_.choice_count ? leastOfAll() : leastOfDrawn();
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
  for (uint32_t i = 1; i < config_.choice_count; ++i) {
    const size_t at = random_.below(hosts_.size());
    if (hosts_[at]->active_requests < hosts_[best]->active_requests) best = at;
  }
  return hosts_[best];
}

HostPtr RandomChoice::choose(const PickContext&) {
  return hosts_.empty() ? nullptr : hosts_[random_.below(hosts_.size())];
}

}  // namespace convoy::worker
