#include "master/listen_address.h"

#include "common/base/text.h"

namespace convoy::master {

base::Result<net::Address> listenAddress(std::string_view text) {
  if (text.starts_with('/') || text.starts_with('@')) return net::Address::fromUnixPath(text);
  const size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon == std::string_view::npos ? 0 : colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto port = base::parseUint(text.substr(colon == std::string_view::npos ? 0 : colon + 1));
  if (host.empty() || !port || *port > UINT16_MAX) {
    return base::Error::make(
        base::ErrorKind::InvalidArgument,
        "\"" + std::string(text) +
            "\" is not of the form 127.0.0.1:9902, [::]:9902 or /path/of/a.sock",
        base::Side::Operator);
  }
  return net::Address::fromIp(host, static_cast<uint16_t>(*port));
}

}  // namespace convoy::master
