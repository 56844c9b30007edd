#include "worker/filters/registry.h"

#include "worker/filters/buffer.h"
#include "worker/filters/cors.h"
#include "worker/filters/csrf.h"
#include "worker/filters/fault.h"
#include "worker/filters/grpc_bridge.h"
#include "worker/filters/grpc_stats.h"
#include "worker/filters/grpc_web.h"
#include "worker/filters/header_mutation.h"
#include "worker/filters/health_check.h"
#include "worker/filters/local_ratelimit.h"
#include "worker/filters/rbac.h"

namespace convoy::worker {

std::unique_ptr<Filter> makeFilter(const config::HttpFilter& filter, FilterState* state) {
  using Kind = config::HttpFilter::Kind;
  switch (filter.kind) {
    case Kind::Router:
      return nullptr;
    case Kind::Cors:
      return std::make_unique<CorsFilter>();
    case Kind::GrpcWeb:
      return std::make_unique<GrpcWebFilter>();
    case Kind::GrpcBridge:
      return std::make_unique<GrpcBridgeFilter>(filter);
    case Kind::GrpcStats:
      return std::make_unique<GrpcStatsFilter>(static_cast<GrpcCounters&>(*state));
    case Kind::HealthCheck:
      return std::make_unique<HealthCheckFilter>(filter, static_cast<HealthCheckCache&>(*state));
    case Kind::Buffer:
      return std::make_unique<BufferFilter>(filter);
    case Kind::Csrf:
      return std::make_unique<CsrfFilter>(filter);
    case Kind::HeaderMutation:
      return std::make_unique<HeaderMutationFilter>(filter);
    case Kind::Fault:
      return std::make_unique<FaultFilter>(filter);
    case Kind::Rbac:
      return std::make_unique<RbacFilter>(filter);
    case Kind::LocalRateLimit:
      return std::make_unique<LocalRateLimitFilter>(filter, static_cast<RateLimits&>(*state));
  }
  return nullptr;
}

std::unique_ptr<FilterState> makeFilterState(const config::HttpFilter& filter,
                                             WorkerContext& context) {
  using Kind = config::HttpFilter::Kind;
  if (filter.kind == Kind::HealthCheck) return std::make_unique<HealthCheckCache>();
  if (filter.kind == Kind::LocalRateLimit) return std::make_unique<RateLimits>(context);
  if (filter.kind != Kind::GrpcStats) return nullptr;
  return std::make_unique<GrpcCounters>(std::get<config::GrpcStatsFilter>(*filter.settings),
                                        context);
}

}  // namespace convoy::worker
