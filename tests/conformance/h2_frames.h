// h2_frames: HTTP/2 frames as octets, and heads whose fields are written as HPACK literals that
// index nothing (RFC 7541 section 6.2.2), so that any octets can be said. For tests and fuzz
// targets; checks nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace convoy::conformance {

enum class FrameType : uint8_t {
  Data,
  Headers,
  Priority,
  RstStream,
  Settings,
  PushPromise,
  Ping,
  GoAway,
  WindowUpdate,
  Continuation,
};
inline constexpr uint8_t kEndStream = 1;  // DATA, HEADERS
inline constexpr uint8_t kAck = 1;        // SETTINGS, PING
inline constexpr uint8_t kEndHeaders = 4;

using WireFields = std::vector<std::pair<std::string, std::string>>;

inline std::string number32(uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
  return out;
}

inline std::string frame(FrameType type, uint8_t flags, uint32_t stream, std::string_view payload) {
  std::string out = number32(static_cast<uint32_t>(payload.size())).substr(1);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  out += number32(stream);
  return out.append(payload);
}

// An integer of HPACK behind `prefix` bits (RFC 7541 section 5.1).
inline void appendHpackNumber(uint8_t first, int prefix, size_t value, std::string& out) {
  const size_t most = (size_t{1} << prefix) - 1;
  if (value < most) {
    out += static_cast<char>(first | value);
    return;
  }
  out += static_cast<char>(first | most);
  for (value -= most; value >= 128; value >>= 7) out += static_cast<char>(value % 128 + 128);
  out += static_cast<char>(value);
}

inline std::string headBlock(const WireFields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    out += '\0';
    appendHpackNumber(0, 7, name.size(), out);
    out += name;
    appendHpackNumber(0, 7, value.size(), out);
    out += value;
  }
  return out;
}

// One HEADERS frame and as many CONTINUATION frames as the block needs.
inline std::string headFrames(uint32_t stream, const WireFields& fields, bool end) {
  const std::string block = headBlock(fields);
  std::string out;
  for (size_t at = 0; at == 0 || at < block.size(); at += 16384) {
    uint8_t flags = at + 16384 >= block.size() ? kEndHeaders : 0;
    if (at == 0 && end) flags |= kEndStream;
    out += frame(at == 0 ? FrameType::Headers : FrameType::Continuation, flags, stream,
                 std::string_view(block).substr(at, 16384));
  }
  return out;
}

}  // namespace convoy::conformance
