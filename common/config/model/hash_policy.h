// model/hash_policy: config.route.v3.RouteAction.HashPolicy: what of a request chooses its host
// where the load balancer hashes (RING_HASH, MAGLEV).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/config/model/regex_rewrite.h"

namespace convoy::config {

struct HashPolicy {
  enum class Kind : uint8_t { Header, Cookie, SourceIp, QueryParameter };
  Kind kind = Kind::Header;
  std::string name;                           // of the field (lower case), cookie, parameter
  std::optional<RegexRewrite> regex_rewrite;  // Header
  // Cookie: one is made where the client brings none; 0: until its program ends; absent: none is.
  std::optional<uint64_t> ttl_s;
  std::string path;
  std::vector<std::pair<std::string, std::string>> attributes;  // name, value or ""
  bool terminal = false;  // those after it count only if this one found nothing
};

}  // namespace convoy::config
