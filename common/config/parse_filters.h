// parse_filters: the settings of each HTTP filter, of the message that the Reader reads: the
// filter's own, and what a route or virtual host says instead (`disabled`: that it is off there).
// Internal to common/config; the rows of parse_http_filter name them.
#pragma once

#include "common/config/model/http_filters.h"
#include "common/config/reader.h"

namespace convoy::config {

FilterSettings parseHealthCheckFilter(Reader& r);
FilterSettings parseBuffer(Reader& r);
FilterSettings parseBufferOfRoute(Reader& r, bool& disabled);
FilterSettings parseCsrf(Reader& r);
FilterSettings parseGrpcBridge(Reader& r);
FilterSettings parseGrpcStats(Reader& r);
FilterSettings parseHeaderMutation(Reader& r);
FilterSettings parseHeaderMutationOfRoute(Reader& r, bool& disabled);
FilterSettings parseFault(Reader& r);
FilterSettings parseLocalRateLimit(Reader& r);
FilterSettings parseLocalRateLimitOfRoute(Reader& r, bool& disabled);
FilterSettings parseRbac(Reader& r);
FilterSettings parseRbacOfRoute(Reader& r, bool& disabled);

// What a route says, by the last part of its type; false: it is of no filter that can be told.
bool parseFilterOfRoute(std::string_view type, const TreeNode& node, const std::string& path,
                        FilterOverride& out, Diagnostics& d);

}  // namespace convoy::config
