// grpc_frames: counts the messages in the body of a gRPC call as its bytes pass: each begins with a
// byte of flags and its length, 4 bytes, big-endian. A message counts from its first byte on, as in
// Envoy. Part of a filter; worker loop.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "common/http/grpc_frame.h"

namespace convoy::worker {

class GrpcFrames {
 public:
  static constexpr uint8_t kHead = http::kGrpcFrameHead;

  // How many messages begin in these bytes.
  uint64_t count(std::string_view bytes) {
    uint64_t begun = 0;
    while (!bytes.empty()) {
      if (head_ == 0) ++begun;
      bytes.remove_prefix(head_ < kHead ? takeHead(bytes[0]) : takeMessage(bytes.size()));
    }
    return begun;
  }
  void reset() { *this = {}; }

 private:
  // The byte of flags is shifted out again by the four of the length.
  size_t takeHead(char byte) {
    left_ = left_ << 8 | static_cast<unsigned char>(byte);
    if (++head_ == kHead && left_ == 0) head_ = 0;
    return 1;
  }
  size_t takeMessage(size_t size) {
    const size_t taken = std::min<size_t>(left_, size);
    left_ -= static_cast<uint32_t>(taken);
    if (left_ == 0) head_ = 0;
    return taken;
  }

  uint8_t head_ = 0;   // bytes of the current head that have come
  uint32_t left_ = 0;  // of its message, that have not
};

}  // namespace convoy::worker
