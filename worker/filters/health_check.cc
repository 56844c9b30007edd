#include "worker/filters/health_check.h"

#include <algorithm>

#include "worker/route/match_predicates.h"
#include "worker/upstream/cluster.h"

namespace convoy::worker {

const config::HealthCheckFilter& HealthCheckFilter::settings() const {
  return std::get<config::HealthCheckFilter>(*config_.settings);
}

FilterStatus HealthCheckFilter::decodeHeaders(FilterContext& context, bool end) {
  const config::HealthCheckFilter& settings = this->settings();
  is_check_ = std::all_of(settings.headers.begin(), settings.headers.end(),
                          [&](const auto& m) { return matchesHeader(m, context.request); });
  if (!is_check_) return FilterStatus::Continue;
  if (context.record != nullptr) context.record->health_check = true;
  if (settings.pass_through && cache_.until_ms <= context.now_ms) return FilterStatus::Continue;
  return end ? answer(context) : FilterStatus::Wait;
}

FilterStatus HealthCheckFilter::onWaiting(FilterContext& context, uint64_t, bool end) {
  return end ? answer(context) : FilterStatus::Wait;
}

FilterStatus HealthCheckFilter::answer(FilterContext& context) {
  answered_ = true;
  context.status = 200;
  context.details = "health_check_ok";
  if (context.server_unhealthy) {
    context.status = 503;
    context.details = "health_check_failed";
  } else if (settings().pass_through) {
    context.status = cache_.status;
    context.details = "health_check_cached";
  } else if (!clustersHealthy(context)) {
    context.status = 503;
    context.details = "health_check_failed_cluster_unhealthy";
  }
  if (context.status != 200) context.flag = Flag::FailedLocalHealthCheck;
  return FilterStatus::Refuse;
}

bool HealthCheckFilter::clustersHealthy(FilterContext& context) const {
  for (const auto& [name, percent] : settings().min_healthy_percent) {
    Cluster* cluster = context.clusters == nullptr ? nullptr : context.clusters->find(name);
    if (cluster == nullptr) return false;
    const auto [healthy, total] = cluster->healthyHosts();
    if (total == 0 && percent > 0) return false;
    if (100.0 * static_cast<double>(healthy) < percent * static_cast<double>(total)) return false;
  }
  return true;
}

void HealthCheckFilter::encodeHeaders(FilterContext& context, bool) {
  if (is_check_ && !answered_ && settings().cache_ms != 0) {
    cache_.status = context.response.status;
    cache_.until_ms = context.now_ms + settings().cache_ms;
  }
  // Who asked, and meant another cluster, sees it here (Envoy).
  if (is_check_) {
    context.response.headers.set("x-envoy-upstream-healthchecked-cluster", context.self_cluster);
  }
  // Who balances over us is told at once, with any answer (Envoy).
  if (context.server_unhealthy) {
    context.response.headers.set("x-envoy-immediate-health-check-fail", "true");
  }
}

}  // namespace convoy::worker
