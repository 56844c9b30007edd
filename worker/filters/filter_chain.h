// filter_chain: the filters of one stream before the router, in the order of http_filters for what
// goes upstream, in the reverse for what goes to the client (Envoy). Owned by the stream and kept
// for its next one. A chain of nothing but the router has no FilterChain: it costs one test of a
// pointer.
#pragma once

#include <memory>
#include <vector>

#include "common/config/model/http.h"
#include "worker/filters/filter.h"

namespace convoy::worker {

class FilterChain {
 public:
  // Null if there is nothing before the router.
  static std::unique_ptr<FilterChain> make(const std::vector<config::HttpFilter>& filters);

  FilterStatus decodeHeaders(FilterContext& context, bool end);
  FilterStatus decodeData(FilterContext& context, std::string_view& data, bool end);
  void encodeHeaders(FilterContext& context, bool end);
  void encodeData(FilterContext& context, std::string_view& data, bool end);
  void encodeTrailers(FilterContext& context, http::HeaderMap& trailers, std::string_view& data);
  bool holdsResponse() const;
  // Some filter reads or changes this stream's bodies: they cannot go by themselves (net::Relay).
  bool seesBodies() const;
  void reset();

 private:
  std::vector<std::unique_ptr<Filter>> filters_;
};

}  // namespace convoy::worker
