// cookies: the cookies of a request (RFC 6265 section 5.4), as Envoy reads them: the first of a
// name counts, quotes round a value are no part of it. Views; stateless.
#pragma once

#include <optional>
#include <string_view>

#include "common/http/header_map.h"

namespace convoy::worker {

std::optional<std::string_view> cookieValue(const http::RequestHead& request,
                                            std::string_view name);

}  // namespace convoy::worker
