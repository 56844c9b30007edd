#include "worker/http/deadlines.h"

#include <algorithm>

#include "common/base/text.h"
#include "worker/http/local_reply.h"

namespace convoy::worker {

using config::MaxStreamDuration;
using config::RouteAction;
using http::HeaderId;

namespace {

std::optional<uint64_t> wantedByGrpc(const http::RequestHead& head) {
  const std::string_view* field = head.headers.find(HeaderId::GrpcTimeout);
  return field == nullptr ? std::nullopt : parseGrpcTimeout(*field);
}

// At most eight digits (gRPC over HTTP/2, "Timeout").
void setGrpcTimeout(uint64_t ms, base::Arena& arena, http::RequestHead& head) {
  constexpr uint64_t kMost = 99999999;
  const bool seconds = ms > kMost;
  char* at = arena.allocate(21);
  char* end = base::formatUint(at, seconds ? std::min(ms / 1000, kMost) : ms);
  *end++ = seconds ? 'S' : 'm';
  head.headers.set(HeaderId::GrpcTimeout, {at, static_cast<size_t>(end - at)});
}

// Without max_stream_duration on the route.
uint64_t routeTimeout(const RouteAction& action, base::Arena& arena, http::RequestHead& head) {
  if (!action.max_grpc_timeout_ms || !isGrpc(head)) return action.timeout_ms;
  const uint64_t most = *action.max_grpc_timeout_ms;
  uint64_t ms = wantedByGrpc(head).value_or(0);
  if (action.grpc_timeout_offset_ms < ms) ms -= action.grpc_timeout_offset_ms;
  if (most != 0 && (ms == 0 || ms > most)) ms = most;
  if (ms != 0) setGrpcTimeout(ms, arena, head);
  return ms;
}

uint64_t streamDuration(const config::HttpConnectionManager& config,
                        const std::optional<MaxStreamDuration>& route, base::Arena& arena,
                        http::RequestHead& head) {
  if (!route) return config.max_stream_duration_ms;
  uint64_t ms = route->max_ms.value_or(config.max_stream_duration_ms);
  if (!route->grpc_timeout_max_ms) return ms;
  if (const auto wanted = wantedByGrpc(head)) {
    const uint64_t most = *route->grpc_timeout_max_ms;
    ms = most != 0 ? std::min(*wanted, most) : *wanted;
    // 0 would mean for ever: what is over already ends at once.
    ms = std::max<uint64_t>(ms - std::min(ms, route->grpc_timeout_offset_ms), 1);
  }
  if (ms != 0) setGrpcTimeout(ms, arena, head);
  return ms;
}

}  // namespace

std::optional<uint64_t> parseGrpcTimeout(std::string_view text) {
  if (text.size() < 2 || text.size() > 9) return std::nullopt;
  const auto value = base::parseUint(text.substr(0, text.size() - 1));
  if (!value) return std::nullopt;
  switch (text.back()) {
    case 'H':
      return *value * 3600 * 1000;
    case 'M':
      return *value * 60 * 1000;
    case 'S':
      return *value * 1000;
    case 'm':
      return *value;
    case 'u':
      return (*value + 999) / 1000;
    case 'n':
      return (*value + 999999) / 1000000;
    default:
      return std::nullopt;
  }
}

Deadlines deadlinesOf(const config::HttpConnectionManager& config, const RouteAction& action,
                      base::Arena& arena, http::RequestHead& head) {
  Deadlines out;
  const bool tunnel = !head.upgrade.empty();
  if (!tunnel && !action.max_stream_duration) out.route_ms = routeTimeout(action, arena, head);
  out.stream_ms = streamDuration(config, action.max_stream_duration, arena, head);
  // A trusted caller may shorten or lengthen it (Envoy: x-envoy-upstream-rq-timeout-ms; or what the
  // proxy before us left of its own timeout, where the router respects that).
  const bool respected =
      !config.http_filters.empty() && config.http_filters.back().router_respect_expected_rq_timeout;
  const std::string_view* left =
      respected ? head.headers.find(HeaderId::XEnvoyExpectedRqTimeoutMs) : nullptr;
  const std::string_view* wanted =
      left != nullptr ? left : head.headers.find(HeaderId::XEnvoyUpstreamRqTimeoutMs);
  if (wanted != nullptr && !tunnel) {
    if (const auto ms = base::parseUint(*wanted)) out.route_ms = *ms;
    if (left == nullptr) head.headers.remove(HeaderId::XEnvoyUpstreamRqTimeoutMs);
  }
  return out;
}

}  // namespace convoy::worker
