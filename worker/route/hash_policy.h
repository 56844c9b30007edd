// hash_policy: the number by which a hashing load balancer chooses the host of a request, from the
// hash_policy of its route. The same as Envoy's for the same request (common/http/hash_policy.cc),
// so that both choose alike. Stateless; made text is in the stream's arena; nothing is allocated in
// the steady state, unless a regex_rewrite is configured.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/arena.h"
#include "common/config/model/hash_policy.h"
#include "common/http/header_map.h"
#include "common/net/address.h"

namespace convoy::worker {

struct HashSource {
  const http::RequestHead& request;
  const net::Address& remote;  // of the client, as x-forwarded-for may have it
  const net::Address& peer;    // the two ends of its connection
  const net::Address& local;
};

// Absent if no policy finds anything. Set-Cookie values that the answer is to carry are added to
// `cookies`.
std::optional<uint64_t> hashOf(const std::vector<config::HashPolicy>& policies,
                               const HashSource& source, base::Arena& arena,
                               std::vector<std::string_view>& cookies);
// source_ip of a TCP proxy. Absent for a unix socket.
std::optional<uint64_t> hashOfIp(const net::Address& address);

}  // namespace convoy::worker
