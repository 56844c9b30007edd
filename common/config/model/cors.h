// model/cors: extensions.filters.http.cors.v3.CorsPolicy (and config.route.v3.CorsPolicy, the older
// form): which pages of other origins may read the answers of a route, virtual host or route
// configuration. What is empty or absent is asked of the next less specific policy.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/matcher.h"
#include "common/config/model/core.h"

namespace convoy::config {

struct CorsPolicy {
  std::vector<base::StringMatcher> allow_origins;
  std::string allow_methods;  // values of the response fields, as they are
  std::string allow_headers;
  std::string expose_headers;
  std::string max_age;
  std::optional<bool> allow_credentials;
  std::optional<bool> allow_private_network_access;
  std::optional<bool> forward_not_matching_preflights;
  std::optional<Fraction> filter_enabled;  // absent: always
  std::optional<Fraction> shadow_enabled;  // counts, but changes nothing; absent: never
};

}  // namespace convoy::config
