#include "worker/filters/rbac.h"

#include <algorithm>
#include <string>

#include "worker/network/access_rules.h"

namespace convoy::worker {

using stats::HttpStat;

namespace {

// Envoy: spaces of a policy's name as underscores, since details have none.
std::string_view detailsOf(std::string_view policy, base::Arena& arena) {
  std::string name(policy.empty() ? "none" : policy);
  std::replace(name.begin(), name.end(), ' ', '_');
  return arena.concat("rbac_access_denied_matched_policy[", name, "]");
}

AccessFacts factsOf(const FilterContext& context) {
  const Record& record = *context.record;
  net::Transport* transport = record.downstream_transport;
  return {record.downstream_remote,
          record.downstream_direct_remote,
          record.downstream_local,
          transport,
          transport == nullptr ? std::string_view() : transport->serverName(),
          &context.request};
}

}  // namespace

FilterStatus RbacFilter::decodeHeaders(FilterContext& context, bool) {
  const auto* settings = std::get_if<config::RbacFilter>(settingsFor(context, config_));
  if (settings == nullptr || context.record == nullptr) return FilterStatus::Continue;
  const AccessFacts facts = factsOf(context);
  if (settings->shadow_rules) {
    const AccessVerdict shadow = judge(*settings->shadow_rules, facts);
    context.stats.inc(shadow.allowed ? HttpStat::rbac_shadow_allowed
                                     : HttpStat::rbac_shadow_denied);
  }
  if (!settings->rules) return FilterStatus::Continue;
  const AccessVerdict verdict = judge(*settings->rules, facts);
  context.stats.inc(verdict.allowed ? HttpStat::rbac_allowed : HttpStat::rbac_denied);
  if (verdict.allowed) return FilterStatus::Continue;
  context.status = 403;
  context.body = "RBAC: access denied";
  context.details = detailsOf(verdict.policy, context.arena);
  return FilterStatus::Refuse;
}

}  // namespace convoy::worker
