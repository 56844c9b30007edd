#include "worker/filters/csrf.h"

#include <algorithm>

#include "common/base/text.h"

namespace convoy::worker {

using http::HeaderId;
using http::Method;
using stats::HttpStat;

namespace {

bool changesSomething(Method method) {
  return method == Method::Post || method == Method::Put || method == Method::Delete ||
         method == Method::Patch;
}

std::string_view sourceOrigin(const http::RequestHead& request) {
  for (const HeaderId id : {HeaderId::Origin, HeaderId::Referer}) {
    const std::string_view* value = request.headers.find(id);
    if (value == nullptr) continue;
    const std::string_view origin = hostAndPort(*value);
    if (!origin.empty()) return origin;
  }
  return {};
}

bool allowed(const config::CsrfPolicy& policy, std::string_view source,
             const http::RequestHead& request) {
  if (base::equalsIgnoreCase(source, request.authority)) return true;
  return std::any_of(policy.additional_origins.begin(), policy.additional_origins.end(),
                     [source](const base::StringMatcher& m) { return m.matches(source); });
}

}  // namespace

std::string_view hostAndPort(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return url;
  std::string_view rest = url.substr(scheme + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  const size_t user = rest.rfind('@');
  return user == std::string_view::npos ? rest : rest.substr(user + 1);
}

FilterStatus CsrfFilter::decodeHeaders(FilterContext& context, bool) {
  const auto* policy = std::get_if<config::CsrfPolicy>(settingsFor(context, config_));
  if (policy == nullptr || !changesSomething(context.request.method)) return FilterStatus::Continue;
  const bool enabled = policy->enabled.holdsFor(context.random.next());
  const bool shadow = policy->shadow && policy->shadow->holdsFor(context.random.next());
  if (!enabled && !shadow) return FilterStatus::Continue;
  const std::string_view source = sourceOrigin(context.request);
  const bool valid = !source.empty() && allowed(*policy, source, context.request);
  context.stats.inc(source.empty() ? HttpStat::csrf_missing_source_origin
                    : valid        ? HttpStat::csrf_request_valid
                                   : HttpStat::csrf_request_invalid);
  if (valid || !enabled) return FilterStatus::Continue;
  context.status = 403;
  context.body = "Invalid origin";
  context.details = "csrf_origin_mismatch";
  return FilterStatus::Refuse;
}

}  // namespace convoy::worker
