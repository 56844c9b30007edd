// model/route: config.route.v3: RouteConfiguration, VirtualHost, Route and what they are made of.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/matcher.h"
#include "common/config/model/core.h"
#include "common/config/model/cors.h"
#include "common/config/model/hash_policy.h"
#include "common/config/model/header_matcher.h"
#include "common/config/model/http_filters.h"
#include "common/config/model/internal_redirect.h"
#include "common/config/model/load_balancing.h"
#include "common/config/model/mirror.h"
#include "common/config/model/regex_rewrite.h"

namespace convoy::config {

struct QueryParameterMatcher {
  std::string name;
  bool present_only = false;  // present_match
  bool present = true;
  base::StringMatcher string;
};

struct CookieMatcher {
  std::string name;
  base::StringMatcher string;
  bool invert_match = false;
};

struct RouteMatch {
  enum class Path : uint8_t { Prefix, Exact, SafeRegex, PathSeparatedPrefix, Connect };
  Path path_kind = Path::Prefix;
  std::string path;  // prefix, exact path or regex text
  std::shared_ptr<const base::Regex> regex;
  bool case_sensitive = true;
  std::vector<HeaderMatcher> headers;
  std::vector<QueryParameterMatcher> query_parameters;
  std::vector<CookieMatcher> cookies;
  bool grpc = false;                            // only gRPC calls
  std::optional<bool> certificate_presented;    // tls_context: whether the client showed one
  std::optional<bool> certificate_validated;    // and whether it was found to be good
  std::vector<std::string> template_variables;  // of a uri_template, whose regex stands above
  std::optional<Fraction> runtime_fraction;
};

struct WeightedCluster {
  std::string name;            // empty if cluster_header is given
  std::string cluster_header;  // the request's field that names the cluster
  uint32_t weight = 0;
  HeaderMutations mutations;
  std::string host_rewrite_literal;
  LbMetadata metadata_match;  // with the route's, whose values it replaces
  Origin origin;
};

struct RetryPolicy {
  uint32_t on = 0;  // bits of retry_conditions
  uint32_t num_retries = 1;
  uint64_t per_try_timeout_ms = 0;       // 0 = none of its own
  uint64_t per_try_idle_timeout_ms = 0;  // 0 = none
  std::vector<int> retriable_status_codes;
  std::vector<HeaderMatcher> retriable_headers;          // of the response
  std::vector<HeaderMatcher> retriable_request_headers;  // none: every request
  uint64_t base_interval_ms = 25;
  uint64_t max_interval_ms = 250;
  // rate_limited_retry_back_off: the answer's fields that say when to come again.
  struct ResetHeader {
    enum class Format : uint8_t { Seconds, UnixTimestamp };
    std::string name;  // lower case
    Format format = Format::Seconds;
  };
  std::vector<ResetHeader> reset_headers;
  uint64_t max_reset_interval_ms = 300000;
  // retry_host_predicate: what a host is not to be.
  bool avoid_previous_hosts = false;
  bool omit_canary_hosts = false;
  LbMetadata omit_host_metadata;         // none: no such predicate
  uint32_t host_selection_attempts = 1;  // to find another host
  uint32_t previous_priorities = 0;  // retry_priority: after so many attempts elsewhere; 0: never
};

// How long a request on a route may take from its first byte on. Given: the route's timeout does
// not apply.
struct MaxStreamDuration {
  std::optional<uint64_t> max_ms;  // absent: what the connection manager says; 0 = none
  // What a grpc-timeout field may ask for (0 = anything); absent: the field does not count.
  std::optional<uint64_t> grpc_timeout_max_ms;
  uint64_t grpc_timeout_offset_ms = 0;  // taken off what it asks for
};

struct RouteAction {
  std::string cluster;         // empty if one of the next two is given
  std::string cluster_header;  // the request's field that names the cluster
  std::vector<WeightedCluster> weighted_clusters;
  int cluster_not_found_status = 503;  // cluster_not_found_response_code: 503 or 404 or 500
  std::optional<std::string> prefix_rewrite;
  std::optional<RegexRewrite> regex_rewrite;
  // The host that the upstream is asked for: at most one of these.
  std::string host_rewrite_literal;
  std::string host_rewrite_header;  // the request's field that has it
  std::optional<RegexRewrite> host_rewrite_path_regex;
  bool auto_host_rewrite = false;        // the name of the upstream host, where it has one
  bool append_x_forwarded_host = false;  // where it replaces the client's
  uint64_t timeout_ms = 15000;           // 0 = none
  std::optional<MaxStreamDuration> max_stream_duration;
  // The older form, for gRPC requests only: instead of timeout_ms, what grpc-timeout asks for.
  std::optional<uint64_t> max_grpc_timeout_ms;  // 0 = anything
  uint64_t grpc_timeout_offset_ms = 0;
  std::optional<uint64_t> idle_timeout_ms;        // overrides stream_idle_timeout; 0 = none
  std::vector<HashPolicy> hash_policy;            // in order
  std::shared_ptr<const MirrorPolicies> mirrors;  // its own, or of the levels above; null: none
  std::string random_value_header;       // of weighted_clusters: the field whose number chooses
  std::optional<uint64_t> buffer_limit;  // for retries and mirrors: less than the listener's
  Priority priority = Priority::Default;
  LbMetadata metadata_match;                // which subset of the cluster's hosts
  std::optional<RetryPolicy> retry_policy;  // its own, or its virtual host's
  std::shared_ptr<const InternalRedirectPolicy> internal_redirect;  // null: they go to the client
  // upgrade_configs: types in lower case, "connect" among them.
  std::vector<std::string> upgrades;
  std::vector<std::string> upgrades_disabled;
  bool connect_to_raw = false;  // connect_config: CONNECT ends here, its bytes go to the cluster
  Origin origin;
};

struct RedirectAction {
  std::string scheme_redirect;  // "" = keep; https_redirect gives "https"
  std::string host_redirect;
  uint32_t port_redirect = 0;
  std::optional<std::string> path_redirect;
  std::optional<std::string> prefix_rewrite;
  std::optional<RegexRewrite> regex_rewrite;
  int status = 301;
  bool strip_query = false;
};

struct DirectResponseAction {
  int status = 200;
  std::string body;
  std::shared_ptr<const FormatString> format;  // body_format; null: the body as it is
};

struct Route {
  enum class Kind : uint8_t { Forward, Redirect, DirectResponse, NonForwarding };
  std::string name;
  RouteMatch match;
  Kind kind = Kind::Forward;
  RouteAction action;
  RedirectAction redirect;
  DirectResponseAction direct;
  HeaderMutations mutations;
  std::shared_ptr<const CorsPolicy> cors;
  FilterOverrides filters;
  std::string stat_prefix;  // of counters of its own; "": none
  Origin origin;
};

// Requests of a virtual host that are counted together: the first whose matchers all match.
struct VirtualCluster {
  std::string name;
  std::vector<HeaderMatcher> headers;
};

struct VirtualHost {
  enum class RequireTls : uint8_t { None, ExternalOnly, All };
  std::string name;
  std::vector<std::string> domains;  // lower case
  std::vector<Route> routes;
  std::vector<VirtualCluster> virtual_clusters;
  RequireTls require_tls = RequireTls::None;
  HeaderMutations mutations;
  std::shared_ptr<const CorsPolicy> cors;
  FilterOverrides filters;
  std::shared_ptr<const MirrorPolicies> mirrors;
  std::optional<uint64_t> buffer_limit;
  bool include_request_attempt_count = false;
  bool include_is_timeout_retry_header = false;
  bool include_attempt_count_in_response = false;
  Origin origin;
};

struct RouteConfiguration {
  std::string name;
  std::vector<VirtualHost> virtual_hosts;
  HeaderMutations mutations;
  std::shared_ptr<const CorsPolicy> cors;
  FilterOverrides filters;
  std::shared_ptr<const MirrorPolicies> mirrors;
  std::vector<std::string> internal_only_headers;  // lower case: dropped from other requests
  bool ignore_port_in_host_matching = false;
  bool ignore_path_parameters = false;  // what follows a ';' of the path does not count
  bool most_specific_header_mutations_wins = false;
};

}  // namespace convoy::config
