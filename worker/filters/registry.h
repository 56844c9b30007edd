// registry: which program is behind which HTTP filter of the configuration. A new filter is a row
// here, a row in common/config/parse_http_filter.cc, and a room of its own.
#pragma once

#include <memory>

#include "common/config/model/http.h"
#include "worker/filters/filter.h"

namespace convoy::worker {

struct WorkerContext;

// Null for the router, which is the stream itself. `filter` and `state` outlive it.
std::unique_ptr<Filter> makeFilter(const config::HttpFilter& filter, FilterState* state);
// Null for filters whose streams share nothing. `filter` and `context` outlive it.
std::unique_ptr<FilterState> makeFilterState(const config::HttpFilter& filter,
                                             WorkerContext& context);

}  // namespace convoy::worker
