// rbac_rules: does a set of RBAC rules (config.rbac.v3) allow a request. Stateless.
#pragma once

#include <string_view>

#include "common/config/model/rbac.h"
#include "common/http/header_map.h"
#include "worker/record.h"

namespace convoy::worker {

struct RbacVerdict {
  bool allowed = true;
  std::string_view policy;  // that matched; "" if none did
};

RbacVerdict judge(const config::RbacRules& rules, const http::RequestHead& request,
                  const Record& record);

}  // namespace convoy::worker
