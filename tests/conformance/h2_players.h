// h2_players: what an HTTP/2 client sends, played through the server codec in the process; what it
// understood goes out as HTTP/1 through the other side's codec, as in the proxy. Used by the
// conformance tests and by the fuzz targets.
#pragma once

#include <string>
#include <vector>

#include "common/http/h2_settings.h"
#include "tests/conformance/case_file.h"
#include "tests/conformance/players.h"

namespace convoy::conformance {

// The outcome of one session. `end`: "" open, "reset" where a stream was (the last one), "goaway"
// where the session is over. Each complete request is answered with an empty 200.
Outcome playH2Requests(const http::H2Settings& settings, const std::vector<std::string>& reads);

// A response of an upstream of HTTP/2 to `method`, on its way to a client of HTTP/1.
Outcome playH2Response(const http::H2Settings& settings, const std::string& method,
                       const std::vector<std::string>& reads);
// What an upstream sends for the case: SETTINGS and the frames of one response.
std::string h2ResponseOctets(const Case& c);
// A request as the HTTP/2 client codec writes it, as text: the fields of its head, then " || " and
// its data, and again and its trailers; fields are separated by " | ".
std::string writeH2Request(const http::RequestHead& head, const std::string& body,
                           const http::HeaderMap& trailers);

// What a client sends for the case: the preface, SETTINGS and the frames of one request.
std::string h2Octets(const Case& c);

}  // namespace convoy::conformance
