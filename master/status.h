// status: `convoy status`: what the master answers, and what people see of it. The answer is one
// JSON object in one datagram, so the lists in it are short: a longer one says how many it is.
#pragma once

#include <cstddef>
#include <string>

#include "common/base/result.h"
#include "master/admin/context.h"

namespace convoy::master {

inline constexpr const char* kStatusCommand = "status";
inline constexpr size_t kStatusEntries = 128;  // of each list

std::string statusJson(AdminContext& context);
// A table of it. `now_unix`: for "2 min ago".
base::Result<std::string> renderStatus(const std::string& json, int64_t now_unix, bool colour);

}  // namespace convoy::master
