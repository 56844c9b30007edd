#include "worker/http/internal_redirect.h"

#include <algorithm>

#include "common/http/message_rules.h"

namespace convoy::worker {

namespace {

using config::InternalRedirectPolicy;
using http::HeaderId;
using Predicate = InternalRedirectPolicy::Predicate;

bool accepts(const Predicate& predicate, const RedirectCase& c, std::string_view route,
             bool from_http, bool to_http) {
  switch (predicate.kind) {
    case Predicate::Kind::PreviousRoutes:
      return c.trail.enter(&c.from, route);
    case Predicate::Kind::AllowListed:
      return std::find(predicate.names.begin(), predicate.names.end(), route) !=
             predicate.names.end();
    case Predicate::Kind::SafeCrossScheme:
      return !from_http || to_http;
  }
  return false;
}

// What the answer has of these fields takes the place of the request's.
void copyFields(const std::vector<std::string>& names, const http::HeaderMap& from,
                http::HeaderMap& to) {
  for (const std::string& name : names) {
    to.remove(std::string_view(name));
    for (const http::HeaderEntry& field : from) {
      if (field.name == name) to.add(name, field.value);
    }
  }
}

// RFC 9110 section 15.4.4: what 303 leads to is asked for with GET, and without the body.
void becomeGet(http::RequestHead& request) {
  request.method = http::Method::Get;
  request.method_name = "GET";
  request.body = http::BodyKind::None;
  request.content_length = 0;
}

}  // namespace

bool RedirectTrail::enter(const config::Route* from, std::string_view to) {
  const std::pair step{from, to};
  if (std::find(entered_.begin(), entered_.end(), step) != entered_.end()) return false;
  entered_.push_back(step);
  return true;
}

void RedirectTrail::clear() {
  count_ = 0;
  entered_.clear();
}

bool isFollowed(const InternalRedirectPolicy& policy, int status) {
  return std::find(policy.statuses.begin(), policy.statuses.end(), status) != policy.statuses.end();
}

RedirectResult followRedirect(const RedirectCase& c, const http::ResponseHead& answer,
                              http::RequestHead& request) {
  const InternalRedirectPolicy& policy = *c.from.action.internal_redirect;
  const std::string_view* location = answer.headers.find(HeaderId::Location);
  if (location == nullptr) return RedirectResult::NoLocation;
  const auto target = http::parseAbsoluteUri(*location, c.arena);
  if (!target) return RedirectResult::BadLocation;
  const bool from_http = request.scheme == "http" || c.transport == nullptr;
  const bool to_http = target->scheme == "http";
  if (from_http != to_http && !policy.allow_cross_scheme) return RedirectResult::UnsafeScheme;
  if (c.trail.count() >= policy.max_redirects) return RedirectResult::TooMany;

  http::RequestHead before = request;
  copyFields(policy.headers_to_copy, answer.headers, request.headers);
  request.scheme = target->scheme;
  request.authority = target->authority;
  request.path = target->path;
  const auto giveUp = [&](RedirectResult why) {
    request = std::move(before);
    return why;
  };
  const RouteMatchResult match = c.routes.match(request, c.random, c.transport);
  if (match.route == nullptr) return giveUp(RedirectResult::NoRoute);
  for (const Predicate& predicate : policy.predicates) {
    if (!accepts(predicate, c, match.route->name, from_http, to_http)) {
      return giveUp(RedirectResult::Predicate);
    }
  }
  const bool reads = request.method == http::Method::Get || request.method == http::Method::Head;
  if (answer.status == 303 && !reads) becomeGet(request);
  const std::string_view origin =
      c.arena.concat(from_http ? "http" : "https", "://", before.authority);
  request.headers.set("x-envoy-original-url", c.arena.concat(origin, before.path));
  c.trail.step();
  return RedirectResult::Followed;
}

}  // namespace convoy::worker
