// h1_writer: heads and chunk framing as octets: always our own serialisation, never bytes of the
// head that came in (security.md section 2). Appends to a string whose capacity the caller keeps.
// Stateless.
#pragma once

#include <string>
#include <string_view>

#include "common/http/header_map.h"
#include "common/net/connection.h"

namespace convoy::http {

// Names of fields: lower case; "Proper-Case"; or as head.spelling has them.
void appendRequestHead(const RequestHead& head, std::string& out, bool proper_case = false);

struct ResponseFraming {
  bool http10 = false;      // to an HTTP/1.0 client
  bool close = false;       // "connection: close"
  bool keep_alive = false;  // "connection: keep-alive" (1.0)
  bool bodyless = false;    // HEAD: the framing fields of the GET, and no body
  bool proper_case = false;
};
void appendResponseHead(const ResponseHead& head, const ResponseFraming& framing, std::string& out);

// "1a\r\n".
void appendChunkSize(size_t size, std::string& out);
// A run of a body, as a chunk if `chunked`; `end` adds the last chunk. `scratch` is reused.
void writeData(net::ByteSink& sink, std::string_view data, bool chunked, bool end,
               std::string& scratch);
// How much writeData writes of a chunk of `data` bytes.
size_t chunkedSize(size_t data, bool end);
// "0\r\n" fields "\r\n"
void appendTrailers(const HeaderMap& trailers, std::string& out, bool proper_case = false);

}  // namespace convoy::http
