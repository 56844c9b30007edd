// match_predicates: does one route's match hold for a request: its path, its headers, its query
// parameters. Envoy's rules (config.route.v3.RouteMatch, HeaderMatcher, QueryParameterMatcher). No
// allocation in the steady state. Stateless; worker loop.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/config/model/route.h"
#include "common/http/header_map.h"
#include "common/net/transport.h"

namespace convoy::worker {

// What decides a match besides the request itself.
struct MatchContext {
  uint64_t random = 0;                        // runtime_fraction
  const net::Transport* transport = nullptr;  // of the connection; null: plain bytes
};

// The part of the target that routes are matched with.
std::string_view matchedPath(const config::RouteConfiguration& configuration,
                             const http::RequestHead& request);
// And that of the host.
std::string_view matchedHost(const config::RouteConfiguration& configuration,
                             const http::RequestHead& request);
// `path` is the target without its query; that of CONNECT is no matter (PathIndex asks first).
bool matchesPath(const config::RouteMatch& match, std::string_view path);
bool matchesHeader(const config::HeaderMatcher& matcher, const http::RequestHead& request);
// Of a response.
bool matchesHeader(const config::HeaderMatcher& matcher, const http::ResponseHead& response);
bool matchesQueryParameter(const config::QueryParameterMatcher& matcher, std::string_view query);
bool matchesCookie(const config::CookieMatcher& matcher, const http::RequestHead& request);
// All but the path: headers, query parameters, cookies, and so on.
bool matchesPredicates(const config::RouteMatch& match, const http::RequestHead& request,
                       const MatchContext& context);
inline bool hasPredicates(const config::RouteMatch& match) {
  return !match.headers.empty() || !match.query_parameters.empty() ||
         match.runtime_fraction.has_value() || !match.cookies.empty() || match.grpc ||
         match.certificate_presented.has_value();
}

}  // namespace convoy::worker
