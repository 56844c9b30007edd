// cors: envoy.filters.http.cors: answers preflight requests and marks the answers that pages of
// other origins may read (the Fetch standard, "HTTP CORS protocol"). The policies come from the
// route, its virtual host and the route configuration; each setting is the most specific one that
// says something, as in Envoy.
#pragma once

#include <array>

#include "worker/filters/filter.h"

namespace convoy::worker {

class CorsFilter final : public Filter {
 public:
  FilterStatus decodeHeaders(FilterContext& context, bool end) override;
  void encodeHeaders(FilterContext& context, bool end) override;
  void reset() override;

 private:
  FilterStatus preflight(FilterContext& context) const;
  bool enabled(FilterContext& context) const;
  bool shadowEnabled(FilterContext& context) const;
  bool originAllowed() const;
  std::string_view text(std::string config::CorsPolicy::*field) const;
  bool flag(std::optional<bool> config::CorsPolicy::*field, bool otherwise) const;

  std::array<const config::CorsPolicy*, 3> policies_{};  // the most specific first; may be null
  std::string_view origin_;                              // of the request, allowed; "" if not
};

}  // namespace convoy::worker
