#include <algorithm>

#include "common/base/text.h"
#include "common/config/parse.h"
#include "common/net/address.h"

namespace convoy::config {

std::optional<CidrRange> parseRange(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Reader c(node, path, "envoy.config.core.v3.CidrRange", d);
  CidrRange range;
  c.required("address_prefix");
  range.address = c.text("address_prefix");
  const auto address = net::Address::fromIp(range.address, 0);
  if (!address.ok()) {
    c.error("address_prefix", code::kWrongValue, "\"" + range.address + "\" is not an IP address");
    return std::nullopt;
  }
  const uint64_t bits = address->family() == AF_INET ? 32 : 128;
  range.octets = std::string(address->octets());
  range.prefix = static_cast<uint32_t>(c.uint("prefix_len", 0));
  if (range.prefix > bits) {
    c.error("prefix_len", code::kWrongValue,
            "prefix_len is at most " + std::to_string(bits) + " here");
  }
  return range;
}

void parseRanges(Reader& r, std::string_view field, std::vector<CidrRange>& out) {
  r.list(field, [&](const TreeNode& n, const std::string& p) {
    if (auto range = parseRange(n, p, r.diagnostics())) out.push_back(std::move(*range));
  });
}

FilterChainMatch parseChainMatch(const TreeNode& node, const std::string& path, Diagnostics& d) {
  using From = FilterChainMatch::SourceType;
  FilterChainMatch out;
  Reader r(node, path, "envoy.config.listener.v3.FilterChainMatch", d);
  const auto port = [&](uint64_t value, std::string_view field) {
    if (value == 0 || value > 65535) {
      r.error(field, code::kWrongValue, "a port is a number from 1 to 65535");
    }
    return static_cast<uint16_t>(value);
  };
  if (const auto value = r.optionalUint("destination_port")) {
    out.destination_port = port(*value, "destination_port");
  }
  parseRanges(r, "prefix_ranges", out.prefix_ranges);
  parseRanges(r, "direct_source_prefix_ranges", out.direct_source_prefix_ranges);
  parseRanges(r, "source_prefix_ranges", out.source_prefix_ranges);
  out.source_type = static_cast<From>(std::max(
      0, r.enumeration("source_type",
                       {{"ANY", 0, 0}, {"SAME_IP_OR_LOOPBACK", 1, 1}, {"EXTERNAL", 2, 2}}, 0)));
  r.list("source_ports", [&](const TreeNode& n, const std::string&) {
    out.source_ports.push_back(port(base::parseUint(n.scalar).value_or(0), "source_ports"));
  });
  for (const std::string& text : r.texts("server_names")) {
    std::string name = base::lowered(text);
    const size_t star = name.find('*');
    if (name == "*" || (star != std::string::npos && (star != 0 || !name.starts_with("*.") ||
                                                      name.find('*', 1) != std::string::npos))) {
      r.error("server_names", code::kWrongValue,
              "\"" + text + "\" is no server name: a '*' may only stand for the first labels",
              "write \"*.example.com\", or leave server_names out to take any name");
    }
    out.server_names.push_back(star == 0 ? name.substr(1) : name);
  }
  out.transport_protocol = r.text("transport_protocol");
  const std::string& protocol = out.transport_protocol;
  if (!protocol.empty() && protocol != "tls" && protocol != "raw_buffer") {
    r.error("transport_protocol", code::kWrongValue,
            "transport_protocol is \"tls\" or \"raw_buffer\" here");
  }
  out.application_protocols = r.texts("application_protocols");
  r.unsupported("address_suffix", "it is not looked at");
  r.unsupported("suffix_len", "it is not looked at");
  r.unsupported("sni_domains", "write server_names");
  return out;
}

}  // namespace convoy::config
