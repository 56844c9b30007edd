#include "worker/route/match_predicates.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "common/base/text.h"
#include "common/http/authority.h"
#include "common/http/framing_fields.h"
#include "common/http/target.h"
#include "worker/http/local_reply.h"
#include "worker/route/cookies.h"

namespace convoy::worker {
namespace {

using config::HeaderMatcher;
using config::QueryParameterMatcher;
using config::RouteMatch;

bool startsWith(std::string_view s, std::string_view prefix, bool case_sensitive) {
  return case_sensitive ? s.starts_with(prefix) : base::startsWithIgnoreCase(s, prefix);
}

bool equals(std::string_view a, std::string_view b, bool case_sensitive) {
  return case_sensitive ? a == b : base::equalsIgnoreCase(a, b);
}

bool inRange(std::string_view text, int64_t start, int64_t end) {
  text = base::trimOws(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return false;
  return value >= start && value < end;
}

bool matchesText(const HeaderMatcher& matcher, std::string_view text) {
  return matcher.kind == HeaderMatcher::Kind::Range
             ? inRange(text, matcher.range_start, matcher.range_end)
             : matcher.string.matches(text);
}

bool matchesValue(const HeaderMatcher& matcher, std::optional<std::string_view> value) {
  if (matcher.kind == HeaderMatcher::Kind::Present) {
    const bool present = value.has_value() || matcher.treat_missing_as_empty;
    return (present == matcher.present) != matcher.invert_match;
  }
  // Envoy: a missing field matches nothing, not even inverted.
  if (!value && !matcher.treat_missing_as_empty) return false;
  return matchesText(matcher, value.value_or(std::string_view())) != matcher.invert_match;
}

// Of several fields of one name it is enough that one matches (Envoy since 1.40; before, and in RFC
// 9110 section 5.3, they are one list).
template <typename Head>
bool matchesField(const HeaderMatcher& matcher, const Head& head) {
  char digits[20];
  const std::string_view* first = head.find(matcher.name);
  if (first == nullptr) {
    return matchesValue(matcher, http::framingField(head, matcher.name, digits));
  }
  if (matcher.kind == HeaderMatcher::Kind::Present) return matchesValue(matcher, *first);
  const bool any = matchesText(matcher, *first) ||
                   std::any_of(head.headers.begin(), head.headers.end(), [&](const auto& entry) {
                     return entry.name == matcher.name && matchesText(matcher, entry.value);
                   });
  return any != matcher.invert_match;
}

}  // namespace

namespace {

// "/a;x=1/b;y" -> "/a/b". Valid until the next call.
std::string_view withoutParameters(std::string_view path) {
  static thread_local std::string out;  // keeps its capacity
  out.clear();
  bool parameter = false;
  for (const char c : path) {
    parameter = c != '/' && (parameter || c == ';');
    if (!parameter) out += c;
  }
  return out;
}

}  // namespace

std::string_view matchedPath(const config::RouteConfiguration& configuration,
                             const http::RequestHead& request) {
  const std::string_view path = http::pathOf(request.path);
  const bool as_it_is = !configuration.ignore_path_parameters || path.find(';') == path.npos;
  return as_it_is ? path : withoutParameters(path);
}

std::string_view matchedHost(const config::RouteConfiguration& configuration,
                             const http::RequestHead& request) {
  return configuration.ignore_port_in_host_matching ? http::withoutPort(request.authority)
                                                    : request.authority;
}

bool matchesPath(const RouteMatch& match, std::string_view path) {
  const std::string_view wanted = match.path;
  switch (match.path_kind) {
    case RouteMatch::Path::Prefix:
      return startsWith(path, wanted, match.case_sensitive);
    case RouteMatch::Path::Exact:
      return equals(path, wanted, match.case_sensitive);
    case RouteMatch::Path::SafeRegex:
      return match.regex != nullptr && match.regex->fullMatch(path);
    case RouteMatch::Path::PathSeparatedPrefix:
      return startsWith(path, wanted, match.case_sensitive) &&
             (path.size() == wanted.size() || path[wanted.size()] == '/');
    case RouteMatch::Path::Connect:
      return true;
  }
  return false;
}

bool matchesHeader(const HeaderMatcher& matcher, const http::RequestHead& request) {
  return matchesField(matcher, request);
}

bool matchesHeader(const HeaderMatcher& matcher, const http::ResponseHead& response) {
  if (matcher.name == ":status") {
    char digits[20];
    const char* end = base::formatUint(digits, static_cast<uint64_t>(response.status));
    return matchesValue(matcher, std::string_view(digits, static_cast<size_t>(end - digits)));
  }
  return matchesField(matcher, response);
}

bool matchesQueryParameter(const QueryParameterMatcher& matcher, std::string_view query) {
  const auto value = http::queryParameter(query, matcher.name);
  if (matcher.present_only) return value.has_value() == matcher.present;
  return value && matcher.string.matches(*value);
}

// A cookie that is missing matches nothing, unless inverted.
bool matchesCookie(const config::CookieMatcher& matcher, const http::RequestHead& request) {
  const auto value = cookieValue(request, matcher.name);
  return (value && matcher.string.matches(*value)) != matcher.invert_match;
}

bool matchesPredicates(const RouteMatch& match, const http::RequestHead& request,
                       const MatchContext& context) {
  if (match.runtime_fraction && !match.runtime_fraction->holdsFor(context.random)) return false;
  if (match.grpc && !isGrpc(request)) return false;
  if (match.certificate_presented) {
    const net::Transport* transport = context.transport;
    const bool presented = transport != nullptr && transport->showedCertificate();
    if (presented != *match.certificate_presented) return false;
  }
  if (match.certificate_validated) {
    const net::Transport* transport = context.transport;
    const bool validated = transport != nullptr && transport->validatedCertificate();
    if (validated != *match.certificate_validated) return false;
  }
  for (const config::CookieMatcher& matcher : match.cookies) {
    if (!matchesCookie(matcher, request)) return false;
  }
  for (const HeaderMatcher& matcher : match.headers) {
    if (!matchesHeader(matcher, request)) return false;
  }
  if (match.query_parameters.empty()) return true;
  const std::string_view query = http::queryOf(request.path);
  for (const QueryParameterMatcher& matcher : match.query_parameters) {
    if (!matchesQueryParameter(matcher, query)) return false;
  }
  return true;
}

}  // namespace convoy::worker
