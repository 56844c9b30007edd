#include "worker/filters/cors.h"

#include <algorithm>

namespace convoy::worker {

using stats::HttpStat;

namespace {

bool isPreflight(const http::RequestHead& request) {
  const std::string_view* method = request.headers.find("access-control-request-method");
  return request.method == http::Method::Options && method != nullptr && !method->empty();
}

}  // namespace

FilterStatus CorsFilter::decodeHeaders(FilterContext& context, bool) {
  // Routes that answer by themselves have no policy (Envoy).
  const RouteMatchResult& match = context.match;
  if (match.route == nullptr || match.route->kind != config::Route::Kind::Forward) {
    return FilterStatus::Continue;
  }
  policies_ = {match.route->cors.get(), match.virtual_host->cors.get(),
               context.configuration.cors.get()};
  const std::string_view* origin = context.request.headers.find(http::HeaderId::Origin);
  if (origin == nullptr || origin->empty()) return FilterStatus::Continue;
  const bool enabled = this->enabled(context);
  if (!enabled && !shadowEnabled(context)) return FilterStatus::Continue;
  origin_ = *origin;
  const bool allowed = originAllowed();
  context.stats.inc(allowed ? HttpStat::cors_origin_valid : HttpStat::cors_origin_invalid);
  if (!allowed || !enabled) origin_ = {};
  if (!enabled || !isPreflight(context.request)) return FilterStatus::Continue;
  if (!allowed && flag(&config::CorsPolicy::forward_not_matching_preflights, true)) {
    return FilterStatus::Continue;
  }
  return preflight(context);
}

FilterStatus CorsFilter::preflight(FilterContext& context) const {
  http::ResponseHead& response = context.response;
  response.clear();
  response.status = 200;
  response.body = http::BodyKind::Length;
  response.content_length = 0;
  context.details = "cors_response";
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) response.headers.add(name, value);
  };
  // An allowed origin is said in encodeHeaders; without that the rest opens nothing.
  if (flag(&config::CorsPolicy::allow_credentials, false)) {
    add("access-control-allow-credentials", "true");
  }
  add("access-control-allow-methods", text(&config::CorsPolicy::allow_methods));
  add("access-control-allow-headers", text(&config::CorsPolicy::allow_headers));
  add("access-control-max-age", text(&config::CorsPolicy::max_age));
  const std::string_view* private_network =
      context.request.headers.find("access-control-request-private-network");
  if (private_network != nullptr && *private_network == "true" &&
      flag(&config::CorsPolicy::allow_private_network_access, false)) {
    add("access-control-allow-private-network", "true");
  }
  return FilterStatus::Answer;
}

void CorsFilter::encodeHeaders(FilterContext& context, bool) {
  if (origin_.empty()) return;
  http::HeaderMap& headers = context.response.headers;
  headers.set("access-control-allow-origin", origin_);
  if (flag(&config::CorsPolicy::allow_credentials, false)) {
    headers.set("access-control-allow-credentials", "true");
  }
  const std::string_view exposed = text(&config::CorsPolicy::expose_headers);
  if (!exposed.empty()) headers.set("access-control-expose-headers", exposed);
}

void CorsFilter::reset() {
  policies_ = {};
  origin_ = {};
}

bool CorsFilter::enabled(FilterContext& context) const {
  for (const config::CorsPolicy* policy : policies_) {
    if (policy == nullptr) continue;
    return !policy->filter_enabled || policy->filter_enabled->holdsFor(context.random.next());
  }
  return false;
}

bool CorsFilter::shadowEnabled(FilterContext& context) const {
  for (const config::CorsPolicy* policy : policies_) {
    if (policy == nullptr) continue;
    return policy->shadow_enabled && policy->shadow_enabled->holdsFor(context.random.next());
  }
  return false;
}

// A matcher that matches "*" means any origin (Envoy).
bool CorsFilter::originAllowed() const {
  for (const config::CorsPolicy* policy : policies_) {
    if (policy == nullptr || policy->allow_origins.empty()) continue;
    return std::any_of(
        policy->allow_origins.begin(), policy->allow_origins.end(),
        [this](const base::StringMatcher& m) { return m.matches("*") || m.matches(origin_); });
  }
  return false;
}

std::string_view CorsFilter::text(std::string config::CorsPolicy::*field) const {
  for (const config::CorsPolicy* policy : policies_) {
    if (policy != nullptr && !(policy->*field).empty()) return policy->*field;
  }
  return {};
}

bool CorsFilter::flag(std::optional<bool> config::CorsPolicy::*field, bool otherwise) const {
  for (const config::CorsPolicy* policy : policies_) {
    if (policy != nullptr && (policy->*field).has_value()) return *(policy->*field);
  }
  return otherwise;
}

}  // namespace convoy::worker
