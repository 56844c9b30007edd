// path: the changes that an operator may ask for before a path is routed: escaped slashes taken
// literally, dot segments and needless escapes resolved (RFC 3986 section 6.2.2, as Envoy's
// canonicalPath does it), runs of slashes merged. Each edits the part of an origin-form target
// before its query. What does not change is not copied; what does is made in the message's arena.
// Stateless; any process.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/arena.h"

namespace convoy::http {

enum class PathChange : uint8_t { None, Changed, Refused };

// %2F becomes '/' and %5C '\', in any case; nothing is decoded twice.
PathChange unescapeSlashes(std::string_view& target, base::Arena& arena);
// "/a/./b/../%7Ec" becomes "/a/~c", '\' becomes '/', and what may not stand in a path is escaped.
// Refused: the path holds an escaped NUL.
PathChange normalizePath(std::string_view& target, base::Arena& arena);
// "//a///b" becomes "/a/b".
PathChange mergeSlashes(std::string_view& target, base::Arena& arena);

}  // namespace convoy::http
