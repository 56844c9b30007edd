#include "worker/upstream/pool_key.h"

#include "common/http/authority.h"

namespace convoy::worker {

std::string_view serverName(const config::Cluster& cluster, const http::RequestHead& request) {
  const config::AutoSni& wanted = cluster.auto_sni;
  if (!cluster.tls || (!wanted.sni && !wanted.san)) return {};
  std::string_view host = request.authority;
  if (!wanted.header.empty()) {
    const std::string_view* field = request.headers.find(wanted.header);
    if (field != nullptr && !field->empty()) host = *field;
  }
  host = http::withoutPort(host);
  // RFC 6066 section 3: without the dot at its end.
  if (host.size() > 1 && host.back() == '.') host.remove_suffix(1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return host;
}

}  // namespace convoy::worker
