// head_scanner: finds the end of an HTTP/1 head in bytes that come piecemeal, looking at each octet
// once. Refuses a bare LF at once, since such a head would never end. Owned by a codec.
#pragma once

#include <cstddef>
#include <string_view>

namespace convoy::http {

class HeadScanner {
 public:
  enum class Status : unsigned char { NeedMore, Complete, BareLf };
  // `bytes` starts at the head and only grows between calls. Complete: end() is behind CRLFCRLF.
  Status scan(std::string_view bytes) {
    for (;;) {
      const size_t lf = bytes.find('\n', at_);
      if (lf == std::string_view::npos) {
        at_ = bytes.size();
        return Status::NeedMore;
      }
      if (lf == 0 || bytes[lf - 1] != '\r') return Status::BareLf;
      at_ = lf + 1;
      if (line_start_ + 1 == lf) return Status::Complete;
      line_start_ = at_;
      ++lines_;
    }
  }
  size_t end() const { return at_; }
  bool sawLine() const { return lines_ > 0; }
  void reset() { at_ = line_start_ = lines_ = 0; }

 private:
  size_t at_ = 0;
  size_t line_start_ = 0;
  size_t lines_ = 0;
};

}  // namespace convoy::http
