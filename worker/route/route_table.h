// route_table: authority + path + headers -> route, with Envoy's rules: the most specific domain
// first (exact, longest suffix wildcard, longest prefix wildcard, "*"), then the first route in
// order that matches. The index (hash of exact paths, radix trie of prefixes carrying minimum route
// numbers; performance.md section 8) gives the same answer as the linear scan in sublinear time.
// Immutable; built when a worker is configured; refers to the model, which must outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "common/config/model/route.h"
#include "common/http/header_map.h"
#include "common/net/transport.h"

namespace convoy::worker {

struct RouteMatchResult {
  const config::VirtualHost* virtual_host = nullptr;  // null: no domain matched
  const config::Route* route = nullptr;               // null: 404 NR
};

class RouteTable {
 public:
  static std::unique_ptr<const RouteTable> build(const config::RouteConfiguration& configuration);
  virtual ~RouteTable() = default;
  // `random`: of this request; decides where a route takes a share of them (runtime_fraction).
  // `transport`: of its connection (tls_context); null: plain bytes.
  virtual RouteMatchResult match(const http::RequestHead& request, uint64_t random = 0,
                                 const net::Transport* transport = nullptr) const = 0;
};

// The plain loop, kept as the reference that tests compare the index with.
RouteMatchResult matchLinear(const config::RouteConfiguration& configuration,
                             const http::RequestHead& request, uint64_t random = 0,
                             const net::Transport* transport = nullptr);

}  // namespace convoy::worker
