// chain_match: which filter chain of a listener takes a connection. Envoy's order: destination
// port, destination address, server name, transport protocol, application protocols, directly
// connected address, source type, source address, source port; of each the most specific match
// wins, and what it excludes does not come back. Immutable; made with its Listener.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/model/listener.h"
#include "common/net/address.h"
#include "worker/listener/client_hello.h"

namespace convoy::worker {

struct ConnectionTraits {
  const net::Address& peer;
  const net::Address& local;
  const ClientHello* hello = nullptr;    // null: it is not TLS, or nobody has looked
  const net::Address* direct = nullptr;  // the socket's peer, if `peer` is another's word
  std::string_view http_protocol = {};   // of clear text, if somebody has looked
};

class ChainMatch {
 public:
  explicit ChainMatch(const config::Listener& listener);
  // The index of the chain.
  std::optional<size_t> find(const ConnectionTraits& connection) const;
  // One chain that takes everything.
  bool trivial() const { return trivial_; }

 private:
  struct Range {
    net::Address address;
    uint32_t bits = 0;
  };
  struct Chain {
    const config::FilterChainMatch* match;
    std::vector<Range> destinations, direct_sources, sources;
  };
  static std::vector<Range> rangesOf(const std::vector<config::CidrRange>& ranges);
  static int best(const std::vector<Range>& ranges, const net::Address& address);
  static int score(const Chain& chain, int criterion, const ConnectionTraits& connection,
                   std::string_view server_name);

  std::vector<Chain> chains_;  // without the default one
  std::optional<size_t> default_;
  bool trivial_ = false;
};

}  // namespace convoy::worker
