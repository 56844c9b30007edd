// grpc_web_fuzz: bodies that a browser and an upstream send through the gRPC-Web filter. The first
// byte is the mode: text or binary, how the rest is cut, and whether the upstream's answer is gRPC.
// Promises: no crash; how the octets are cut changes nothing of what comes out, however base64 is
// padded within; what the filter encodes for a text client decodes to the upstream's octets and the
// frame of trailers.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/base/base64.h"
#include "worker/filters/grpc_web.h"

namespace {

using namespace convoy;

void require(bool promise, int line = __builtin_LINE()) {
  if (promise) return;
  fprintf(stderr, "the promise of line %d is broken\n", line);
  std::abort();
}

// One exchange: what went upstream, what came down; "(refused)" where the filter does.
struct World {
  World(bool text, std::string_view answer_type) {
    request.headers.set("content-type",
                        text ? "application/grpc-web-text" : "application/grpc-web");
    if (text) request.headers.set("accept", "application/grpc-web-text");
    request.body = http::BodyKind::Chunked;
    filter.decodeHeaders(context, false);
    response.headers.set("content-type", answer_type);
    response.body = http::BodyKind::Chunked;
  }
  std::string up(std::string_view body, size_t step) {
    std::string out;
    for (size_t at = 0; at <= body.size(); at += step) {
      std::string_view data = body.substr(at, step);
      const bool end = at + step > body.size();
      if (filter.decodeData(context, data, end) == worker::FilterStatus::Refuse) return "(refused)";
      out += data;
    }
    return out;
  }
  std::string down(std::string_view body, size_t step) {
    std::string out;
    filter.encodeHeaders(context, false);
    for (size_t at = 0; at < body.size(); at += step) {
      std::string_view data = body.substr(at, step);
      filter.encodeData(context, data, false);
      out += data;
    }
    http::HeaderMap trailers;
    trailers.add("grpc-status", "0");
    std::string_view data;
    filter.encodeTrailers(context, trailers, data);
    return out.append(data);
  }

  http::RequestHead request;
  http::ResponseHead response;
  base::Arena arena;
  config::RouteConfiguration configuration;
  config::VirtualHost host;
  config::Route route;
  worker::RouteMatchResult match{&host, &route};
  base::Random random;
  std::array<uint64_t, stats::StatTable<stats::HttpStat>::cells()> cells{};
  stats::StatBlock<stats::HttpStat> stats{cells.data()};
  worker::FilterContext context{request, response, arena, match, configuration, random, stats};
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
