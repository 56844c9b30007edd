// grpc_frame: what stands before each message of a gRPC call: a byte of flags and the length, four
// bytes, big-endian (gRPC over HTTP/2, "Length-Prefixed-Message"). Stateless.
#pragma once

#include <cstddef>
#include <string>

namespace convoy::http {

inline constexpr size_t kGrpcFrameHead = 5;

inline void appendGrpcFrameHead(char flags, size_t length, std::string& out) {
  out += flags;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(length >> shift & 0xff);
}

}  // namespace convoy::http
