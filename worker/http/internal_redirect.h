// internal_redirect: what turns a request into the one that the redirect of an upstream asks for,
// where its route says that such are followed here (Envoy: Filter::setupRedirect and
// convertRequestHeadersForInternalRedirect). Pure but for the RedirectTrail, which a stream carries
// from one pass to the next; that starts the next pass (stream_redirect.cc). Worker loop.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/arena.h"
#include "common/config/model/route.h"
#include "common/http/header_map.h"
#include "common/net/transport.h"
#include "worker/route/route_table.h"

namespace convoy::worker {

// Where redirects have led one request.
class RedirectTrail {
 public:
  uint32_t count() const { return count_; }
  void step() { ++count_; }
  // previous_routes: false if a redirect of `from` asked for the route of that name before.
  bool enter(const config::Route* from, std::string_view to);
  void clear();

 private:
  uint32_t count_ = 0;
  std::vector<std::pair<const config::Route*, std::string_view>> entered_;
};

enum class RedirectResult : uint8_t {
  Followed,  // the request asks for the new target
  NoLocation,
  BadLocation,
  UnsafeScheme,
  TooMany,
  NoRoute,
  Predicate,
};

struct RedirectCase {
  const config::Route& from;  // has a policy
  const RouteTable& routes;
  uint64_t random;                  // as RouteTable::match has it
  const net::Transport* transport;  // of the client; null: plain bytes
  base::Arena& arena;
  RedirectTrail& trail;
};

// Whether an answer of that status is one to be followed.
bool isFollowed(const config::InternalRedirectPolicy& policy, int status);

// Anything but Followed leaves the request as it was.
RedirectResult followRedirect(const RedirectCase& c, const http::ResponseHead& answer,
                              http::RequestHead& request);

}  // namespace convoy::worker
