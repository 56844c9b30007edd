// filter_chain: the filters of one stream before the router, in the order of http_filters for what
// goes upstream, in the reverse for what goes to the client (Envoy). Owned by the stream and kept
// for its next one. A chain of nothing but the router has no FilterChain: it costs one test of a
// pointer.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/config/model/http.h"
#include "worker/filters/filter.h"

namespace convoy::worker {

struct WorkerContext;

// One for each of http_filters; null for those without.
using FilterStates = std::vector<std::unique_ptr<FilterState>>;
FilterStates makeFilterStates(const std::vector<config::HttpFilter>& filters,
                              WorkerContext& context);

class FilterChain {
 public:
  // Null if there is nothing before the router. `filters` and `states` outlive it.
  static std::unique_ptr<FilterChain> make(const std::vector<config::HttpFilter>& filters,
                                           const FilterStates& states);

  FilterStatus decodeHeaders(FilterContext& context, bool end);
  // After a Wait: the time is over, and so on with the filters behind the one that waited.
  FilterStatus resume(FilterContext& context, bool end);
  // During a Wait: what the filter says now that so much of the body has come.
  FilterStatus onWaiting(FilterContext& context, uint64_t bytes, bool end);
  uint64_t keepsBytes() const { return links_[at_].filter->keepsBytes(); }
  FilterStatus decodeData(FilterContext& context, std::string_view& data, bool end);
  void encodeHeaders(FilterContext& context, bool end);
  void encodeData(FilterContext& context, std::string_view& data, bool end);
  void encodeTrailers(FilterContext& context, http::HeaderMap& trailers, std::string_view& data);
  bool holdsResponse() const;
  // Some filter reads or changes this stream's bodies: they cannot go by themselves (net::Relay).
  bool seesBodies() const;
  void reset();

 private:
  struct Link {
    const config::HttpFilter* config;
    std::unique_ptr<Filter> filter;
    bool on;  // for this request
    bool seesBodies() const { return on && filter->seesBodies(); }
  };
  FilterStatus from(size_t first, FilterContext& context, bool end);

  std::vector<Link> links_;
  size_t at_ = 0;  // during a Wait: the one that waits
};

}  // namespace convoy::worker
