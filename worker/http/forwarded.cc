#include "worker/http/forwarded.h"

#include <algorithm>
#include <iterator>

#include "common/base/text.h"
#include "worker/upstream/retry.h"

namespace convoy::worker {

using http::HeaderId;

namespace {

// The element of the comma list that is `skip` from the right (0 = last); empty if there is none.
std::string_view fromRight(std::string_view list, uint32_t skip) {
  for (;;) {
    const size_t comma = list.rfind(',');
    std::string_view last = comma == std::string_view::npos ? list : list.substr(comma + 1);
    if (skip == 0) return base::trimOws(last);
    if (comma == std::string_view::npos) return {};
    --skip;
    list = list.substr(0, comma);
  }
}

// The client's address by x-forwarded-for when `hops` proxies in front of us are trusted.
bool clientOf(const http::RequestHead& head, uint32_t skip, net::Address& out) {
  // Several fields are one list (RFC 9110 section 5.3); the last field holds the nearest hops.
  const std::string_view* value = nullptr;
  for (const auto& entry : head.headers) {
    if (entry.id == HeaderId::XForwardedFor) value = &entry.value;
  }
  if (value == nullptr) return false;
  auto parsed = net::Address::fromIp(fromRight(*value, skip), 0);
  if (!parsed.ok()) return false;
  out = *parsed;
  return true;
}

void appendForwardedFor(const net::Address& direct, base::Arena& arena, http::RequestHead& head) {
  char text[64];
  const std::string_view ip(text, direct.formatIp(text));
  const std::string_view* old = head.headers.find(HeaderId::XForwardedFor);
  if (old == nullptr) {
    head.headers.add(HeaderId::XForwardedFor, arena.copy(ip));
    return;
  }
  // Several lines become one, in order, so that ours is the last word.
  std::string_view joined;
  for (const auto& entry : head.headers) {
    if (entry.id != HeaderId::XForwardedFor) continue;
    joined = joined.empty() ? entry.value : arena.concat(joined, ",", entry.value);
  }
  head.headers.set(HeaderId::XForwardedFor,
                   joined.empty() ? arena.copy(ip) : arena.concat(joined, ",", ip));
}

void setRequestId(const config::HttpConnectionManager& config, bool edge, base::Random& random,
                  base::Arena& arena, http::RequestHead& head) {
  const bool present = head.headers.has(HeaderId::XRequestId);
  if (present && edge && !config.preserve_external_request_id) {
    head.headers.remove(HeaderId::XRequestId);
  } else if (present) {
    return;
  }
  if (!config.generate_request_id) return;
  char* id = arena.allocate(36);
  random.uuid4(id);
  head.headers.add(HeaderId::XRequestId, std::string_view(id, 36));
}

// Who sends this, for services inside the mesh (Envoy: add_user_agent).
void addUserAgent(const config::Node& self, http::RequestHead& head) {
  head.headers.set(HeaderId::XEnvoyDownstreamServiceCluster, self.cluster);
  const std::string_view* agent = head.headers.find(HeaderId::UserAgent);
  if (agent == nullptr || agent->empty()) head.headers.set(HeaderId::UserAgent, self.cluster);
  if (!self.id.empty()) head.headers.set(HeaderId::XEnvoyDownstreamServiceNode, self.id);
}

// An external request may not speak for the mesh (Envoy: cleanInternalHeaders). `edge`: nobody
// whom we trust stands before us.
void removeUntrusted(bool edge, http::RequestHead& head) {
  constexpr std::string_view kPrefix = "x-envoy-";
  constexpr std::string_view kAlways[] = {"expected-rq-timeout-ms",
                                          "force-trace",
                                          "hedge-on-per-try-timeout",
                                          "ip-tags",
                                          "original-url",
                                          "retriable-header-names",
                                          "upstream-alt-stat-name",
                                          "upstream-rq-timeout-alt-response",
                                          "upstream-rq-timeout-ms"};
  constexpr std::string_view kAtTheEdge[] = {
      "attempt-count",           "decorator-operation", "downstream-service-cluster",
      "downstream-service-node", "original-host",       "original-path"};
  const auto in = [](std::string_view name, const auto& names) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  };
  head.headers.removeIf([&](const http::HeaderEntry& field) {
    if (!field.name.starts_with(kPrefix)) return false;
    const std::string_view name = field.name.substr(kPrefix.size());
    return isRetryField(field.name) || in(name, kAlways) || (edge && in(name, kAtTheEdge));
  });
}

}  // namespace

InternalAddresses::InternalAddresses(const config::HttpConnectionManager& config)
    : unix_sockets_(config.internal_unix_sockets) {
  for (const config::CidrRange& range : config.internal_ranges) {
    const auto network = net::Address::fromIp(range.address, 0);
    if (network.ok()) ranges_.push_back({*network, range.prefix});
  }
}

bool InternalAddresses::contains(const net::Address& address) const {
  if (address.isUnix()) return unix_sockets_;
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
    return address.isWithin(range.network, range.prefix_bits);
  });
}

void applyForwarded(const config::HttpConnectionManager& config,
                    const InternalAddresses& internal_addresses, const config::Node& self,
                    const net::Address& direct, base::Random& random, base::Arena& arena,
                    http::RequestHead& head, net::Address& remote, bool tls) {
  remote = direct;
  bool told_by_one = false;  // x-forwarded-for names one address
  if (config.use_remote_address) {
    // Trusted hops in front: the client is the one the farthest trusted hop saw.
    if (config.xff_num_trusted_hops > 0) {
      clientOf(head, config.xff_num_trusted_hops - 1, remote);
    }
    if (!config.skip_xff_append && direct.isIp()) appendForwardedFor(direct, arena, head);
    if (config.xff_num_trusted_hops == 0) head.headers.remove(HeaderId::XForwardedProto);
  } else {
    const std::string_view* xff = head.headers.find(HeaderId::XForwardedFor);
    told_by_one = clientOf(head, config.xff_num_trusted_hops, remote) &&
                  xff->find(',') == std::string_view::npos &&
                  head.headers.count(HeaderId::XForwardedFor) == 1;
  }
  if (!head.headers.has(HeaderId::XForwardedProto)) {
    head.headers.add(HeaderId::XForwardedProto, tls ? "https" : "http");
  }
  // No scheme came with an HTTP/1 request: what the trusted hop before us saw counts.
  const std::string_view proto = *head.headers.find(HeaderId::XForwardedProto);
  if (proto == "http" || proto == "https") head.scheme = proto;
  const bool internal =
      (config.use_remote_address || told_by_one) && internal_addresses.contains(remote);
  const bool edge = config.use_remote_address && !internal;
  head.headers.remove(HeaderId::XEnvoyInternal);
  if (internal) {
    head.headers.set(HeaderId::XEnvoyInternal, "true");
  } else {
    removeUntrusted(edge, head);
  }
  if (edge) {
    char text[64];
    head.headers.set(HeaderId::XEnvoyExternalAddress,
                     arena.copy(std::string_view(text, remote.formatIp(text))));
  }
  if (!config.scheme_to_overwrite.empty()) {
    head.scheme = config.scheme_to_overwrite;
    head.headers.set(HeaderId::XForwardedProto, config.scheme_to_overwrite);
  }
  if (config.add_user_agent && !self.cluster.empty()) addUserAgent(self, head);
  setRequestId(config, edge, random, arena, head);
}

void dropInternalOnly(const config::RouteConfiguration& routes, http::RequestHead& head) {
  if (routes.internal_only_headers.empty()) return;
  const std::string_view* internal = head.headers.find(HeaderId::XEnvoyInternal);
  if (internal != nullptr && *internal == "true") return;
  for (const std::string& name : routes.internal_only_headers) {
    head.headers.remove(std::string_view(name));
  }
}

}  // namespace convoy::worker
