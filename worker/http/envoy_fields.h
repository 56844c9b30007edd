// envoy_fields: x-envoy-* fields of a request that must make sense, where the router's
// strict_check_headers names them (Envoy: FilterUtility::StrictHeaderChecker). Pure; worker loop.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/http/header_map.h"

namespace convoy::worker {

// The first field of those named that has no value of its kind; null: all are well.
const http::HeaderEntry* findSenseless(const std::vector<std::string>& names,
                                       const http::RequestHead& request);

}  // namespace convoy::worker
