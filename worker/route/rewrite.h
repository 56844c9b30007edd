// rewrite: prefix_rewrite and regex_rewrite of a path, the same for forwarded requests and
// redirects. Stateless; the new path is made in the stream's arena.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/arena.h"
#include "common/config/model/route.h"

namespace convoy::worker {

// The new target, with the query string of `target`; nothing if neither rewrite is set.
// `match` is the match by which the route was found: its length is what a prefix rewrite replaces.
std::optional<std::string_view> rewrittenTarget(
    const config::RouteMatch& match, const std::optional<std::string>& prefix_rewrite,
    const std::optional<config::RegexRewrite>& regex_rewrite, std::string_view target,
    base::Arena& arena);

}  // namespace convoy::worker
