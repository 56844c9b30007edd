// random_routes: route configurations and requests made of few words, so that they collide often:
// for the property test of the route table and its fuzz target. `Source` gives below(n).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/config/model/route.h"
#include "common/http/header_map.h"

namespace convoy::worker {

inline config::RouteMatch pathMatch(config::RouteMatch::Path kind, std::string path,
                                    bool case_sensitive = true) {
  config::RouteMatch match;
  match.path_kind = kind;
  match.path = std::move(path);
  match.case_sensitive = case_sensitive;
  if (kind == config::RouteMatch::Path::SafeRegex) {
    auto regex = base::Regex::compile(match.path);
    if (regex) match.regex = *regex;
  }
  return match;
}

template <typename Source, size_t N>
std::string_view oneOf(Source& random, const std::string_view (&words)[N]) {
  return words[random.below(N)];
}

template <typename Source>
std::string randomPath(Source& random) {
  static constexpr std::string_view kPieces[] = {"/",   "a", "A",    "b",  "/api", "/API",    "/v1",
                                                 "/v2", "x", "/a/b", "//", ".",    "/item/42"};
  std::string path = random.below(8) == 0 ? "" : "/";
  for (uint64_t n = random.below(4); n > 0; --n) path += oneOf(random, kPieces);
  return path;
}

template <typename Source>
std::string randomRegex(Source& random) {
  static constexpr std::string_view kPatterns[] = {
      "/api/.*", "/a?b", "^/v[12]$",  "/(a|b)", "/a|/b",   "(?i)/api.*", "/item/[0-9]+",
      ".*",      "/x*",  "/api\\/v1", "/\\.*",  "/a{0,2}", "//+",        "^^/a"};
  return std::string(oneOf(random, kPatterns));
}

template <typename Source>
base::StringMatcher randomString(Source& random) {
  using Kind = base::StringMatcher::Kind;
  static constexpr std::string_view kValues[] = {"1", "2", "12", "a", ""};
  const auto kind = static_cast<Kind>(random.below(4));
  auto made =
      base::StringMatcher::make(kind, std::string(oneOf(random, kValues)), random.below(2) == 0);
  return made ? made.value() : base::StringMatcher();
}

constexpr std::string_view kHeaderNames[] = {"x-a", "x-b", ":method", "host", "content-length"};
constexpr std::string_view kQueryNames[] = {"q", "r", ""};

template <typename Source>
config::HeaderMatcher randomHeaderMatcher(Source& random) {
  config::HeaderMatcher matcher;
  matcher.name = std::string(oneOf(random, kHeaderNames));
  matcher.kind = static_cast<config::HeaderMatcher::Kind>(random.below(3));
  matcher.present = random.below(2) == 0;
  matcher.string = randomString(random);
  matcher.range_start = static_cast<int64_t>(random.below(3));
  matcher.range_end = static_cast<int64_t>(random.below(20));
  matcher.invert_match = random.below(3) == 0;
  matcher.treat_missing_as_empty = random.below(3) == 0;
  return matcher;
}

template <typename Source>
config::Route randomRoute(Source& random) {
  config::Route route;
  const auto kind = static_cast<config::RouteMatch::Path>(random.below(4));
  const bool regex = kind == config::RouteMatch::Path::SafeRegex;
  route.match =
      pathMatch(kind, regex ? randomRegex(random) : randomPath(random), random.below(3) != 0);
  if (random.below(3) == 0) route.match.headers.push_back(randomHeaderMatcher(random));
  if (random.below(4) == 0) {
    config::QueryParameterMatcher query;
    query.name = std::string(oneOf(random, kQueryNames));
    query.present_only = random.below(2) == 0;
    query.present = random.below(2) == 0;
    query.string = randomString(random);
    route.match.query_parameters.push_back(query);
  }
  return route;
}

constexpr std::string_view kAuthorities[] = {"a.com", "www.a.com", "WWW.A.COM", "b.a.com:80", "x",
                                             "",      ".a.com",    "a.",        "a.org"};

template <typename Source>
config::RouteConfiguration randomConfiguration(Source& random) {
  static constexpr std::string_view kDomains[] = {"*",     "a.com", "*.a.com", "*.com",     "a.*",
                                                  "www.*", "*a",    "x",       "b.a.com:80"};
  config::RouteConfiguration configuration;
  std::vector<std::string> domains(std::begin(kDomains), std::end(kDomains));
  for (uint64_t hosts = random.below(4) + 1; hosts > 0; --hosts) {
    config::VirtualHost host;
    // No domain twice: that is a configuration error.
    for (uint64_t n = random.below(3) + 1; n > 0 && !domains.empty(); --n) {
      const auto at = domains.begin() + static_cast<std::ptrdiff_t>(random.below(domains.size()));
      host.domains.push_back(*at);
      domains.erase(at);
    }
    for (uint64_t n = random.below(24); n > 0; --n) host.routes.push_back(randomRoute(random));
    configuration.virtual_hosts.push_back(std::move(host));
  }
  return configuration;
}

// Owns the bytes that `head` refers to.
struct RandomRequest {
  std::string path;
  http::RequestHead head;

  template <typename Source>
  explicit RandomRequest(Source& random) : path(randomPath(random)) {
    static constexpr std::string_view kQueries[] = {"",   "",    "?q=1", "?r=2&q=12",
                                                    "?q", "?=a", "#q=1", "?&&q=a#r"};
    static constexpr std::string_view kValues[] = {"1", "2", "12", "a", "", " 7 ", "-1", "A"};
    path += oneOf(random, kQueries);
    head.path = path;
    head.authority = oneOf(random, kAuthorities);
    head.method_name = random.below(2) == 0 ? "GET" : "a";
    if (random.below(3) == 0) {
      head.body = http::BodyKind::Length;
      head.content_length = random.below(20);
    }
    for (uint64_t n = random.below(4); n > 0; --n) {
      head.headers.add(random.below(2) == 0 ? "x-a" : "x-b", oneOf(random, kValues));
    }
  }
  RandomRequest(const RandomRequest&) = delete;
  RandomRequest& operator=(const RandomRequest&) = delete;
};

}  // namespace convoy::worker
