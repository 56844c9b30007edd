#include "worker/filters/header_mutation.h"

#include <algorithm>
#include <array>

#include "worker/route/header_edits.h"

namespace convoy::worker {

namespace {

const config::HeaderMutationFilter* settingsIn(const config::FilterOverrides& overrides,
                                               std::string_view name) {
  for (const config::FilterOverride& one : overrides) {
    if (one.name == name && one.settings != nullptr) {
      return std::get_if<config::HeaderMutationFilter>(one.settings.get());
    }
  }
  return nullptr;
}

}  // namespace

FilterStatus HeaderMutationFilter::decodeHeaders(FilterContext& context, bool) {
  apply(context, &config::HeaderMutationFilter::request, context.request.headers);
  return FilterStatus::Continue;
}

void HeaderMutationFilter::encodeHeaders(FilterContext& context, bool) {
  apply(context, &config::HeaderMutationFilter::response, context.response.headers);
}

void HeaderMutationFilter::apply(FilterContext& context, Steps config::HeaderMutationFilter::*steps,
                                 http::HeaderMap& headers) const {
  if (!context.format) return;
  const auto* own = std::get_if<config::HeaderMutationFilter>(config_.settings.get());
  const RouteMatchResult& match = context.match;
  std::array<const config::HeaderMutationFilter*, 3> levels = {
      match.route == nullptr ? nullptr : settingsIn(match.route->filters, config_.name),
      match.virtual_host == nullptr ? nullptr
                                    : settingsIn(match.virtual_host->filters, config_.name),
      settingsIn(context.configuration.filters, config_.name)};
  if (own != nullptr) {
    applySteps(own->*steps, *context.format, context.arena, headers);
    if (own->most_specific_wins) std::reverse(levels.begin(), levels.end());
  }
  for (const config::HeaderMutationFilter* level : levels) {
    if (level != nullptr) applySteps(level->*steps, *context.format, context.arena, headers);
  }
}

}  // namespace convoy::worker
