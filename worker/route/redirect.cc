#include <charconv>
#include <string_view>

#include "common/http/target.h"
#include "worker/route/header_edits.h"
#include "worker/route/rewrite.h"

namespace convoy::worker {
namespace {

using config::RedirectAction;

// Where ":port" begins in an authority, or npos. An IPv6 address has colons of its own.
size_t portAt(std::string_view authority) {
  if (!authority.starts_with('[')) return authority.rfind(':');
  const size_t end = authority.rfind("]:");
  return end == std::string_view::npos ? end : end + 1;
}

// The request's host for the new location. Its port goes if the redirect names one, or if the
// scheme changes and it was the old scheme's default: "https://host:80" would be a dead link.
std::string_view keptHost(const http::RequestHead& head, std::string_view new_scheme,
                          bool port_redirected) {
  const std::string_view host = head.authority;
  const size_t colon = portAt(host);
  if (colon == std::string_view::npos) return host;
  const std::string_view* forwarded = head.headers.find(http::HeaderId::XForwardedProto);
  const std::string_view old_scheme = forwarded != nullptr ? *forwarded : head.scheme;
  const std::string_view port = host.substr(colon);
  const bool was_default =
      (old_scheme == "https" && port == ":443") || (old_scheme == "http" && port == ":80");
  const bool drop = port_redirected || (new_scheme != old_scheme && was_default);
  return drop ? host.substr(0, colon) : host;
}

std::string_view newTarget(const config::Route& route, const http::RequestHead& head,
                           base::Arena& arena) {
  const RedirectAction& redirect = route.redirect;
  std::string_view target = head.path;
  if (redirect.path_redirect && !redirect.path_redirect->empty()) {
    // A query of its own wins over the request's and over strip_query.
    if (redirect.path_redirect->find('?') != std::string::npos) return *redirect.path_redirect;
    target = arena.concat(*redirect.path_redirect, http::querySuffixOf(head.path));
  } else if (const auto rewritten = rewrittenTarget(route.match, redirect.prefix_rewrite,
                                                    redirect.regex_rewrite, head.path, arena)) {
    target = *rewritten;
  }
  return redirect.strip_query ? target.substr(0, target.find('?')) : target;
}

}  // namespace

std::string_view redirectLocation(const config::Route& route, const http::RequestHead& head,
                                  base::Arena& arena) {
  const RedirectAction& redirect = route.redirect;
  const std::string_view scheme =
      redirect.scheme_redirect.empty() ? head.scheme : std::string_view(redirect.scheme_redirect);
  char port[8] = ":";
  size_t port_length = 0;
  if (redirect.port_redirect != 0) {
    const auto end = std::to_chars(port + 1, port + sizeof(port), redirect.port_redirect).ptr;
    port_length = static_cast<size_t>(end - port);
  }
  const std::string_view host = redirect.host_redirect.empty()
                                    ? keptHost(head, scheme, port_length > 0)
                                    : std::string_view(redirect.host_redirect);
  const std::string_view target = newTarget(route, head, arena);
  const std::string_view origin = arena.concat(scheme, "://", host);
  return arena.concat(origin, {port, port_length}, target);
}

}  // namespace convoy::worker
