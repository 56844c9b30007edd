// authority: "host", "host:port" or "[v6]:port", as Host fields and :authority carry it, and what
// an operator may have taken off it before routing (Envoy: strip_*_host_port,
// strip_trailing_host_dot). Stateless; any process.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/arena.h"

namespace convoy::http {

// The number after the last ':' outside brackets; none if there is no number.
std::optional<uint32_t> portOf(std::string_view authority);
// Without its port; unchanged if it has none, or another than `only`.
std::string_view withoutPort(std::string_view authority, std::optional<uint32_t> only = {});
// "example.com.:80" becomes "example.com:80" (in the arena), "example.com." loses its dot.
std::string_view withoutTrailingDot(std::string_view authority, base::Arena& arena);

}  // namespace convoy::http
