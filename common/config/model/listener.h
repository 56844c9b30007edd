// model/listener: config.listener.v3 and the TCP proxy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/config/model/core.h"
#include "common/config/model/http.h"

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
  uint64_t idle_timeout_ms = 3600000;  // 0 = none
  uint32_t max_connect_attempts = 1;
  std::vector<AccessLog> access_log;
  Origin origin;
};

struct FilterChain {
  std::string name;
  std::variant<HttpConnectionManager, TcpProxy> terminal;
};

struct Listener {
  std::string name;  // generated from the address if absent
  SocketAddress address;
  std::string stat_prefix;
  FilterChain filter_chain;  // exactly one; matching comes with filter_chain_match
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
  const HttpConnectionManager* http() const {
    return std::get_if<HttpConnectionManager>(&filter_chain.terminal);
  }
  const TcpProxy* tcp() const { return std::get_if<TcpProxy>(&filter_chain.terminal); }
};

}  // namespace convoy::config
