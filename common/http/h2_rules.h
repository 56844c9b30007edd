// h2_rules: from the fields of an HTTP/2 head to the message that is routed. Checks what HTTP/2
// adds (RFC 9113 sections 8.2, 8.3) and then asks message_rules, so that nothing passes here that
// would be refused as HTTP/1: what comes out can be written in either format. nghttp2 has checked
// the octets of names and values, the order and number of pseudo fields and connection-specific
// fields already; what would let a request be smuggled is checked again. Stateless.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/arena.h"
#include "common/http/codec.h"
#include "common/http/h1_codec.h"
#include "common/http/h1_parser.h"
#include "common/http/header_map.h"

namespace convoy::http {

// The fields of one head as they are decoded, before a stream exists to keep them.
class H2Fields {
 public:
  // False: too large (the octets count as Envoy counts them, names and values) or too many.
  bool add(std::string_view name, std::string_view value, const H1Settings& limits);
  bool overflowed() const { return overflowed_; }
  bool empty() const { return sizes_.empty(); }
  void clear();
  // Copied to `arena`, which `out` then views.
  void copyTo(base::Arena& arena, std::vector<RawField>& out) const;

 private:
  struct Sizes {
    uint32_t name, value;
  };
  std::string text_;
  std::vector<Sizes> sizes_;
  bool overflowed_ = false;
};

// `end`: the head is all of the message. `fields` view `arena` and are used up.
bool judgeH2Request(const std::vector<RawField>& fields, bool end, const H1Settings& settings,
                    base::Arena& arena, RequestHead& out, ProtocolError& error);
// To a CONNECT: a 2xx is a tunnel (ResponseHead::upgrade).
bool judgeH2Response(const std::vector<RawField>& fields, bool end, Method request,
                     const H1Settings& settings, base::Arena& arena, ResponseHead& out,
                     ProtocolError& error);
bool judgeH2Trailers(const std::vector<RawField>& fields, const H1Settings& settings,
                     HeaderMap& out, ProtocolError& error);

}  // namespace convoy::http
