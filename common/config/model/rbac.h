// model/rbac: config.rbac.v3: who may do what, as policies of permissions and principals.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/matcher.h"
#include "common/config/model/core.h"
#include "common/config/model/header_matcher.h"

namespace convoy::config {

// A permission or a principal: both are trees of conditions on a request.
struct RbacRule {
  enum class Kind : uint8_t {
    Any,
    And,
    Or,
    Not,  // of its one member
    Header,
    UrlPath,  // without the query
    DestinationIp,
    DestinationPorts,  // [first, end)
    ServerName,        // that TLS asked for
    Authenticated,     // TLS, with a certificate whose name matches; without a name: any
    DirectRemoteIp,
    RemoteIp,  // as x-forwarded-for may have it
  };
  Kind kind = Kind::Any;
  std::vector<RbacRule> members;
  std::optional<HeaderMatcher> header;
  std::optional<base::StringMatcher> text;
  CidrRange range;
  uint32_t port_first = 0, port_end = 0;
};

struct RbacPolicy {
  std::string name;
  std::vector<RbacRule> permissions;  // any of them
  std::vector<RbacRule> principals;   // and any of these
};

struct RbacRules {
  enum class Action : uint8_t { Allow, Deny, Log };
  Action action = Action::Allow;
  std::vector<RbacPolicy> policies;  // by name
};

struct RbacFilter {
  std::optional<RbacRules> rules;
  std::optional<RbacRules> shadow_rules;  // counted only
};

}  // namespace convoy::config
