// players: a case played through the codecs, in the process: what the peer sends goes into one
// codec, and what it understood goes out through the codec of the other side, as in the proxy. Used
// by the conformance tests and by the fuzz targets.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/h1_codec.h"

namespace convoy::conformance {

struct Outcome {
  std::vector<std::string> forwarded;  // whole messages, as the other side's codec writes them
  int rejected = 0;
  std::string detail;
  std::string end;       // of a response: reusable, closed, truncated; "" while it is not over
  int parsed_after = 0;  // messages begun after a rejection: always 0
  std::string answered;  // the octets that went back to the client
};

// "http10", "no_trailers", "upgrade", "drop_underscores", "reject_underscores", "max_fields=N",
// "max_head=N", "max_line=N", "host=NAME"; unknown words are ignored by nobody: they abort.
http::H1Settings settingsOf(const std::string& words);

// A request as the client codec of the other side writes it.
using RequestWriter = std::function<std::string(
    const http::RequestHead& head, const std::string& body, const http::HeaderMap& trailers)>;
std::string writeRequest(const http::RequestHead& head, const std::string& body,
                         const http::HeaderMap& trailers);

// Each request is answered with an empty 200 (101 if it asks for an upgrade) once it is complete.
Outcome playRequests(const http::H1Settings& settings, const std::vector<std::string>& reads,
                     const RequestWriter& write = writeRequest);
// One response to `method`, the word "upgrade" for a websocket request. EOF follows the reads.
Outcome playResponse(const http::H1Settings& settings, const std::string& method,
                     const std::vector<std::string>& reads);
// The same from another codec, which goes out as HTTP/1. `end` is "reset" where it resets.
using ClientCodecMaker =
    std::function<std::unique_ptr<http::ClientCodec>(net::ByteSink&, http::ClientCallbacks&)>;
Outcome playResponse(const ClientCodecMaker& make, const std::string& method,
                     const std::vector<std::string>& reads);

}  // namespace convoy::conformance
