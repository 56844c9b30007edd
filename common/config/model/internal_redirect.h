// model/internal_redirect: config.route.v3.InternalRedirectPolicy: which redirects of an upstream
// are followed here instead of going to the client.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace convoy::config {

struct InternalRedirectPolicy {
  // What the route that a redirect leads to has to be.
  struct Predicate {
    enum class Kind : uint8_t {
      PreviousRoutes,   // none that a redirect of this route led to before
      AllowListed,      // one of `names`
      SafeCrossScheme,  // never from http to https
    };
    Kind kind = Kind::PreviousRoutes;
    std::vector<std::string> names;
  };
  uint32_t max_redirects = 1;  // of one request, over all its routes
  std::vector<int> statuses = {302};
  bool allow_cross_scheme = false;
  std::vector<std::string> headers_to_copy;  // of the answer into the next request; lower case
  std::vector<Predicate> predicates;         // all of them
};

}  // namespace convoy::config
