#include "worker/filters/rbac.h"

#include <algorithm>
#include <string>

#include "worker/filters/rbac_rules.h"

namespace convoy::worker {

using stats::HttpStat;

namespace {

// Envoy: spaces of a policy's name as underscores, since details have none.
std::string_view detailsOf(std::string_view policy, base::Arena& arena) {
  std::string name(policy.empty() ? "none" : policy);
  std::replace(name.begin(), name.end(), ' ', '_');
  return arena.concat("rbac_access_denied_matched_policy[", name, "]");
}

}  // namespace

FilterStatus RbacFilter::decodeHeaders(FilterContext& context, bool) {
  const auto* settings = std::get_if<config::RbacFilter>(settingsFor(context, config_));
  if (settings == nullptr || context.record == nullptr) return FilterStatus::Continue;
  if (settings->shadow_rules) {
    const RbacVerdict shadow = judge(*settings->shadow_rules, context.request, *context.record);
    context.stats.inc(shadow.allowed ? HttpStat::rbac_shadow_allowed
                                     : HttpStat::rbac_shadow_denied);
  }
  if (!settings->rules) return FilterStatus::Continue;
  const RbacVerdict verdict = judge(*settings->rules, context.request, *context.record);
  context.stats.inc(verdict.allowed ? HttpStat::rbac_allowed : HttpStat::rbac_denied);
  if (verdict.allowed) return FilterStatus::Continue;
  context.status = 403;
  context.body = "RBAC: access denied";
  context.details = detailsOf(verdict.policy, context.arena);
  return FilterStatus::Refuse;
}

}  // namespace convoy::worker
