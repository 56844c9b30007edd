// grpc_web_fuzz: bodies that a browser and an upstream send through the gRPC-Web filter. The first
// byte is the mode: text or binary, how the rest is cut, and whether the upstream's answer is gRPC.
// Promises: no crash; how the octets are cut changes nothing of what comes out, however base64 is
// padded within; what the filter encodes for a text client decodes to the upstream's octets and the
// frame of trailers.
#include <cstdint>
#include <string>

#include "common/base/base64.h"
#include "tests/fuzz/filter_world.h"
#include "tests/fuzz/promise.h"
#include "worker/filters/grpc_web.h"

namespace {

using namespace convoy;
using fuzz::require;

struct World : fuzz::FilterWorld {
  World(bool text, std::string_view answer_type) {
    request.headers.set("content-type",
                        text ? "application/grpc-web-text" : "application/grpc-web");
    if (text) request.headers.set("accept", "application/grpc-web-text");
    request.body = http::BodyKind::Chunked;
    filter.decodeHeaders(context, false);
    response.headers.set("content-type", answer_type);
    response.body = http::BodyKind::Chunked;
  }
  std::string up(std::string_view body, size_t step) { return FilterWorld::up(filter, body, step); }
  std::string down(std::string_view body, size_t step) {
    http::HeaderMap trailers;
    trailers.add("grpc-status", "0");
    return FilterWorld::down(filter, body, step, trailers);
  }

  worker::GrpcWebFilter filter;
};

// Groups of base64 with padding within, as clients must take them.
std::string decoded(std::string_view text) {
  std::string out;
  require(base::decodeBase64(text, out));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const uint8_t mode = data[0];
  const std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool text = (mode & 1) != 0;
  const std::string_view type = (mode & 2) != 0 ? "text/html" : "application/grpc";
  const size_t step = 1 + (mode >> 2);
  require(World(text, type).up(body, body.size() + 1) == World(text, type).up(body, step));
  std::string encoded;
  base::appendBase64(body, encoded);
  require(World(true, type).up(encoded, step) == body);
  const std::string whole = World(text, type).down(body, body.size());
  const std::string pieces = World(text, type).down(body, step);
  if (!text || (mode & 2) != 0) {
    require(whole == pieces);
  } else {
    require(decoded(whole) == decoded(pieces));
    require(decoded(whole).starts_with(body));
  }
  return 0;
}
