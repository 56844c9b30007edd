#include "worker/route/target_cluster.h"

namespace convoy::worker {

using http::HeaderId;

std::string_view targetCluster(const config::RouteAction& action,
                               const config::WeightedCluster* weighted,
                               const http::RequestHead& request) {
  const std::string& field = weighted != nullptr ? weighted->cluster_header : action.cluster_header;
  if (field.empty()) return weighted != nullptr ? weighted->name : action.cluster;
  const std::string_view* value = request.find(field);
  return value == nullptr ? std::string_view() : *value;
}

bool mustUseTls(const config::VirtualHost& host, const http::RequestHead& request) {
  using RequireTls = config::VirtualHost::RequireTls;
  if (host.require_tls == RequireTls::None) return false;
  const std::string_view* scheme = request.headers.find(HeaderId::XForwardedProto);
  if (scheme == nullptr || *scheme == "https") return false;
  const std::string_view* internal = request.headers.find(HeaderId::XEnvoyInternal);
  return host.require_tls == RequireTls::All || internal == nullptr || *internal != "true";
}

}  // namespace convoy::worker
