// csrf: envoy.filters.http.csrf: a request that changes something (POST, PUT, DELETE, PATCH) must
// come from a page of its own origin or of an allowed one: Origin, or else Referer, has the host
// that is asked.
#pragma once

#include "worker/filters/filter.h"

namespace convoy::worker {

class CsrfFilter final : public Filter {
 public:
  explicit CsrfFilter(const config::HttpFilter& config) : config_(config) {}
  FilterStatus decodeHeaders(FilterContext& context, bool end) override;
  void encodeHeaders(FilterContext&, bool) override {}
  void reset() override {}

 private:
  const config::HttpFilter& config_;
};

// "https://user@host:443/path" -> "host:443"; what is no URL stays as it is.
std::string_view hostAndPort(std::string_view url);

}  // namespace convoy::worker
