// model/header_matcher: config.route.v3.HeaderMatcher.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/matcher.h"

namespace convoy::config {

struct HeaderMatcher {
  enum class Kind : uint8_t { Present, String, Range };
  std::string name;  // lower case; may be ":method", ":path", ":authority"
  Kind kind = Kind::Present;
  bool present = true;  // Present: wanted value of "is present"
  base::StringMatcher string;
  int64_t range_start = 0, range_end = 0;  // Range: [start, end)
  bool invert_match = false;
  bool treat_missing_as_empty = false;
};

}  // namespace convoy::config
