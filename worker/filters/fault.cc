#include "worker/filters/fault.h"

#include <algorithm>
#include <optional>

#include "common/base/text.h"
#include "worker/route/match_predicates.h"
#include "worker/route/target_cluster.h"

namespace convoy::worker {

using stats::HttpStat;

namespace {

std::optional<uint64_t> numberIn(const http::RequestHead& request, std::string_view field) {
  const std::string_view* value = request.headers.find(field);
  return value == nullptr ? std::nullopt : base::parseUint(*value);
}

// A request may ask for a smaller share than configured, never for a larger one (Envoy).
bool holds(const config::Fraction& share, bool from_header, std::string_view field,
           FilterContext& context) {
  config::Fraction used = share;
  if (from_header) {
    if (const auto asked = numberIn(context.request, field)) {
      used.numerator = static_cast<uint32_t>(std::min<uint64_t>(*asked, share.numerator));
    }
  }
  return used.holdsFor(context.random.next());
}

}  // namespace

// Which requests the filter is for.
bool FaultFilter::concerns(const FilterContext& context) const {
  const RouteMatchResult& match = context.match;
  if (match.route == nullptr) return false;
  if (!settings_->upstream_cluster.empty()) {
    const bool forwards = match.route->kind == config::Route::Kind::Forward;
    if (!forwards ||
        targetCluster(match.route->action, nullptr, context.request) != settings_->upstream_cluster)
      return false;
  }
  const bool all_match =
      std::all_of(settings_->headers.begin(), settings_->headers.end(),
                  [&](const auto& m) { return matchesHeader(m, context.request); });
  if (!all_match) return false;
  const auto& nodes = settings_->downstream_nodes;
  if (nodes.empty()) return true;
  const std::string_view* node =
      context.request.headers.find(http::HeaderId::XEnvoyDownstreamServiceNode);
  return node != nullptr && std::find(nodes.begin(), nodes.end(), *node) != nodes.end();
}

bool FaultFilter::mayBegin(FilterContext& context) {
  if (active_in_ != nullptr) return true;
  if (settings_->max_active_faults &&
      context.stats.get(HttpStat::fault_active_faults) >= *settings_->max_active_faults) {
    context.stats.inc(HttpStat::fault_faults_overflow);
    return false;
  }
  active_in_ = &context.stats;
  active_in_->inc(HttpStat::fault_active_faults);
  return true;
}

uint64_t FaultFilter::delayMs(FilterContext& context) const {
  if (!settings_->delay) return 0;
  const config::FaultFilter::Delay& delay = *settings_->delay;
  const uint64_t ms = delay.from_header
                          ? numberIn(context.request, "x-envoy-fault-delay-request").value_or(0)
                          : delay.fixed_ms;
  if (ms == 0) return 0;
  const bool now =
      holds(delay.share, delay.from_header, "x-envoy-fault-delay-request-percentage", context);
  return now ? ms : 0;
}

FilterStatus FaultFilter::decodeHeaders(FilterContext& context, bool) {
  settings_ = std::get_if<config::FaultFilter>(settingsFor(context, config_));
  if (settings_ == nullptr || !concerns(context)) {
    settings_ = nullptr;
    return FilterStatus::Continue;
  }
  const uint64_t delay = delayMs(context);
  if (delay == 0 || !mayBegin(context)) return abort(context);
  context.stats.inc(HttpStat::fault_delays_injected);
  if (context.record != nullptr) context.record->setFlag(Flag::DelayInjected);
  context.delay_ms = delay;
  return FilterStatus::Wait;
}

FilterStatus FaultFilter::resumed(FilterContext& context) {
  return abort(context);
}

FilterStatus FaultFilter::abort(FilterContext& context) {
  if (!settings_->abort) return FilterStatus::Continue;
  const config::FaultFilter::Abort& abort = *settings_->abort;
  int status = abort.http_status;
  std::optional<int> grpc = abort.grpc_status;
  if (abort.from_header) {
    const uint64_t asked = numberIn(context.request, "x-envoy-fault-abort-request").value_or(0);
    status = asked >= 200 && asked < 600 ? static_cast<int>(asked) : 0;
    if (const auto asked_grpc = numberIn(context.request, "x-envoy-fault-abort-grpc-request")) {
      grpc = static_cast<int>(std::min<uint64_t>(*asked_grpc, 17));
    }
  }
  if (status == 0 && grpc) status = 200;  // of other requests, too (Envoy)
  if (status == 0 ||
      !holds(abort.share, abort.from_header, "x-envoy-fault-abort-request-percentage", context) ||
      !mayBegin(context)) {
    return FilterStatus::Continue;
  }
  context.stats.inc(HttpStat::fault_aborts_injected);
  context.status = status;
  context.grpc_status = grpc;
  context.body = "fault filter abort";
  context.details = "fault_filter_abort";
  context.flag = Flag::FaultInjected;
  return FilterStatus::Refuse;
}

void FaultFilter::reset() {
  if (active_in_ != nullptr) active_in_->sub(HttpStat::fault_active_faults);
  active_in_ = nullptr;
  settings_ = nullptr;
}

}  // namespace convoy::worker
