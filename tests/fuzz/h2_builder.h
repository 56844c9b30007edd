// h2_builder: reads a fuzzer's bytes as a script for frames that are well formed on the wire and
// mostly of known streams: what random bytes reach only by luck.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "common/net/connection.h"
#include "tests/conformance/h2_frames.h"

namespace convoy::fuzz {

using conformance::frame;
using conformance::FrameType;

// Where a codec writes what nobody looks at.
struct CountingSink final : net::ByteSink {
  void write(std::string_view bytes) override { size += bytes.size(); }
  void write(std::string_view head, std::string_view body) override {
    size += head.size() + body.size();
  }
  size_t size = 0;
};

class Script {
 public:
  explicit Script(std::string_view bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  uint8_t next() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }
  std::string text(size_t most) {
    const size_t n = std::min<size_t>(most == 0 ? 0 : next() % (most + 1), bytes_.size());
    const std::string out(bytes_.substr(0, n));
    bytes_.remove_prefix(n);
    return out;
  }

 private:
  std::string_view bytes_;
};

// One of these, or what the script says.
inline std::string pick(Script& script, std::initializer_list<std::string_view> known) {
  const size_t index = script.next() % (known.size() + 1);
  return index == known.size() ? script.text(40) : std::string(*(known.begin() + index));
}

inline void appendOtherFields(Script& script, conformance::WireFields& fields) {
  for (int more = script.next() % 6; more > 0; --more) {
    fields.emplace_back(
        pick(script, {"content-length", "cookie", "host", "te", "connection", "x-a", "expect",
                      "transfer-encoding", "upgrade", "content-type", "grpc-timeout", ":path"}),
        pick(script, {"0", "5", "a=b", "trailers", "close", "chunked", "100-continue", "a",
                      "application/grpc", "1S"}));
  }
}

inline conformance::WireFields requestFields(Script& script) {
  conformance::WireFields fields = {
      {":method", pick(script, {"GET", "POST", "HEAD", "CONNECT", "OPTIONS"})},
      {":scheme", pick(script, {"http", "https"})},
      {":path", pick(script, {"/", "/a?b", "*"})},
      {":authority", pick(script, {"a", "a:80", "[::1]"})}};
  const uint8_t without = script.next();
  if (without < 16) fields.erase(fields.begin() + without % 4);
  if (without >= 16 && without < 24) std::swap(fields[0], fields[3]);
  appendOtherFields(script, fields);
  return fields;
}

inline conformance::WireFields responseFields(Script& script) {
  conformance::WireFields fields = {
      {":status", pick(script, {"200", "204", "304", "100", "103", "101", "503"})}};
  appendOtherFields(script, fields);
  return fields;
}

// The script's next frames. `server`: what is sent to one, so that heads are requests.
inline std::string nextFrames(Script& script, bool server, uint32_t& newest) {
  const uint8_t what = script.next();
  const uint8_t flags = script.next() & 0x2d;
  const uint32_t known = newest == 0 ? 1 : 1 + 2 * (script.next() % ((newest + 1) / 2));
  const bool end = (flags & conformance::kEndStream) != 0;
  switch (what % 14) {
    case 0:
    case 1:
    case 2:
      if (!server) return conformance::headFrames(known, responseFields(script), end);
      newest += newest == 0 ? 1 : 2;
      return conformance::headFrames(newest, requestFields(script), end);
    case 3:
      return conformance::headFrames(
          known, {{pick(script, {"x-t", "grpc-status", "content-length"}), script.text(20)}}, true);
    case 4:
    case 5:
      return frame(FrameType::Data, flags & 1, known, script.text(200));
    case 6: {
      const uint8_t pad = script.next();
      return frame(
          FrameType::Data, 8 | (flags & 1), known,
          std::string(1, static_cast<char>(pad)) + script.text(50) + std::string(pad, '\0'));
    }
    case 7:
      return frame(FrameType::RstStream, 0, known, conformance::number32(script.next() % 14));
    case 8: {
      std::string entries;
      for (int n = script.next() % 4; n > 0; --n) {
        entries += '\0';
        entries += static_cast<char>(script.next() % 9);
        entries +=
            conformance::number32(static_cast<uint32_t>(script.next()) << (script.next() % 25));
      }
      return frame(FrameType::Settings, flags & 1, 0, (flags & 1) != 0 ? "" : entries);
    }
    case 9:
      return frame(FrameType::Ping, flags & 1, 0, script.text(8) + std::string(8, 'p'))
          .substr(0, 17);
    case 10:
      return frame(
          FrameType::WindowUpdate, 0, script.next() % 2 == 0 ? 0 : known,
          conformance::number32(static_cast<uint32_t>(script.next()) << (script.next() % 24)));
    case 11:
      return frame(FrameType::GoAway, 0, 0,
                   conformance::number32(known) + conformance::number32(script.next() % 14));
    case 12: {
      const std::string block =
          conformance::headBlock(server ? requestFields(script) : responseFields(script));
      const size_t cut = block.size() / 2;
      if (server) newest += newest == 0 ? 1 : 2;
      const uint32_t id = server ? newest : known;
      return frame(FrameType::Headers, flags & 1, id, block.substr(0, cut)) +
             frame(FrameType::Continuation, flags & 4, id, block.substr(cut));
    }
    default:
      return frame(static_cast<FrameType>(script.next() % 12), flags, script.next() % 8,
                   script.text(60));
  }
}

}  // namespace convoy::fuzz
