#include "worker/filters/filter_chain.h"

#include <algorithm>

#include "worker/filters/registry.h"

namespace convoy::worker {

std::unique_ptr<FilterChain> FilterChain::make(const std::vector<config::HttpFilter>& filters) {
  auto chain = std::make_unique<FilterChain>();
  for (const config::HttpFilter& filter : filters) {
    if (auto made = makeFilter(filter)) chain->filters_.push_back(std::move(made));
  }
  return chain->filters_.empty() ? nullptr : std::move(chain);
}

FilterStatus FilterChain::decodeHeaders(FilterContext& context, bool end) {
  for (const auto& filter : filters_) {
    const FilterStatus status = filter->decodeHeaders(context, end);
    if (status != FilterStatus::Continue) return status;
  }
  return FilterStatus::Continue;
}

FilterStatus FilterChain::decodeData(FilterContext& context, std::string_view& data, bool end) {
  for (const auto& filter : filters_) {
    if (!filter->seesBodies()) continue;
    const FilterStatus status = filter->decodeData(context, data, end);
    if (status != FilterStatus::Continue) return status;
  }
  return FilterStatus::Continue;
}

void FilterChain::encodeHeaders(FilterContext& context, bool end) {
  for (auto filter = filters_.rbegin(); filter != filters_.rend(); ++filter) {
    (*filter)->encodeHeaders(context, end);
  }
}

void FilterChain::encodeData(FilterContext& context, std::string_view& data, bool end) {
  for (auto filter = filters_.rbegin(); filter != filters_.rend(); ++filter) {
    if ((*filter)->seesBodies()) (*filter)->encodeData(context, data, end);
  }
}

void FilterChain::encodeTrailers(FilterContext& context, http::HeaderMap& trailers,
                                 std::string_view& data) {
  for (auto filter = filters_.rbegin(); filter != filters_.rend(); ++filter) {
    if (!(*filter)->seesBodies()) continue;
    // What one says instead of trailers is the body's end for those after it.
    if (!data.empty()) (*filter)->encodeData(context, data, trailers.empty());
    if (!trailers.empty()) (*filter)->encodeTrailers(context, trailers, data);
  }
}

bool FilterChain::seesBodies() const {
  return std::any_of(filters_.begin(), filters_.end(), [](auto& f) { return f->seesBodies(); });
}

bool FilterChain::holdsResponse() const {
  return std::any_of(filters_.begin(), filters_.end(), [](auto& f) { return f->holdsResponse(); });
}

void FilterChain::reset() {
  for (const auto& filter : filters_) filter->reset();
}

}  // namespace convoy::worker
