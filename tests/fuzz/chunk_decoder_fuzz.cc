// chunk_decoder_fuzz: any octets as a chunked body. Promises: whole and octet by octet give the
// same body, trailers and verdict; after an error the decoder stays failed; the body is never
// longer than what came in.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/http/chunk_decoder.h"
#include "tests/fuzz/promise.h"

namespace {

using convoy::fuzz::require;

using convoy::http::ChunkDecoder;

struct Result {
  std::string body;
  std::string trailers;
  ChunkDecoder::Status status = ChunkDecoder::Status::NeedMore;
  size_t used = 0;
};

Result decode(std::string_view octets, size_t step) {
  ChunkDecoder decoder;
  Result result;
  for (size_t at = 0; at < octets.size(); at += step) {
    std::string_view in = octets.substr(at, step);
    const size_t size = in.size();
    while (!in.empty()) {
      std::string_view data;
      result.status = decoder.next(in, data);
      if (result.status == ChunkDecoder::Status::Data) result.body.append(data);
      if (result.status == ChunkDecoder::Status::Error) {
        require(!decoder.detail().empty());
        std::string_view more = "0\r\n\r\n";
        require(decoder.next(more, data) == ChunkDecoder::Status::Error);
        return result;
      }
      if (result.status == ChunkDecoder::Status::Done) {
        result.used = at + size - in.size();
        result.trailers = decoder.trailers();
        return result;
      }
    }
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const Result whole = decode(octets, size + 1);
  const Result pieces = decode(octets, 1);
  require(whole.body == pieces.body && whole.trailers == pieces.trailers);
  require(whole.used == pieces.used && whole.body.size() <= size);
  require((whole.status == ChunkDecoder::Status::Error) ==
          (pieces.status == ChunkDecoder::Status::Error));
  return 0;
}
