// model/listener: config.listener.v3 and the TCP proxy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/config/model/core.h"
#include "common/config/model/http.h"
#include "common/config/model/tls.h"

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
  std::vector<AccessLog> access_log;
  Origin origin;
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
  std::variant<HttpConnectionManager, TcpProxy> terminal;
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
  bool has_default_chain = false;  // the last one takes what no other does
  bool tls_inspector = false;      // the ClientHello is looked at before a chain is chosen
  uint64_t listener_filters_timeout_ms = 15000;
  uint64_t per_connection_buffer_limit_bytes = 1024 * 1024;
  bool bind_to_port = true;
  bool enable_reuse_port = true;
  uint32_t tcp_backlog_size = 0;  // 0 = default
  // metadata.filter_metadata.convoy.drain_timeout: how long a generation that was replaced keeps
  // connections of this listener that could not be handed over; absent: as --drain-time-s.
  std::optional<uint64_t> drain_timeout_ms;
  Origin origin;

  // The tag of this listener's stats: stat_prefix, or "0.0.0.0_8080".
  std::string statName() const;
  size_t chainCount() const { return 1 + more_chains.size(); }
  const FilterChain& chain(size_t i) const { return i == 0 ? filter_chain : more_chains[i - 1]; }
  // Of the first.
  const HttpConnectionManager* http() const { return filter_chain.http(); }
  const TcpProxy* tcp() const { return filter_chain.tcp(); }
};

}  // namespace convoy::config
