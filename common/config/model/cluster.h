// model/cluster: config.cluster.v3 and config.endpoint.v3.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/config/model/core.h"
#include "common/config/model/health_check.h"
#include "common/config/model/load_balancing.h"
#include "common/config/model/tls.h"

namespace convoy::config {

struct LbEndpoint {
  SocketAddress address;  // the name is still to be resolved for the DNS types
  std::string hostname;
  uint32_t load_balancing_weight = 1;
  uint32_t priority = 0;
  bool unhealthy = false;  // health_status says so
  bool degraded = false;
  LbMetadata metadata;  // envoy.lb, with the locality's
  bool canary = false;
  std::string region, zone, sub_zone;
  uint32_t locality = 0;         // which of the assignment's localities
  uint32_t locality_weight = 0;  // 0: none was given
  // health_check_config
  uint16_t health_check_port = 0;     // 0: the host's own
  std::string health_check_hostname;  // Host of its checks
  bool health_check_disabled = false;
};

// 0: the kernel's own value.
struct TcpKeepalive {
  uint32_t probes = 0;
  uint32_t time_s = 0;
  uint32_t interval_s = 0;
};

// core.ProxyProtocolConfig
struct UpstreamProxy {
  struct Tlv {
    uint8_t type = 0;
    std::string value;
  };
  uint8_t version = 1;
  bool pass_all_tlvs = false;
  std::vector<uint8_t> pass_tlvs;  // of the client's own header
  std::vector<Tlv> added_tlvs;
};

struct CircuitBreakers {
  struct RetryBudget {
    double percent = 20;  // of the requests that are active or pending
    uint32_t min_retry_concurrency = 3;
  };
  struct Thresholds {
    uint32_t max_connections = 1024;
    uint32_t max_pending_requests = 1024;
    uint32_t max_requests = 1024;
    uint32_t max_retries = 3;
    std::optional<RetryBudget> retry_budget;  // in place of max_retries
    bool track_remaining = false;
    // `active`: requests that are under way or pending.
    uint64_t retriesAllowed(uint64_t active) const {
      if (!retry_budget) return max_retries;
      const double share = retry_budget->percent / 100.0 * static_cast<double>(active);
      return std::max<uint64_t>(static_cast<uint64_t>(share), retry_budget->min_retry_concurrency);
    }
  };
  std::array<Thresholds, 2> thresholds;  // by Priority
};

// upstream_http_protocol_options: TLS connections by the host of the request.
struct AutoSni {
  bool sni = false;    // its name is asked for
  bool san = false;    // the certificate must have it
  std::string header;  // lower case; where the name stands instead; "": the host
  Origin origin;
};

struct Cluster {
  enum class Discovery : uint8_t { Static, StrictDns, LogicalDns };
  enum class DnsFamily : uint8_t { Auto, V4Only, V6Only, V4Preferred, All };

  enum class Protocol : uint8_t { Http1, Http2, AsDownstream };

  std::string name;
  std::string alt_stat_name;
  Protocol protocol = Protocol::Http1;
  Http2Options http2;
  Discovery discovery = Discovery::Static;
  LoadBalancing lb;
  uint64_t connect_timeout_ms = 5000;
  std::vector<LbEndpoint> endpoints;  // of load_assignment, or of v2 hosts
  DnsFamily dns_lookup_family = DnsFamily::Auto;
  uint64_t dns_refresh_rate_ms = 5000;
  // After a failure; 0: as dns_refresh_rate.
  uint64_t dns_failure_base_ms = 0;
  uint64_t dns_failure_max_ms = 0;
  uint64_t dns_jitter_ms = 0;
  bool respect_dns_ttl = false;
  uint64_t per_connection_buffer_limit_bytes = 1024 * 1024;
  uint64_t idle_timeout_ms = 3600000;  // of pooled connections; 0 = none
  uint32_t max_requests_per_connection = 0;
  uint32_t max_response_headers_kb = 64;
  uint32_t max_headers_count = 200;  // of a response
  HeaderKeyFormat header_key_format = HeaderKeyFormat::LowerCase;
  bool ignore_new_hosts_until_first_hc = false;
  bool close_connections_on_host_set_change = false;
  uint64_t max_connection_duration_ms = 0;  // 0 = none
  std::optional<TcpKeepalive> tcp_keepalive;
  std::vector<HealthCheck> health_checks;
  std::optional<OutlierDetection> outlier_detection;
  std::optional<UpstreamTls> tls;  // none: plain bytes
  AutoSni auto_sni;
  std::optional<UpstreamProxy> proxy;  // connections begin with a PROXY header
  CircuitBreakers circuit_breakers;
  Origin origin;

  // The tag of this cluster's stats: alt_stat_name or name, ':' as '_'.
  std::string statName() const;
};

}  // namespace convoy::config
