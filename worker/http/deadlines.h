// deadlines: how long a request may take, from what its route, its listener and its own fields say
// (Envoy: FilterUtility::finalTimeout, refreshDurationTimeout, docs "How do I configure
// timeouts?"). Pure functions; worker loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/arena.h"
#include "common/config/model/http.h"
#include "common/http/header_map.h"

namespace convoy::worker {

struct Deadlines {
  uint64_t route_ms = 0;   // from the end of the request to the end of the response; 0 = none
  uint64_t stream_ms = 0;  // from the beginning of the request; 0 = none
};

// Also tells the upstream: removes x-envoy-upstream-rq-timeout-ms, and rewrites grpc-timeout to
// what is left of it where the route limits it.
Deadlines deadlinesOf(const config::HttpConnectionManager& config,
                      const config::RouteAction& action, base::Arena& arena,
                      http::RequestHead& head);

// "15S", "100m" and so on, rounded up to milliseconds; nothing if it is not such a value.
std::optional<uint64_t> parseGrpcTimeout(std::string_view text);

}  // namespace convoy::worker
