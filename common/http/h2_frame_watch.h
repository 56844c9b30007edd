// h2_frame_watch: a look at the heads of frames before nghttp2 gets the octets, for the one thing
// that it keeps to itself: DATA on a stream that is closed, which it drops without a word (RFC 9113
// section 5.1 asks for an error, and a flood of them costs nothing). Steps from head to head; knows
// no stream: the session says which are open. Part of a server's session; its loop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace convoy::http {

class H2FrameWatch {
 public:
  struct DataHead {
    int32_t stream = 0;
    bool empty = false;
  };

  // The first `preface` octets are no frames.
  explicit H2FrameWatch(size_t preface) : skip_(preface) {}

  // Another read begins: what ended streams in the one before has had its effect.
  void readBegins() { ended_count_ = 0; }
  // How many of `bytes` may go to nghttp2 before `found` is to be judged: all, if `found.stream` is
  // 0. `open(stream)`: whether it is, or is yet to be opened.
  template <typename Open>
  size_t next(std::string_view bytes, const Open& open, DataHead& found);

 private:
  static constexpr size_t kHead = 9;
  static constexpr uint8_t kData = 0, kHeaders = 1, kReset = 3, kEndStream = 1;

  int32_t stream() const {
    return static_cast<int32_t>((static_cast<uint32_t>(head_[5] & 0x7f) << 24) |
                                (static_cast<uint32_t>(head_[6]) << 16) |
                                (static_cast<uint32_t>(head_[7]) << 8) | head_[8]);
  }
  bool endedHere(int32_t id) const;
  // Frames that end a stream: once nghttp2 has seen them.
  void noteEnd(int32_t id) { ended_[ended_count_++ % ended_.size()] = id; }

  size_t skip_;           // octets that are no head
  size_t head_size_ = 0;  // of the head that has come in part
  std::array<uint8_t, kHead> head_{};
  std::array<int32_t, 16> ended_{};  // the last ones of this read
  size_t ended_count_ = 0;
};

inline bool H2FrameWatch::endedHere(int32_t id) const {
  const size_t count = ended_count_ < ended_.size() ? ended_count_ : ended_.size();
  for (size_t i = 0; i < count; ++i) {
    if (ended_[i] == id) return true;
  }
  return false;
}

template <typename Open>
size_t H2FrameWatch::next(std::string_view bytes, const Open& open, DataHead& found) {
  found.stream = 0;
  for (size_t at = 0; at < bytes.size();) {
    if (skip_ >= bytes.size() - at) {
      skip_ -= bytes.size() - at;
      return bytes.size();
    }
    at += skip_;
    skip_ = 0;
    while (head_size_ < kHead && at < bytes.size()) {
      head_[head_size_++] = static_cast<uint8_t>(bytes[at++]);
    }
    if (head_size_ < kHead) return bytes.size();
    head_size_ = 0;
    skip_ = static_cast<size_t>(head_[0]) << 16 | static_cast<size_t>(head_[1]) << 8 | head_[2];
    const uint8_t type = head_[3];
    if (type > kReset) continue;
    const int32_t id = stream();
    if (type == kData && (endedHere(id) || !open(id))) {
      found = {id, skip_ == 0};
      return at;
    }
    const bool ends = type == kReset || (head_[4] & kEndStream) != 0;
    if (ends && (type == kData || type == kHeaders || type == kReset)) noteEnd(id);
  }
  return bytes.size();
}

}  // namespace convoy::http
