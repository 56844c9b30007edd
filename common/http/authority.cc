#include "common/http/authority.h"

#include "common/base/text.h"

namespace convoy::http {

namespace {

// Of the ':' before the port.
size_t colonOf(std::string_view authority) {
  const size_t colon = authority.rfind(':');
  const size_t bracket = authority.rfind(']');
  const bool inside =
      bracket != std::string_view::npos && colon != std::string_view::npos && bracket > colon;
  return inside ? std::string_view::npos : colon;
}

}  // namespace

std::optional<uint32_t> portOf(std::string_view authority) {
  const size_t colon = colonOf(authority);
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = base::parseUint(authority.substr(colon + 1));
  if (!port || *port > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(*port);
}

std::string_view withoutPort(std::string_view authority, std::optional<uint32_t> only) {
  const auto port = portOf(authority);
  if (!port || (only && *only != *port)) return authority;
  return authority.substr(0, colonOf(authority));
}

std::string_view withoutTrailingDot(std::string_view authority, base::Arena& arena) {
  const size_t dot = authority.rfind('.');
  if (dot == std::string_view::npos) return authority;
  if (dot + 1 == authority.size()) return authority.substr(0, dot);
  if (authority[dot + 1] != ':') return authority;
  return arena.concat(authority.substr(0, dot), authority.substr(dot + 1));
}

}  // namespace convoy::http
