#include "worker/filters/filter_chain.h"

#include <algorithm>

#include "worker/filters/registry.h"

namespace convoy::worker {

namespace {

// The most specific word on the filter; null if there is none.
const config::FilterOverride* overrideOf(const FilterContext& context, std::string_view name) {
  const RouteMatchResult& match = context.match;
  const config::FilterOverrides* levels[] = {
      match.route != nullptr ? &match.route->filters : nullptr,
      match.virtual_host != nullptr ? &match.virtual_host->filters : nullptr,
      &context.configuration.filters};
  for (const config::FilterOverrides* level : levels) {
    if (level == nullptr) continue;
    for (const config::FilterOverride& one : *level) {
      if (one.name == name) return &one;
    }
  }
  return nullptr;
}

}  // namespace

void FilterContext::routeAgain() {
  if (routes == nullptr) return;
  *own_match = routes->match(request, random.next(), record->downstream_transport);
  record->virtual_host = match.virtual_host == nullptr ? "" : match.virtual_host->name;
}

FilterStatus refuseTooLarge(FilterContext& context) {
  context.status = 413;
  context.body = "Payload Too Large";
  context.details = "request_payload_too_large";
  return FilterStatus::Refuse;
}

const config::FilterSettings* settingsFor(const FilterContext& context,
                                          const config::HttpFilter& filter) {
  const config::FilterOverride* found = overrideOf(context, filter.name);
  const bool says = found != nullptr && found->settings != nullptr;
  return says ? found->settings.get() : filter.settings.get();
}

FilterStates makeFilterStates(const std::vector<config::HttpFilter>& filters,
                              WorkerContext& context) {
  FilterStates out;
  for (const config::HttpFilter& filter : filters) out.push_back(makeFilterState(filter, context));
  return out;
}

std::unique_ptr<FilterChain> FilterChain::make(const std::vector<config::HttpFilter>& filters,
                                               const FilterStates& states) {
  auto chain = std::make_unique<FilterChain>();
  for (size_t i = 0; i < filters.size(); ++i) {
    if (auto made = makeFilter(filters[i], states[i].get())) {
      chain->links_.push_back({&filters[i], std::move(made), !filters[i].disabled});
    }
  }
  return chain->links_.empty() ? nullptr : std::move(chain);
}

FilterStatus FilterChain::from(size_t first, FilterContext& context, bool end) {
  for (at_ = first; at_ < links_.size(); ++at_) {
    if (!links_[at_].on) continue;
    const FilterStatus status = links_[at_].filter->decodeHeaders(context, end);
    if (status != FilterStatus::Continue) return status;
  }
  return FilterStatus::Continue;
}

FilterStatus FilterChain::decodeHeaders(FilterContext& context, bool end) {
  for (Link& link : links_) {
    const config::FilterOverride* found = overrideOf(context, link.config->name);
    if (found != nullptr) link.on = !found->disabled;
  }
  return from(0, context, end);
}

FilterStatus FilterChain::resume(FilterContext& context, bool end) {
  const FilterStatus status = links_[at_].filter->resumed(context);
  return status == FilterStatus::Continue ? from(at_ + 1, context, end) : status;
}

FilterStatus FilterChain::onWaiting(FilterContext& context, uint64_t bytes, bool end) {
  const FilterStatus status = links_[at_].filter->onWaiting(context, bytes, end);
  return status == FilterStatus::Continue ? from(at_ + 1, context, end) : status;
}

FilterStatus FilterChain::decodeData(FilterContext& context, std::string_view& data, bool end) {
  for (const Link& link : links_) {
    if (!link.seesBodies()) continue;
    const FilterStatus status = link.filter->decodeData(context, data, end);
    if (status != FilterStatus::Continue) return status;
  }
  return FilterStatus::Continue;
}

void FilterChain::encodeHeaders(FilterContext& context, bool end) {
  for (auto link = links_.rbegin(); link != links_.rend(); ++link) {
    if (link->on) link->filter->encodeHeaders(context, end);
  }
}

void FilterChain::encodeData(FilterContext& context, std::string_view& data, bool end) {
  for (auto link = links_.rbegin(); link != links_.rend(); ++link) {
    if (link->seesBodies()) link->filter->encodeData(context, data, end);
  }
}

void FilterChain::encodeTrailers(FilterContext& context, http::HeaderMap& trailers,
                                 std::string_view& data) {
  for (auto link = links_.rbegin(); link != links_.rend(); ++link) {
    if (!link->seesBodies()) continue;
    // What one says instead of trailers is the body's end for those after it.
    if (!data.empty()) link->filter->encodeData(context, data, trailers.empty());
    if (!trailers.empty()) link->filter->encodeTrailers(context, trailers, data);
  }
}

bool FilterChain::seesBodies() const {
  return std::any_of(links_.begin(), links_.end(), [](const Link& l) { return l.seesBodies(); });
}

bool FilterChain::holdsResponse() const {
  return std::any_of(links_.begin(), links_.end(),
                     [](const Link& l) { return l.on && l.filter->holdsResponse(); });
}

void FilterChain::reset() {
  for (Link& link : links_) {
    link.filter->reset();
    link.on = !link.config->disabled;
  }
}

}  // namespace convoy::worker
