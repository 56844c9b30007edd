// time_format: wall time as text for START_TIME and EMIT_TIME. UTC, C locale, no allocation. The
// default form keeps its per-second part between calls, since a busy worker logs the same second
// thousands of times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace convoy::worker {

// "2016-04-15T20:17:00.310Z". Writes at most `size` bytes, returns how many.
size_t formatIsoMillis(int64_t wall_us, char* out, size_t size);
// strftime(3) with Envoy's additions: %s seconds since the epoch; %3f %6f %9f (and %f, %1f..%9f)
// digits of the fraction. What does not fit gives an empty text.
// `local`: in the time zone of the machine instead of UTC.
size_t formatTime(std::string_view format, int64_t wall_us, char* out, size_t size,
                  bool local = false);

}  // namespace convoy::worker
