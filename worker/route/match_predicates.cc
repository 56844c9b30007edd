#include "worker/route/match_predicates.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "common/base/text.h"
#include "common/http/framing_fields.h"
#include "common/http/target.h"

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

// Several fields of one name count as one list (RFC 9110 section 5.3). The buffer keeps its
// capacity from request to request.
std::string_view joined(const http::HeaderMap& headers, std::string_view name) {
  static thread_local std::string list;
  list.clear();
  for (const http::HeaderEntry& entry : headers) {
    if (entry.name != name) continue;
    if (!list.empty()) list += ',';
    list += entry.value;
  }
  return list;
}

template <typename Head>
std::optional<std::string_view> valueOf(std::string_view name, const Head& head,
                                        char (&digits)[20]) {
  const std::string_view* first = head.find(name);
  if (first == nullptr) return http::framingField(head, name, digits);
  const auto same_name = [&](const http::HeaderEntry& entry) { return entry.name == name; };
  const bool many = std::count_if(head.headers.begin(), head.headers.end(), same_name) > 1;
  return many ? joined(head.headers, name) : *first;
}

bool inRange(std::string_view text, int64_t start, int64_t end) {
  text = base::trimOws(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return false;
  return value >= start && value < end;
}

bool matchesValue(const HeaderMatcher& matcher, std::optional<std::string_view> value) {
  if (matcher.kind == HeaderMatcher::Kind::Present) {
    const bool present = value.has_value() || matcher.treat_missing_as_empty;
    return (present == matcher.present) != matcher.invert_match;
  }
  // Envoy: a missing field matches nothing, not even inverted.
  if (!value && !matcher.treat_missing_as_empty) return false;
  const std::string_view text = value.value_or(std::string_view());
  const bool matched = matcher.kind == HeaderMatcher::Kind::Range
                           ? inRange(text, matcher.range_start, matcher.range_end)
                           : matcher.string.matches(text);
  return matched != matcher.invert_match;
}

}  // namespace

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
  }
  return false;
}

bool matchesHeader(const HeaderMatcher& matcher, const http::RequestHead& request) {
  char digits[20];
  return matchesValue(matcher, valueOf(matcher.name, request, digits));
}

bool matchesHeader(const HeaderMatcher& matcher, const http::ResponseHead& response) {
  char digits[20];
  if (matcher.name == ":status") {
    const char* end = base::formatUint(digits, static_cast<uint64_t>(response.status));
    return matchesValue(matcher, std::string_view(digits, static_cast<size_t>(end - digits)));
  }
  return matchesValue(matcher, valueOf(matcher.name, response, digits));
}

bool matchesQueryParameter(const QueryParameterMatcher& matcher, std::string_view query) {
  const auto value = http::queryParameter(query, matcher.name);
  if (matcher.present_only) return value.has_value() == matcher.present;
  return value && matcher.string.matches(*value);
}

bool matchesPredicates(const RouteMatch& match, const http::RequestHead& request, uint64_t random) {
  if (match.runtime_fraction && !match.runtime_fraction->holdsFor(random)) return false;
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
