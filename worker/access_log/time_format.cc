#include "worker/access_log/time_format.h"

#include <algorithm>
#include <cstring>
#include <ctime>

#include "common/base/text.h"

namespace convoy::worker {
namespace {

constexpr int64_t kUsPerSecond = 1000000;

// Rounds towards the past, so that times before 1970 keep a fraction in [0, 1).
struct SplitTime {
  int64_t seconds;
  uint32_t micros;
};
SplitTime splitTime(int64_t wall_us) {
  int64_t seconds = wall_us / kUsPerSecond;
  int64_t micros = wall_us % kUsPerSecond;
  if (micros < 0) {
    micros += kUsPerSecond;
    --seconds;
  }
  return {seconds, static_cast<uint32_t>(micros)};
}

tm localTime(int64_t seconds) {
  tm broken{};
  const time_t t = seconds;
  localtime_r(&t, &broken);
  return broken;
}

tm utc(int64_t seconds) {
  tm broken{};
  const time_t t = seconds;
  gmtime_r(&t, &broken);
  return broken;
}

// A bounded writer: a format that grows past the end makes the whole text empty, never a cut one.
class Writer {
 public:
  Writer(char* out, size_t size) : at_(out), end_(out + size) {}
  void put(std::string_view s) {
    if (static_cast<size_t>(end_ - at_) < s.size()) {
      full_ = true;
      return;
    }
    std::memcpy(at_, s.data(), s.size());
    at_ += s.size();
  }
  bool full() const { return full_; }
  char* at() const { return at_; }

 private:
  char* at_;
  char* end_;
  bool full_ = false;
};

void putSeconds(Writer& writer, int64_t seconds) {
  char digits[24];
  char* at = digits;
  if (seconds < 0) *at++ = '-';
  const uint64_t magnitude =
      seconds < 0 ? 0 - static_cast<uint64_t>(seconds) : static_cast<uint64_t>(seconds);
  char* end = base::formatUint(at, magnitude);
  writer.put({digits, static_cast<size_t>(end - digits)});
}

void putFraction(Writer& writer, uint32_t micros, size_t width) {
  char digits[9];
  uint64_t nanos = uint64_t{micros} * 1000;
  for (size_t i = sizeof(digits); i-- > 0; nanos /= 10)
    digits[i] = static_cast<char>('0' + nanos % 10);
  writer.put({digits, width});
}

// Replaces what strftime does not know, or knows in local time only (%s), by digits.
void expandOwnSpecifiers(std::string_view format, SplitTime time, Writer& writer) {
  for (size_t i = 0; i < format.size(); ++i) {
    const std::string_view rest = format.substr(i);
    if (rest[0] != '%' || rest.size() < 2) {
      // A lone '%' at the end is undefined in strftime.
      writer.put(rest[0] == '%' ? "%%" : rest.substr(0, 1));
    } else if (rest[1] == 's') {
      putSeconds(writer, time.seconds);
      ++i;
    } else if (rest[1] == 'f') {
      putFraction(writer, time.micros, 9);
      ++i;
    } else if (rest.size() > 2 && rest[1] >= '1' && rest[1] <= '9' && rest[2] == 'f') {
      putFraction(writer, time.micros, static_cast<size_t>(rest[1] - '0'));
      i += 2;
    } else {
      writer.put(rest.substr(0, 2));
      ++i;
    }
  }
  writer.put({"", 1});  // the NUL that strftime needs
}

}  // namespace

size_t formatIsoMillis(int64_t wall_us, char* out, size_t size) {
  constexpr size_t kLength = 24;
  static thread_local int64_t cached_second = -1;
  static thread_local char cached[32];
  static thread_local size_t cached_length = 0;
  const SplitTime time = splitTime(wall_us);
  if (time.seconds != cached_second || cached_length == 0) {
    const tm broken = utc(time.seconds);
    cached_length = std::strftime(cached, sizeof(cached), "%Y-%m-%dT%H:%M:%S.", &broken);
    cached_second = time.seconds;
  }
  if (size < kLength || cached_length + 4 > size) return 0;
  Writer writer(out, size);
  writer.put({cached, cached_length});
  putFraction(writer, time.micros, 3);
  writer.put("Z");
  return static_cast<size_t>(writer.at() - out);
}

size_t formatTime(std::string_view format, int64_t wall_us, char* out, size_t size, bool local) {
  if (format.empty() && !local) return formatIsoMillis(wall_us, out, size);
  if (format.empty()) format = "%Y-%m-%dT%H:%M:%S.%3f%z";
  const SplitTime time = splitTime(wall_us);
  char expanded[1024];
  Writer writer(expanded, sizeof(expanded));
  expandOwnSpecifiers(format, time, writer);
  if (writer.full()) return 0;
  const tm broken = local ? localTime(time.seconds) : utc(time.seconds);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return std::strftime(out, size, expanded, &broken);
#pragma GCC diagnostic pop
}

}  // namespace convoy::worker
