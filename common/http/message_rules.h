// message_rules: the one home of what makes an HTTP/1 message acceptable and how its body is framed
// (RFC 9112, RFC 9110; security.md sections 2 and 3, row by row). A head that passes means the same
// to every RFC-abiding recipient; anything else is refused here, before a byte of it is forwarded.
// Stateless.
#pragma once

#include <optional>
#include <string_view>

#include "common/base/arena.h"
#include "common/http/codec.h"
#include "common/http/h1_codec.h"
#include "common/http/h1_parser.h"
#include "common/http/header_map.h"

namespace convoy::http {

// The raw octets of a head, before http-parser: line ends, control octets, folds, names, request
// line. Lower-cases field names in place and fills start_line and fields of `out`. `head` ends with
// CRLFCRLF and has no leading empty line.
bool guardHead(HeadKind kind, char* head, size_t size, const H1Settings& settings, RawHead& out,
               ProtocolError& error);
// From the parsed parts to the message that is routed: target, host, framing, hop-by-hop fields.
bool judgeRequest(const RawHead& raw, const H1Settings& settings, base::Arena& arena,
                  RequestHead& out, ProtocolError& error);
struct RequestFacts {  // what the request says about its response
  Method method = Method::Other;
  std::string upgrade = {};       // the type that was asked for; "" for none
  bool expects_continue = false;  // the client's Expect went on to the upstream
};
bool judgeResponse(const RawHead& raw, const RequestFacts& request, const H1Settings& settings,
                   base::Arena& arena, ResponseHead& out, ProtocolError& error);
// What a request for an absolute http or https URI has (RFC 9110 section 4.2): by the rules of
// request targets, without its fragment. Null: it is none.
struct AbsoluteUri {
  std::string_view scheme;     // "http" or "https"
  std::string_view authority;  // lower case
  std::string_view path;       // with the query
};
std::optional<AbsoluteUri> parseAbsoluteUri(std::string_view uri, base::Arena& arena);
// Whether a field may be taken from a trailer section: none that changes framing, routing or
// authority. `name` is lower case.
bool allowedInTrailers(std::string_view name);
// A trailer section (as ChunkDecoder gives it): the same name and value rules; fields that would
// change framing, routing or authority are dropped.
bool judgeTrailers(std::string_view section, const H1Settings& settings, base::Arena& arena,
                   HeaderMap& out, ProtocolError& error);

}  // namespace convoy::http
