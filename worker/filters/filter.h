// filter: an HTTP filter at work on one stream, between the connection manager and the router.
// Envoy's words: decode is towards the upstream, encode towards the client. A filter keeps what it
// knows of the stream from one call to the next, and is reset() for another stream, so that a
// request allocates nothing in the steady state. Owned by the stream's FilterChain; worker loop.
#pragma once

#include <string_view>

#include "common/base/arena.h"
#include "common/base/random.h"
#include "common/http/header_map.h"
#include "common/stats/stat_tables.h"
#include "worker/route/route_table.h"

namespace convoy::worker {

// What a filter sees of its stream.
struct FilterContext {
  http::RequestHead& request;
  http::ResponseHead& response;
  base::Arena& arena;  // of the stream: for values of fields
  const RouteMatchResult& match;
  const config::RouteConfiguration& configuration;
  base::Random& random;
  stats::StatBlock<stats::HttpStat>& stats;
  // Of a Refuse, and of a response that encodeData cannot go on with (status is not 0 then);
  // `details` of an Answer (%RESPONSE_CODE_DETAILS%): static text.
  int status = 0;
  std::string_view body = {};
  std::string_view details = {};
};

enum class FilterStatus : uint8_t {
  Continue,
  Answer,  // `response` of the context is the answer, without a body; nothing is forwarded
  Refuse,  // a local reply with `status` and `body`, in the form that the request wants
};

class Filter {
 public:
  virtual ~Filter() = default;
  virtual FilterStatus decodeHeaders(FilterContext& context, bool end) = 0;
  virtual void encodeHeaders(FilterContext& context, bool end) = 0;
  // After encodeHeaders: its head is to wait until the whole body and the trailers have passed.
  virtual bool holdsResponse() const { return false; }
  // Bodies: only of filters that say so, for the streams for which they do (after decodeHeaders).
  virtual bool seesBodies() const { return false; }
  // `data` may be pointed at other bytes, which stay valid until the next call.
  virtual FilterStatus decodeData(FilterContext& context, std::string_view& data, bool end);
  virtual void encodeData(FilterContext& context, std::string_view& data, bool end);
  // May say `data` that goes before them, and remove them: then `data` ends the response.
  virtual void encodeTrailers(FilterContext& context, http::HeaderMap& trailers,
                              std::string_view& data);
  virtual void reset() = 0;
};

inline FilterStatus Filter::decodeData(FilterContext&, std::string_view&, bool) {
  return FilterStatus::Continue;
}
inline void Filter::encodeData(FilterContext&, std::string_view&, bool) {}
inline void Filter::encodeTrailers(FilterContext&, http::HeaderMap&, std::string_view&) {}

}  // namespace convoy::worker
