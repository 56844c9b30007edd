#include "worker/upstream/proxy_origination.h"

#include <algorithm>

#include "common/net/proxy_header.h"

namespace convoy::worker {

std::string proxyHeader(const config::Cluster& cluster, const net::Address& client,
                        const net::Address& local, const ClientOrigin* origin) {
  if (!cluster.proxy) return {};
  const config::UpstreamProxy& config = *cluster.proxy;
  if (config.version == 1) return net::encodeProxyV1(client, local);
  std::vector<net::ProxyTlv> tlvs;
  for (const auto& added : config.added_tlvs) tlvs.push_back({added.type, added.value});
  const auto isThere = [&](uint8_t type) {
    return std::any_of(tlvs.begin(), tlvs.end(), [&](const auto& t) { return t.type == type; });
  };
  if (origin != nullptr) {
    for (const net::ProxyTlv& tlv : origin->tlvs) {
      const bool wanted = config.pass_all_tlvs ||
                          std::count(config.pass_tlvs.begin(), config.pass_tlvs.end(), tlv.type);
      // What is configured replaces what the client's side said.
      if (wanted && !isThere(tlv.type)) tlvs.push_back(tlv);
    }
  }
  return net::encodeProxyV2(client, local, tlvs);
}

}  // namespace convoy::worker
