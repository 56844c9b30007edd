// model/cluster: config.cluster.v3 and config.endpoint.v3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/config/model/core.h"

namespace convoy::config {

struct LbEndpoint {
  SocketAddress address;  // the name is still to be resolved for the DNS types
  std::string hostname;
  uint32_t load_balancing_weight = 1;
  uint32_t priority = 0;
  std::string region, zone, sub_zone;
};

struct Cluster {
  enum class Discovery : uint8_t { Static, StrictDns, LogicalDns };
  enum class LbPolicy : uint8_t { RoundRobin, LeastRequest, Random };
  enum class DnsFamily : uint8_t { Auto, V4Only, V6Only, V4Preferred, All };

  std::string name;
  std::string alt_stat_name;
  Discovery discovery = Discovery::Static;
  LbPolicy lb_policy = LbPolicy::RoundRobin;
  uint32_t least_request_choice_count = 2;
  uint64_t connect_timeout_ms = 5000;
  std::vector<LbEndpoint> endpoints;  // of load_assignment, or of v2 hosts
  DnsFamily dns_lookup_family = DnsFamily::Auto;
  uint64_t dns_refresh_rate_ms = 5000;
  bool respect_dns_ttl = false;
  uint64_t per_connection_buffer_limit_bytes = 1024 * 1024;
  uint64_t idle_timeout_ms = 3600000;  // of pooled connections; 0 = none
  uint32_t max_requests_per_connection = 0;
  uint32_t healthy_panic_threshold = 50;
  // circuit breakers, default priority
  uint32_t max_connections = 1024;
  uint32_t max_pending_requests = 1024;
  uint32_t max_requests = 1024;
  uint32_t max_retries = 3;
  Origin origin;

  // The tag of this cluster's stats: alt_stat_name or name, ':' as '_'.
  std::string statName() const;
};

}  // namespace convoy::config
