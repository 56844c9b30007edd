// chunk_decoder: the chunked coding of RFC 9112 section 7.1, strict: our own, because http-parser
// swallows octets there (security.md section 2). Extensions are bounded and dropped; trailers are
// collected as raw text for message_rules. Owned by a codec; worker loop.
//
//   Size --CRLF--> Data --n octets--> DataEnd --CRLF--> Size ... --size 0--> Trailers --empty
//   line--> Done
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace convoy::http {

class ChunkDecoder {
 public:
  enum class Status : uint8_t { NeedMore, Data, Done, Error };
  static constexpr size_t kMaxLine = 16 + 2 + 256;
  static constexpr size_t kMaxExtensions = 16 * 1024;
  static constexpr size_t kMaxTrailers = 16 * 1024;

  void reset();
  // Reads from the front of `in`, advancing it. Data: `data` is a run of body octets; call again.
  // Done: the last chunk and the trailers were read. Error: detail() says what.
  Status next(std::string_view& in, std::string_view& data);
  std::string_view detail() const { return detail_; }
  // The trailer section, lines ended by CRLF and one empty line; "\r\n" alone if there were none.
  const std::string& trailers() const { return trailers_; }

 private:
  enum class State : uint8_t { Size, Data, DataEnd, Trailers, Done, Failed };
  Status fail(std::string_view detail);
  bool parseSize(std::string_view line);
  bool takeLine(std::string_view& in, std::string_view& line);

  State state_ = State::Size;
  uint64_t left_ = 0;
  size_t extensions_ = 0;
  bool saw_cr_ = false;
  std::string line_;  // an incomplete size line
  std::string trailers_;
  std::string_view detail_;
};

}  // namespace convoy::http
