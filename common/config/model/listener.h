// model/listener: config.listener.v3 and the TCP proxy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/config/model/core.h"
#include "common/config/model/http.h"
#include "common/config/model/rbac.h"
#include "common/config/model/tls.h"
#include "common/config/model/token_bucket.h"

namespace convoy::config {

struct TcpProxy {
  struct Weighted {
    std::string name;
    uint32_t weight = 0;
    Origin origin;
  };
  std::string stat_prefix;
  std::string cluster;
  std::vector<Weighted> weighted_clusters;
  bool hash_source_ip = false;         // hash_policy: the client's address chooses the host
  uint64_t idle_timeout_ms = 3600000;  // 0 = none
  uint32_t max_connect_attempts = 1;
  uint64_t max_duration_ms = 0;  // of a connection; 0 = none
  uint32_t duration_jitter_percent = 0;
  std::vector<AccessLog> access_log;
  bool log_on_connected = false;  // a line when the upstream is connected, too
  uint64_t log_interval_ms = 0;   // and one that often while it lasts; 0 = none
  Origin origin;
};

// Answers every byte with itself.
struct Echo {
  Origin origin;
};

// network.direct_response: the text, and the connection ends.
struct NetworkDirectResponse {
  std::string body;
  Origin origin;
};

// Network filters before the last one of a chain.
struct ConnectionLimit {
  std::string stat_prefix;
  uint64_t max_connections = 0;
  uint64_t delay_ms = 0;  // that long a connection too many stays open
  bool enabled = true;    // runtime_enabled
};
struct ConnectionRate {  // network.local_ratelimit
  std::string stat_prefix;
  TokenBucket bucket;
  std::string share_key;  // filters with the same key and bucket have one bucket
  bool enabled = true;
};
struct NetworkRbac {
  std::string stat_prefix;
  std::optional<RbacRules> rules;
  std::optional<RbacRules> shadow_rules;  // counted only
};
struct SniCluster {};  // the TCP proxy's cluster is the one with the name that TLS asks for
using NetworkFilter = std::variant<ConnectionLimit, ConnectionRate, NetworkRbac, SniCluster>;

// listener.proxy_protocol
struct ProxyProtocol {
  bool allow_without = false;  // connections that do not begin with a header
  bool allow_v1 = true, allow_v2 = true;
  bool pass_all_tlvs = false;
  std::vector<uint8_t> pass_tlvs;
  bool keepsTlv(uint8_t type) const {
    if (pass_all_tlvs) return true;
    for (const uint8_t passed : pass_tlvs) {
      if (passed == type) return true;
    }
    return false;
  }
};

// Which connections a filter chain takes. What is empty asks nothing.
struct FilterChainMatch {
  enum class SourceType : uint8_t { Any, SameIpOrLoopback, External };
  std::optional<uint16_t> destination_port;
  std::vector<CidrRange> prefix_ranges;
  std::vector<CidrRange> direct_source_prefix_ranges;
  SourceType source_type = SourceType::Any;
  std::vector<CidrRange> source_prefix_ranges;
  std::vector<uint16_t> source_ports;
  std::vector<std::string> server_names;  // lower case; "*.example.com" as ".example.com"
  std::string transport_protocol;         // "", "tls", "raw_buffer"
  std::vector<std::string> application_protocols;
  bool wantsClientHello() const {
    return !server_names.empty() || !transport_protocol.empty() || !application_protocols.empty();
  }
};

struct FilterChain {
  std::string name;
  FilterChainMatch match;
  std::optional<DownstreamTls> tls;  // none: plain bytes
  uint64_t handshake_timeout_ms = 10000;
  bool use_proxy_proto = false;        // of Envoy's first versions: a proxy_protocol filter
  std::vector<NetworkFilter> filters;  // in their order, before the last
  std::variant<HttpConnectionManager, TcpProxy, Echo, NetworkDirectResponse> terminal;
  Origin origin;
  const HttpConnectionManager* http() const {
    return std::get_if<HttpConnectionManager>(&terminal);
  }
  const TcpProxy* tcp() const { return std::get_if<TcpProxy>(&terminal); }
};

struct Listener {
  std::string name;  // generated from the address if absent
  SocketAddress address;
  std::string stat_prefix;
  FilterChain filter_chain;  // the first
  std::vector<FilterChain> more_chains;
  bool has_default_chain = false;               // the last one takes what no other does
  std::optional<ProxyProtocol> proxy_protocol;  // the first of the listener filters
  bool tls_inspector = false;   // the ClientHello is looked at before a chain is chosen
  bool http_inspector = false;  // the first line of HTTP is, for application_protocols
  bool ja3 = false;             // the inspector makes the fingerprint of the ClientHello
  uint64_t listener_filters_timeout_ms = 15000;
  bool continue_on_filters_timeout = false;
  uint64_t per_connection_buffer_limit_bytes = 1024 * 1024;
  bool bind_to_port = true;
  bool enable_reuse_port = true;
  uint32_t tcp_backlog_size = 0;  // 0 = default
  std::vector<SocketAddress> additional_addresses;
  uint32_t fast_open_queue = 0;  // 0: no TCP Fast Open
  bool freebind = false;
  uint32_t max_accepts = 0;  // of one wake-up; 0 = default
  // metadata.filter_metadata.convoy.drain_timeout: how long a generation that was replaced keeps
  // connections of this listener that could not be handed over; absent: as --drain-time-s.
  std::optional<uint64_t> drain_timeout_ms;
  Origin origin;

  // The tag of this listener's stats: stat_prefix, or "0.0.0.0_8080".
  std::string statName() const;
  size_t chainCount() const { return 1 + more_chains.size(); }
  bool hasTls() const;  // any filter chain
  const FilterChain& chain(size_t i) const { return i == 0 ? filter_chain : more_chains[i - 1]; }
  // Of the first.
  const HttpConnectionManager* http() const { return filter_chain.http(); }
  const TcpProxy* tcp() const { return filter_chain.tcp(); }
};

}  // namespace convoy::config
