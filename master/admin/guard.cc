#include "master/admin/guard.h"

#include <arpa/inet.h>
#include <array>
#include <unistd.h>

#include "common/base/text.h"

namespace convoy::master {

namespace {

// RFC 6761, RFC 6762, the "internal" top level that ICANN reserved in 2024, and Kubernetes' short
// form of service names. None can be registered.
constexpr std::array<std::string_view, 4> kPrivateDomains = {".localhost", ".local", ".internal",
                                                             ".svc"};

std::string_view withoutPort(std::string_view authority) {
  const size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  return authority.substr(0, authority.find(':', bracket));
}

bool isIp(std::string_view host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const std::string text(bracketed ? host.substr(1, host.size() - 2) : host);
  in6_addr address;
  return ::inet_pton(bracketed ? AF_INET6 : AF_INET, text.c_str(), &address) == 1;
}

bool isThisMachine(std::string_view host) {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 &&
         base::equalsIgnoreCase(host, name.data());
}

}  // namespace

bool isTrustedHost(std::string_view authority) {
  const std::string host = base::lowered(withoutPort(authority));
  if (host.empty() || isIp(host)) return true;
  if (host.find('.') == std::string::npos) return true;
  for (std::string_view domain : kPrivateDomains) {
    if (std::string_view(host).ends_with(domain)) return true;
  }
  return isThisMachine(host);
}

std::string refusalOf(const AdminRequest& request) {
  if (!request.fetch_site.empty() && request.fetch_site != "same-origin" &&
      request.fetch_site != "none") {
    return "Sec-Fetch-Site: " + request.fetch_site +
           ": a page of another site may not change this server.\n";
  }
  // Our own home page posts with its own origin.
  if (!request.origin.empty() &&
      !base::equalsIgnoreCase(request.origin, "http://" + request.authority)) {
    return "Origin " + request.origin + " may not change this server.\n";
  }
  if (!request.over_unix_socket && !isTrustedHost(request.authority)) {
    return "Host " + request.authority +
           " is refused for requests that change state: use the address, localhost or a local "
           "name.\n";
  }
  return "";
}

}  // namespace convoy::master
