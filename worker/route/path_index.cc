#include "worker/route/path_index.h"

namespace convoy::worker {
namespace {

using config::Route;
using config::RouteMatch;

bool isQuantifier(char c) {
  return c == '*' || c == '+' || c == '?' || c == '{';
}
bool isMeta(char c) {
  return std::string_view(".[]()^$|\\*+?{}").find(c) != std::string_view::npos;
}
bool isAsciiPunctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

}  // namespace

std::string literalPrefix(std::string_view regex) {
  // Any alternative may begin otherwise; whether '|' is at the top level is not worth finding out.
  if (regex.find('|') != std::string_view::npos) return {};
  if (regex.starts_with('^')) regex.remove_prefix(1);  // a full match is anchored anyway
  std::string literal;
  while (!regex.empty()) {
    const bool escaped = regex[0] == '\\' && regex.size() > 1 && isAsciiPunctuation(regex[1]);
    const char c = escaped ? regex[1] : regex[0];
    // A quantifier after a byte of a multi-byte character applies to all its bytes: stop before it.
    if ((!escaped && isMeta(c)) || static_cast<unsigned char>(c) >= 0x80) break;
    literal += c;
    regex.remove_prefix(escaped ? 2 : 1);
  }
  if (!regex.empty() && isQuantifier(regex[0]) && !literal.empty()) literal.pop_back();
  return literal;
}

PathIndex::PathIndex(const config::VirtualHost& host) : routes_(host.routes) {
  for (uint32_t route = 0; route < routes_.size(); ++route) add(route);
  prefixes_.freeze();
  prefixes_folded_.freeze();
}

void PathIndex::add(uint32_t route) {
  const RouteMatch& match = routes_[route].match;
  switch (match.path_kind) {
    case RouteMatch::Path::Exact:
      (match.case_sensitive ? exact_[match.path] : exact_folded_[match.path]).push_back(route);
      return;
    case RouteMatch::Path::SafeRegex:
      prefixes_.add(literalPrefix(match.path), route);
      return;
    case RouteMatch::Path::Prefix:
    case RouteMatch::Path::PathSeparatedPrefix:
      (match.case_sensitive ? prefixes_ : prefixes_folded_).add(match.path, route);
      return;
    case RouteMatch::Path::Connect:
      connect_.push_back(route);
      return;
  }
}

bool PathIndex::accepts(uint32_t route, std::string_view path, const http::RequestHead& request,
                        const MatchContext& context) const {
  const RouteMatch& match = routes_[route].match;
  const size_t length = match.path.size();
  if (match.path_kind == RouteMatch::Path::SafeRegex && !matchesPath(match, path)) return false;
  if (match.path_kind == RouteMatch::Path::PathSeparatedPrefix && path.size() != length &&
      path[length] != '/') {
    return false;
  }
  return matchesPredicates(match, request, context);
}

const Route* PathIndex::match(const http::RequestHead& request, std::string_view path,
                              const MatchContext& context) const {
  uint32_t best = PathTrie::kNoRoute;
  const auto accept = [&](uint32_t route) { return accepts(route, path, request, context); };
  const auto tryExact = [&](const auto& table) {
    const auto found = table.find(path);
    if (found == table.end()) return;
    for (const uint32_t route : found->second) {
      if (route >= best) return;
      if (accept(route)) best = route;
    }
  };
  if (request.method == http::Method::Connect) [[unlikely]] {
    for (const uint32_t route : connect_) {
      if (accept(route)) return &routes_[route];
    }
    return nullptr;
  }
  if (!exact_.empty()) tryExact(exact_);
  if (!exact_folded_.empty()) tryExact(exact_folded_);
  prefixes_.walk(path, best, accept);
  prefixes_folded_.walk(path, best, accept);
  return best == PathTrie::kNoRoute ? nullptr : &routes_[best];
}

}  // namespace convoy::worker
