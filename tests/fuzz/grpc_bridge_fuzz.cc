// grpc_bridge_fuzz: an answer's body through the gRPC HTTP/1 bridge, and through the counter of
// messages. The first bytes are the mode, how the rest is cut, and the limit of what is held.
// Promises: no crash; how the octets are cut changes neither what comes out nor how many messages
// there are; the bridge gives all octets, without the frame of a bare message, or says that it
// cannot; a request that is a bare message gets the frame that tells its length.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/fuzz/filter_world.h"
#include "tests/fuzz/promise.h"
#include "worker/filters/grpc_bridge.h"
#include "worker/filters/grpc_frames.h"

namespace {

using namespace convoy;
using fuzz::require;

struct World : fuzz::FilterWorld {
  World(bool bare, uint64_t limit) {
    config.settings =
        std::make_shared<const config::FilterSettings>(config::GrpcBridgeFilter{bare, false});
    filter = std::make_unique<worker::GrpcBridgeFilter>(config);
    context.buffer_limit = limit;
    request.headers.set("content-type", bare ? "application/x-protobuf" : "application/grpc");
    request.body = http::BodyKind::Chunked;
    filter->decodeHeaders(context, false);
    response.headers.set("content-type", "application/grpc");
    response.body = http::BodyKind::Chunked;
  }
  std::string down(std::string_view body, size_t step, std::string_view status) {
    http::HeaderMap trailers;
    trailers.add("grpc-status", status);
    return FilterWorld::down(*filter, body, step, trailers);
  }

  config::HttpFilter config;
  std::unique_ptr<worker::GrpcBridgeFilter> filter;
};

uint64_t messages(std::string_view body, size_t step) {
  worker::GrpcFrames frames;
  uint64_t out = 0;
  for (size_t at = 0; at < body.size(); at += step) out += frames.count(body.substr(at, step));
  return out;
}

void checkAnswer(bool bare, uint64_t limit, std::string_view body, size_t step,
                 std::string_view status) {
  World world(bare, limit);
  const std::string out = world.down(body, step, status);
  const std::string_view wanted = bare ? body.substr(std::min<size_t>(body.size(), 5)) : body;
  if (world.context.status != 0) {
    require(world.context.status == 500 && body.size() > limit);
    return;
  }
  require(body.size() <= limit && out == wanted);
  require(world.response.content_length == wanted.size());
  require(!world.filter->holdsResponse());
  require((world.response.status == 200) ==
          (status.find_first_not_of('0') == status.npos && !status.empty()));
}

void checkRequest(std::string_view body, size_t step) {
  World world(true, body.size());
  require(world.filter->onWaiting(world.context, body.size(), true) ==
          worker::FilterStatus::Continue);
  const std::string out = world.up(*world.filter, body, step);
  require(out.size() == body.size() + 5 && out.substr(5) == body);
  if (!body.empty()) require(messages(out, step) == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const uint8_t mode = data[0];
  const size_t step = 1 + data[1];
  const std::string status(reinterpret_cast<const char*>(data) + 3, mode >> 1 & 1);
  const std::string_view body(reinterpret_cast<const char*>(data) + 3, size - 3);
  const uint64_t limit = (mode & 4) != 0 ? data[2] : body.size();
  checkAnswer((mode & 1) != 0, limit, body, step, status);
  checkRequest(body, step);
  require(messages(body, body.size()) == messages(body, step));
  return 0;
}
