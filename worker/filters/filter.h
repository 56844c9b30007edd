// filter: an HTTP filter at work on one stream, between the connection manager and the router.
// Envoy's words: decode is towards the upstream, encode towards the client. A filter keeps what it
// knows of the stream from one call to the next, and is reset() for another stream, so that a
// request allocates nothing in the steady state. Owned by the stream's FilterChain; worker loop.
#pragma once

#include <optional>
#include <string_view>

#include "common/base/arena.h"
#include "common/base/random.h"
#include "common/config/model/http_filters.h"
#include "common/http/header_map.h"
#include "common/stats/stat_tables.h"
#include "worker/access_log/format.h"
#include "worker/record.h"
#include "worker/route/route_table.h"

namespace convoy::worker {

class ClusterSet;

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
  Flag flag = Flag::Count;  // and the response flag
  // Of a Wait: how long at most; 0 = until onWaiting() says otherwise.
  uint64_t delay_ms = 0;
  Record* record = nullptr;
  uint64_t now_ms = 0;
  ClusterSet* clusters = nullptr;
  std::optional<FormatContext> format = {};  // for values with operators
  std::optional<int> grpc_status = {};  // of a Refuse: what a gRPC call is told, if not `status`
  uint64_t buffer_limit = 1024 * 1024;  // of a body that is held
  // The administrator wants health checks of this server to fail.
  bool server_unhealthy = false;
  std::string_view self_cluster = {};  // node.cluster
  // A word of the client's connection, 0 at its beginning: for a rate of its own (local_ratelimit).
  uint64_t* connection_word = nullptr;
  const RouteTable* routes = nullptr;
  RouteMatchResult* own_match = nullptr;  // `match`

  // A filter has changed what routes may ask for: makes the match again (Envoy: clearRouteCache).
  void routeAgain();
};

enum class FilterStatus : uint8_t {
  Continue,
  Answer,  // `response` of the context is the answer, without a body; nothing is forwarded
  Wait,    // nothing goes on until delay_ms are over or onWaiting() says so; bodies are kept
  Refuse,  // a local reply with `status` and `body`, in the form that the request wants
};

class Filter {
 public:
  virtual ~Filter() = default;
  virtual FilterStatus decodeHeaders(FilterContext& context, bool end) = 0;
  virtual void encodeHeaders(FilterContext& context, bool end) = 0;
  // After a Wait of decodeHeaders: what it is now that the time is over.
  virtual FilterStatus resumed(FilterContext&) { return FilterStatus::Continue; }
  // During a Wait: so much of the body has come, with its end or not. Wait, or what it is now.
  virtual FilterStatus onWaiting(FilterContext&, uint64_t, bool) { return FilterStatus::Wait; }
  // During a Wait: how much of the body may be kept before the client is asked to pause.
  virtual uint64_t keepsBytes() const { return 64 * 1024; }
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

// A Refuse: the body is larger than the filter may hold.
FilterStatus refuseTooLarge(FilterContext& context);

// What all streams of one filter of one connection manager share in this worker. Owned by the
// HttpManager, made by the registry.
class FilterState {
 public:
  virtual ~FilterState() = default;
};

// The settings of the filter `name` for this request: those of the most specific of route, virtual
// host and route configuration that has some, or the filter's own.
const config::FilterSettings* settingsFor(const FilterContext& context,
                                          const config::HttpFilter& filter);

inline FilterStatus Filter::decodeData(FilterContext&, std::string_view&, bool) {
  return FilterStatus::Continue;
}
inline void Filter::encodeData(FilterContext&, std::string_view&, bool) {}
inline void Filter::encodeTrailers(FilterContext&, http::HeaderMap&, std::string_view&) {}

}  // namespace convoy::worker
