#include "worker/route/rewrite.h"

#include <algorithm>

#include "common/http/target.h"
#include "worker/route/header_edits.h"

namespace convoy::worker {
namespace {

using config::RouteMatch;

size_t matchedLength(const RouteMatch& match, std::string_view path) {
  // A regular expression always matches the whole path.
  if (match.path_kind == RouteMatch::Path::SafeRegex) return path.size();
  return std::min(match.path.size(), path.size());
}

// An origin-form target begins with "/"; a rewrite that loses it would break the request line.
std::string_view joined(std::string_view head, std::string_view tail, std::string_view old,
                        base::Arena& arena) {
  const std::string_view first = head.empty() ? tail : head;
  const bool needs_slash = old.starts_with('/') && !first.starts_with('/');
  return arena.concat(needs_slash ? "/" : "", head, tail);
}

// "": it stays (or is the upstream host's, who is not known yet).
std::string_view rewrittenHost(const config::RouteAction& action,
                               const config::WeightedCluster* weighted, base::Arena& arena,
                               const http::RequestHead& head) {
  if (weighted != nullptr && !weighted->host_rewrite_literal.empty()) {
    return weighted->host_rewrite_literal;
  }
  if (!action.host_rewrite_header.empty()) {
    const std::string_view* value = head.find(action.host_rewrite_header);
    return value == nullptr ? std::string_view() : *value;
  }
  if (action.host_rewrite_path_regex) {
    const config::RegexRewrite& rewrite = *action.host_rewrite_path_regex;
    return arena.copy(rewrite.regex->replaceAll(http::pathOf(head.path), rewrite.substitution));
  }
  return action.host_rewrite_literal;
}

}  // namespace

void replaceHost(std::string_view host, bool append_forwarded, bool add_original,
                 base::Arena& arena, http::RequestHead& head) {
  if (add_original && !head.authority.empty()) {
    head.headers.set("x-envoy-original-host", head.authority);
  }
  if (append_forwarded && !head.authority.empty()) {
    const std::string_view* before = head.headers.find(http::HeaderId::XForwardedHost);
    head.headers.set(
        http::HeaderId::XForwardedHost,
        before == nullptr ? head.authority : arena.concat(*before, ",", head.authority));
  }
  head.authority = host;
}

std::optional<std::string_view> rewrittenTarget(
    const RouteMatch& match, const std::optional<std::string>& prefix_rewrite,
    const std::optional<config::RegexRewrite>& regex_rewrite, std::string_view target,
    base::Arena& arena) {
  const std::string_view path = http::pathOf(target);
  if (prefix_rewrite && !prefix_rewrite->empty()) {  // Envoy: "" is no rewrite
    return joined(*prefix_rewrite, target.substr(matchedLength(match, path)), target, arena);
  }
  if (regex_rewrite && regex_rewrite->regex != nullptr) {
    const std::string replaced =
        regex_rewrite->regex->replaceAll(path, regex_rewrite->substitution);
    return joined(replaced, http::querySuffixOf(target), target, arena);
  }
  return std::nullopt;
}

void rewriteTarget(const config::Route& route, const config::WeightedCluster* weighted,
                   base::Arena& arena, http::RequestHead& head, bool add_original_path) {
  const config::RouteAction& action = route.action;
  const std::string_view host = rewrittenHost(action, weighted, arena, head);
  if (!host.empty()) {
    // Envoy tells the old host where the route replaces it, not where the weighted cluster does.
    const bool of_route = weighted == nullptr || weighted->host_rewrite_literal.empty();
    replaceHost(host, action.append_x_forwarded_host, add_original_path && of_route, arena, head);
  }
  const auto target =
      rewrittenTarget(route.match, action.prefix_rewrite, action.regex_rewrite, head.path, arena);
  if (!target) return;
  if (add_original_path) head.headers.set(http::HeaderId::XEnvoyOriginalPath, head.path);
  head.path = *target;
}

}  // namespace convoy::worker
