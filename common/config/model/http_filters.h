// model/http_filters: the settings of the HTTP filters (extensions.filters.http.*), and what a
// route, a virtual host or the route configuration says of them (typed_per_filter_config). CORS has
// a model of its own (cors.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/matcher.h"
#include "common/config/model/core.h"
#include "common/config/model/header_matcher.h"
#include "common/config/model/rbac.h"
#include "common/config/model/token_bucket.h"

namespace convoy::config {

struct HealthCheckFilter {
  bool pass_through = false;
  uint64_t cache_ms = 0;               // pass_through: how long an answer is given again; 0 = not
  std::vector<HeaderMatcher> headers;  // which requests are checks
  // Not passed through: what share of a cluster's hosts has to be healthy.
  std::vector<std::pair<std::string, double>> min_healthy_percent;
};

struct BufferFilter {
  uint64_t max_request_bytes = 0;
};

struct CsrfPolicy {
  Fraction enabled;
  std::optional<Fraction> shadow;
  std::vector<base::StringMatcher> additional_origins;
};

// One step of header_mutation.
struct HeaderStep {
  std::string remove;  // lower case; "" if it adds
  std::optional<HeaderValueOption> add;
};

struct HeaderMutationFilter {
  std::vector<HeaderStep> request, response;
  bool most_specific_wins = false;
};

struct FaultFilter {
  struct Delay {
    uint64_t fixed_ms = 0;
    bool from_header = false;  // x-envoy-fault-delay-request
    Fraction share;
  };
  struct Abort {
    int http_status = 0;
    std::optional<int> grpc_status;
    bool from_header = false;  // x-envoy-fault-abort-request
    Fraction share;
  };
  std::optional<Delay> delay;
  std::optional<Abort> abort;
  std::string upstream_cluster;        // only requests to it; "" = to any
  std::vector<HeaderMatcher> headers;  // only requests that match
  std::vector<std::string> downstream_nodes;
  std::optional<uint64_t> max_active_faults;
};

// local_ratelimit
struct RateLimitFilter {
  std::string stat_prefix;
  std::optional<TokenBucket> bucket;  // none: nothing is limited
  Fraction enabled, enforced;         // absent: none, as Envoy's proto has it
  int status = 429;
  std::vector<HeaderStep> response_headers;  // of a refusal
  std::vector<HeaderStep> request_headers;   // too fast, but let through
  bool tells_clients = false;                // x-ratelimit-*
  bool per_connection = false;               // each has a bucket of its own
  bool resource_exhausted = false;           // what a gRPC call is told
};

struct GrpcMethod {
  std::string service, name;
};

// Calls that are counted by their cluster.
struct GrpcStatsFilter {
  // Those that have counters of their own; a call of another counts with all the others.
  std::vector<GrpcMethod> methods;
  bool upstream_time = false;  // enable_upstream_stats
};

struct GrpcBridgeFilter {
  bool upgrade_protobuf = false;
  bool ignore_query = false;
};

using FilterSettings =
    std::variant<std::monostate, HealthCheckFilter, BufferFilter, CsrfPolicy, HeaderMutationFilter,
                 FaultFilter, RbacFilter, RateLimitFilter, GrpcStatsFilter, GrpcBridgeFilter>;

struct HttpFilter {
  enum class Kind : uint8_t {
    Router,
    Cors,
    GrpcWeb,
    GrpcBridge,
    GrpcStats,
    HealthCheck,
    Buffer,
    Csrf,
    HeaderMutation,
    Fault,
    Rbac,
    LocalRateLimit
  };
  std::string name;
  Kind kind = Kind::Router;
  bool router_suppress_envoy_headers = false;
  bool router_respect_expected_rq_timeout = false;
  std::vector<std::string> router_strict_check_headers;  // x-envoy-* fields that must make sense
  bool disabled = false;                                 // unless a route says otherwise
  std::shared_ptr<const FilterSettings> settings;
};

struct FilterOverride {
  std::string name;  // of the HttpFilter
  bool disabled = false;
  std::shared_ptr<const FilterSettings> settings;  // null: the filter's own
};
using FilterOverrides = std::vector<FilterOverride>;

}  // namespace convoy::config
