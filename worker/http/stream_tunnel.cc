// How a request becomes a tunnel: an upgrade, or CONNECT, that its route allows. Between its two
// ends an upgrade is what HTTP/1 makes of it; clients and upstreams of HTTP/2 have it as CONNECT
// (RFC 8441).
#include <algorithm>
#include <cstring>

#include "common/base/base64.h"
#include "common/base/text.h"
#include "common/net/tls_digest.h"
#include "worker/http/conn_manager.h"
#include "worker/http/stream.h"

namespace convoy::worker {

using stats::HttpStat;

namespace {

constexpr std::string_view kWebSocketKey = "sec-websocket-key";
constexpr std::string_view kWebSocketAccept = "sec-websocket-accept";

// What a server of HTTP/1 answers to that key (RFC 6455 section 4.2.2).
std::string acceptOf(std::string_view key) {
  std::string out;
  base::appendBase64(net::sha1(std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"), out);
  return out;
}

}  // namespace

// A route overrides what the listener says (Envoy: upgrade_configs of both).
bool Stream::upgradeEnabled(const config::RouteAction& action) const {
  const auto names = [this](const std::vector<std::string>& list) {
    return std::any_of(list.begin(), list.end(), [this](const std::string& name) {
      return base::equalsIgnoreCase(name, request_.upgrade);
    });
  };
  if (names(action.upgrades_disabled)) return false;
  return names(action.upgrades) || names(manager_->config().upgrades);
}

// False: it is not allowed here.
bool Stream::prepareUpgrade(const config::RouteAction& action, const Cluster& cluster) {
  if (!upgradeEnabled(action)) return false;
  if (request_.method == http::Method::Connect) {
    request_.to_raw = action.connect_to_raw;
    return true;
  }
  const bool websocket = base::equalsIgnoreCase(request_.upgrade, "websocket");
  if (connection_->multiplexed() && websocket && !cluster.speaksHttp2(request_.protocol) &&
      request_.headers.find(kWebSocketKey) == nullptr) {
    // HTTP/2 does without, HTTP/1 must have one (RFC 8441 section 5, RFC 6455 section 4.1).
    char octets[16];
    for (size_t at = 0; at < sizeof(octets); at += sizeof(uint64_t)) {
      const uint64_t random = context_->random.next();
      std::memcpy(octets + at, &random, sizeof(random));
    }
    std::string key;
    base::appendBase64({octets, sizeof(octets)}, key);
    request_.headers.add(kWebSocketKey, arena_.copy(key));
    made_websocket_key_ = true;
  }
  return true;
}

// The answer to an upgrade or CONNECT is here. False: another was given in its place.
bool Stream::becomeTunnel() {
  if (response_.upgrade.empty()) {
    // To a client of HTTP/2 any success would be a tunnel.
    if (!connection_->multiplexed() || response_.status >= 300) return true;
    attempt_.abort();
    fail(Failure::UpstreamProtocolError);
    return false;
  }
  if (connection_->multiplexed()) {
    response_.status = 200;
    if (made_websocket_key_) response_.headers.remove(kWebSocketAccept);
  } else if (record_.upstream_http2 && response_.headers.find(kWebSocketAccept) == nullptr) {
    // HTTP/2 does without (RFC 8441 section 5), this client does not. A proxy before an upstream of
    // HTTP/1 has passed it on.
    const std::string_view* key = request_.headers.find(kWebSocketKey);
    if (key != nullptr) response_.headers.add(kWebSocketAccept, arena_.copy(acceptOf(*key)));
  }
  // A tunnel lives as long as its two ends want.
  route_timer_.cancel();
  manager_->httpStats().inc(HttpStat::downstream_cx_upgrades_total);
  manager_->httpStats().inc(HttpStat::downstream_cx_upgrades_active);
  return true;
}

}  // namespace convoy::worker
