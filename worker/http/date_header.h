// date_header: the value of the Date field (RFC 9110 section 6.6.1), made once per second. Worker
// loop.
#pragma once

#include <cstdint>
#include <string_view>

namespace convoy::worker {

class DateHeader {
 public:
  // IMF-fixdate of `wall_us`; the view stays valid, its text changes with the second.
  std::string_view at(int64_t wall_us);

 private:
  int64_t second_ = -1;
  char text_[30] = {};
};

}  // namespace convoy::worker
