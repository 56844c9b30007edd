#include "worker/network/gate.h"

#include <algorithm>

#include "worker/descriptors.h"
#include "worker/upstream/limit_place.h"

namespace convoy::worker {

using stats::ConnectionLimitStat;
using stats::ConnectionRateStat;
using stats::NetworkRbacStat;

std::unique_ptr<Gate> Gate::make(WorkerContext& context, const config::Listener& listener,
                                 size_t listener_index, size_t chain) {
  auto gate = std::make_unique<Gate>(context, listener, listener_index, chain);
  const bool open = gate->steps_.empty() && gate->rules_.empty();
  return open ? nullptr : std::move(gate);
}

Gate::Gate(WorkerContext& context, const config::Listener& listener, size_t listener_index,
           size_t chain)
    : context_(context) {
  const auto& filters = listener.chain(chain).filters;
  for (size_t i = 0; i < filters.size(); ++i) {
    const uint32_t cell = context.directory.networkFilter(listener_index, chain, i);
    const size_t seat = context.directory.filterSeat(listener_index, chain, i);
    if (const auto* limit = std::get_if<config::ConnectionLimit>(&filters[i])) {
      if (limit->enabled) addLimit(*limit, cell, seat);
    } else if (const auto* rate = std::get_if<config::ConnectionRate>(&filters[i])) {
      if (rate->enabled) addRate(*rate, cell, seat);
    } else if (const auto* rules = std::get_if<config::NetworkRbac>(&filters[i])) {
      rules_.push_back({rules, stats::StatBlock<NetworkRbacStat>(context.cells(cell))});
    }
  }
}

Gate::~Gate() {
  closeParked();
}

void Gate::addLimit(const config::ConnectionLimit& config, uint32_t cell, size_t seat) {
  auto made = std::make_unique<LimitStep>();
  made->config = &config;
  made->breakers.thresholds[0].max_connections =
      static_cast<uint32_t>(std::min<uint64_t>(config.max_connections, UINT32_MAX));
  made->count = std::make_unique<CircuitBreaker>(made->breakers, limitPlace(context_, seat),
                                                 context_.concurrency);
  made->stats = stats::StatBlock<ConnectionLimitStat>(context_.cells(cell));
  steps_.push_back({std::move(made), nullptr});
}

void Gate::addRate(const config::ConnectionRate& config, uint32_t cell, size_t seat) {
  auto made = std::make_unique<RateStep>(
      RateStep{RateBucket(config.bucket), limitPlace(context_, seat).seat, nullptr,
               stats::StatBlock<ConnectionRateStat>(context_.cells(cell))});
  if (made->word == nullptr) {
    made->own = std::make_unique<uint64_t>(0);
    made->word = made->own.get();
  }
  steps_.push_back({nullptr, std::move(made)});
}

bool Gate::permits(const AccessFacts& facts) {
  for (Rules& rules : rules_) {
    const config::NetworkRbac& config = *rules.config;
    if (config.shadow_rules) {
      rules.stats.inc(judge(*config.shadow_rules, facts).allowed ? NetworkRbacStat::shadow_allowed
                                                                 : NetworkRbacStat::shadow_denied);
    }
    if (!config.rules) continue;
    const AccessVerdict verdict = judge(*config.rules, facts);
    rules.stats.inc(verdict.allowed ? NetworkRbacStat::allowed : NetworkRbacStat::denied);
    if (verdict.allowed) continue;
    refusal_ = {Flag::Count, denialBy(verdict.policy)};
    return false;
  }
  return true;
}

std::string_view Gate::denialBy(std::string_view policy) {
  if (policy.empty()) policy = "none";
  const auto found = denials_.find(policy);
  if (found != denials_.end()) return found->second;
  std::string text = "rbac_access_denied_matched_policy[" + std::string(policy) + "]";
  return denials_.emplace(policy, std::move(text)).first->second;
}

bool Gate::permitsSecured(const net::Address& peer, const net::Address& direct,
                          const net::Address& local, net::Transport& transport) {
  return permits({&peer, &direct, &local, &transport, transport.serverName()});
}

void Gate::count(LimitStep& limit, bool beyond) {
  if (beyond) limit.count->take(Limit::Connections, Priority::Default);
  limit.stats.inc(ConnectionLimitStat::active_connections);
}

bool Gate::admit(base::UniqueFd& fd) {
  for (size_t i = 0; i < steps_.size(); ++i) {
    if (LimitStep* limit = steps_[i].limit.get()) {
      if (limit->count->acquire(Limit::Connections, Priority::Default)) {
        count(*limit, false);
        continue;
      }
      refusal_ = {};
      limit->stats.inc(ConnectionLimitStat::limited_connections);
      count(*limit, true);
      refuse(std::move(fd), limit->config->delay_ms, i + 1);
      return false;
    }
    RateStep& rate = *steps_[i].rate;
    if (rate.bucket.take(*rate.word, context_.loop.nowUs())) continue;
    refusal_ = {Flag::UpstreamRetryLimitExceeded, {}};
    rate.stats.inc(ConnectionRateStat::rate_limited);
    refuse(std::move(fd), 0, i);
    return false;
  }
  return true;
}

void Gate::take() {
  for (Step& step : steps_) {
    if (step.limit != nullptr) count(*step.limit, true);
  }
}

void Gate::leave() {
  leave(steps_.size());
}

void Gate::leave(size_t first_steps) {
  for (size_t i = 0; i < first_steps; ++i) {
    LimitStep* limit = steps_[i].limit.get();
    if (limit == nullptr) continue;
    limit->count->release(Limit::Connections, Priority::Default);
    limit->stats.sub(ConnectionLimitStat::active_connections);
  }
}

void Gate::refuse(base::UniqueFd fd, uint64_t delay_ms, size_t counted) {
  auto parked = std::make_unique<Parked>(*this, std::move(fd), counted);
  parked->index = parked_.size();
  ++context_.slab->header().connections;
  parked_.push_back(std::move(parked));
  if (delay_ms == 0) return unpark(*parked_.back());
  parked_.back()->timer.set(context_.loop.wheel(), delay_ms);
}

void Gate::unpark(Parked& parked) {
  std::unique_ptr<Parked> own = std::move(parked_[parked.index]);
  if (parked.index + 1 != parked_.size()) {
    parked_[parked.index] = std::move(parked_.back());
    parked_[parked.index]->index = parked.index;
  }
  parked_.pop_back();
  own->timer.cancel();
  own->fd.reset();
  leave(own->counted_by);
  --context_.slab->header().connections;
  context_.loop.deferDelete(std::move(own));
  if (context_.descriptors != nullptr) context_.descriptors->clientClosed();
}

void Gate::closeParked() {
  while (!parked_.empty()) unpark(*parked_.back());
}

}  // namespace convoy::worker
