// match_predicates: does one route's match hold for a request: its path, its headers, its query
// parameters. Envoy's rules (config.route.v3.RouteMatch, HeaderMatcher, QueryParameterMatcher). No
// allocation in the steady state. Stateless; worker loop.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/config/model/route.h"
#include "common/http/header_map.h"

namespace convoy::worker {

// `path` is the target without its query.
bool matchesPath(const config::RouteMatch& match, std::string_view path);
bool matchesHeader(const config::HeaderMatcher& matcher, const http::RequestHead& request);
// Of a response.
bool matchesHeader(const config::HeaderMatcher& matcher, const http::ResponseHead& response);
bool matchesQueryParameter(const config::QueryParameterMatcher& matcher, std::string_view query);
// All headers and all query parameters, and the share of requests that `random` falls into.
bool matchesPredicates(const config::RouteMatch& match, const http::RequestHead& request,
                       uint64_t random);
inline bool hasPredicates(const config::RouteMatch& match) {
  return !match.headers.empty() || !match.query_parameters.empty() ||
         match.runtime_fraction.has_value();
}

}  // namespace convoy::worker
