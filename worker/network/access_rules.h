// access_rules: does a set of RBAC rules (config.rbac.v3) allow a request, or a connection before
// there is any request: a function of the rules and the facts. Stateless; worker.
#pragma once

#include <string_view>

#include "common/config/model/rbac.h"
#include "common/http/header_map.h"
#include "common/net/address.h"
#include "common/net/transport.h"

namespace convoy::worker {

// Null: not known; no rule about it holds.
struct AccessFacts {
  const net::Address* remote = nullptr;  // as a PROXY header or x-forwarded-for may have it
  const net::Address* direct_remote = nullptr;
  const net::Address* local = nullptr;
  net::Transport* transport = nullptr;  // plain bytes without
  std::string_view server_name = {};    // that TLS asked for
  const http::RequestHead* request = nullptr;
};

struct AccessVerdict {
  bool allowed = true;
  std::string_view policy;  // that matched; "" if none did
};

AccessVerdict judge(const config::RbacRules& rules, const AccessFacts& facts);

}  // namespace convoy::worker
