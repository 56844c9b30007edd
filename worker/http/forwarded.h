// forwarded: what a request says of where it came from, made trustworthy before routing:
// x-forwarded-for, x-forwarded-proto, x-request-id, x-envoy-external-address, x-envoy-internal, and
// the x-envoy-* fields that only a trusted hop may set. Envoy's rules: HttpConnectionManager docs,
// headers.rst, conn_manager_utility.cc. Stateless.
#pragma once

#include <vector>

#include "common/base/arena.h"
#include "common/base/random.h"
#include "common/config/model/core.h"
#include "common/config/model/http.h"
#include "common/http/header_map.h"
#include "common/net/address.h"

namespace convoy::worker {

// internal_address_config: the addresses whose requests are the mesh's own.
class InternalAddresses {
 public:
  explicit InternalAddresses(const config::HttpConnectionManager& config);
  bool contains(const net::Address& address) const;

 private:
  struct Range {
    net::Address network;
    uint32_t prefix_bits;
  };
  std::vector<Range> ranges_;
  bool unix_sockets_;
};

// `self` is who we are (node); `tls`: how the request came. Edits `head`; sets `remote` to the
// client's address as the trusted hops report it (else `direct`).
void applyForwarded(const config::HttpConnectionManager& config,
                    const InternalAddresses& internal_addresses, const config::Node& self,
                    const net::Address& direct, base::Random& random, base::Arena& arena,
                    http::RequestHead& head, net::Address& remote, bool tls = false);

// internal_only_headers: those of a client that is not internal are dropped. After applyForwarded.
void dropInternalOnly(const config::RouteConfiguration& routes, http::RequestHead& head);

}  // namespace convoy::worker
