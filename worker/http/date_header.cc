#include "worker/http/date_header.h"

#include <ctime>

namespace convoy::worker {

std::string_view DateHeader::at(int64_t wall_us) {
  const int64_t second = wall_us / 1000000;
  if (second != second_) {
    second_ = second;
    const time_t t = second;
    struct tm parts {};
    gmtime_r(&t, &parts);
    // Locale-free by hand would be longer; the process never calls setlocale, so %a and %b are C.
    strftime(text_, sizeof(text_), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  }
  return {text_, 29};
}

}  // namespace convoy::worker
