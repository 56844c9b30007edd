#include "worker/upstream/lb_priority.h"

#include <algorithm>
#include <utility>

#include "worker/upstream/lb_hash.h"
#include "worker/upstream/lb_locality.h"
#include "worker/upstream/lb_policies.h"

namespace convoy::worker {

namespace {

using Policy = config::LoadBalancing::Policy;

std::unique_ptr<HostPicker> makePolicy(const config::LoadBalancing& config, base::Random& random) {
  switch (config.policy) {
    case Policy::LeastRequest:
      return std::make_unique<LeastRequest>(config, random);
    case Policy::Random:
      return std::make_unique<RandomChoice>(random);
    case Policy::RingHash:
      return std::make_unique<RingHash>(config, random);
    case Policy::Maglev:
      return std::make_unique<Maglev>(config, random);
    case Policy::RoundRobin:
      break;
  }
  return std::make_unique<RoundRobin>(config, random);
}

}  // namespace

std::unique_ptr<HostPicker> makePicker(const config::LoadBalancing& config, base::Random& random) {
  // Those that hash weigh localities in their tables.
  const bool hashes = config.policy == Policy::RingHash || config.policy == Policy::Maglev;
  if (!config.locality_weighted || hashes) return makePolicy(config, random);
  return std::make_unique<LocalityWeighted>(
      config.overprovisioning_factor, [&config, &random] { return makePolicy(config, random); });
}

void PriorityBalancer::update(const std::vector<HostPtr>& hosts) {
  std::map<uint32_t, std::vector<HostPtr>> by_priority;
  for (const HostPtr& host : hosts) by_priority[host->priority].push_back(host);
  auto old = std::exchange(levels_, {});
  for (const auto& [priority, members] : by_priority) {
    const uint32_t wanted = priority;
    const auto kept = std::find_if(old.begin(), old.end(), [wanted](const auto& level) {
      return level != nullptr && level->priority == wanted;
    });
    levels_.push_back(kept == old.end() ? std::make_unique<Level>() : std::move(*kept));
    levels_.back()->priority = priority;
    fill(*levels_.back(), members);
  }
  std::vector<LevelHealth> health;
  for (const auto& level : levels_) health.push_back(level->health);
  const std::vector<LevelLoad> loads = loadOf(health, config_);
  for (size_t i = 0; i < levels_.size(); ++i) {
    Level& level = *levels_[i];
    level.load = loads[i];
    const auto& members = by_priority[level.priority];
    if (level.load.panic) {
      refresh(level.all, members, members);
    } else {
      level.all.reset();
    }
  }
  one_takes_all_ = !levels_.empty() && levels_.front()->load.healthy == 100 &&
                   !levels_.front()->load.panic && levels_.front()->healthy != nullptr;
}

void PriorityBalancer::fill(Level& level, const std::vector<HostPtr>& hosts) {
  std::vector<HostPtr> healthy, degraded;
  level.health = {};
  for (const HostPtr& host : hosts) {
    if (host->excluded) continue;
    ++level.health.hosts;
    if (host->healthy) (host->degraded ? degraded : healthy).push_back(host);
  }
  level.health.healthy = static_cast<uint32_t>(healthy.size());
  level.health.degraded = static_cast<uint32_t>(degraded.size());
  refresh(level.healthy, healthy, hosts);
  refresh(level.degraded, degraded, hosts);
}

void PriorityBalancer::refresh(std::unique_ptr<HostPicker>& picker,
                               const std::vector<HostPtr>& hosts,
                               const std::vector<HostPtr>& level) {
  if (hosts.empty()) return picker.reset();
  if (picker == nullptr) picker = makePicker(config_, random_);
  picker->update(hosts, level);
}

HostPtr PriorityBalancer::choose(const PickContext& context) {
  notes_ = {};
  if (context.spent_priorities != 0) return elsewhere(context);
  if (one_takes_all_) return levels_.front()->healthy->choose(context);
  // One number for priority and host, where there is one.
  return at((context.hash ? *context.hash : random_.next()) % 100 + 1, nullptr, context);
}

HostPtr PriorityBalancer::at(uint64_t percent, const std::vector<LevelLoad>* loads,
                             const PickContext& context) {
  uint64_t sum = 0;
  for (const bool degraded : {false, true}) {
    for (size_t i = 0; i < levels_.size(); ++i) {
      const LevelLoad& load = loads == nullptr ? levels_[i]->load : (*loads)[i];
      sum += degraded ? load.degraded : load.healthy;
      if (percent <= sum) return from(*levels_[i], degraded, context);
    }
  }
  return nullptr;
}

HostPtr PriorityBalancer::from(Level& level, bool degraded, const PickContext& context) {
  if (level.load.panic) {
    notes_.panic = true;
    if (config_.fail_traffic_on_panic) return nullptr;
    return level.all == nullptr ? nullptr : level.all->choose(context);
  }
  HostPicker* picker = degraded ? level.degraded.get() : level.healthy.get();
  return picker == nullptr ? nullptr : picker->choose(context);
}

// A retry that leaves out priorities: as if they had no host that is well. With none left it is a
// choice as any other.
HostPtr PriorityBalancer::elsewhere(const PickContext& context) {
  std::vector<LevelHealth> health;
  bool any = false;
  for (const auto& level : levels_) {
    health.push_back(level->health);
    const bool spent =
        level->priority < 64 && (context.spent_priorities >> level->priority & 1) != 0;
    if (spent) health.back().healthy = health.back().degraded = 0;
    any |= health.back().healthy + health.back().degraded > 0;
  }
  const std::vector<LevelLoad> loads = loadOf(health, config_);
  return at(random_.below(100) + 1, any ? &loads : nullptr, context);
}

}  // namespace convoy::worker
