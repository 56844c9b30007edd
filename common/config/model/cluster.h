// model/cluster: config.cluster.v3 and config.endpoint.v3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/config/model/core.h"
#include "common/config/model/health_check.h"
#include "common/config/model/tls.h"

namespace convoy::config {

struct LbEndpoint {
  SocketAddress address;  // the name is still to be resolved for the DNS types
  std::string hostname;
  uint32_t load_balancing_weight = 1;
  uint32_t priority = 0;
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

struct Cluster {
  enum class Discovery : uint8_t { Static, StrictDns, LogicalDns };
  enum class LbPolicy : uint8_t { RoundRobin, LeastRequest, Random };
  enum class DnsFamily : uint8_t { Auto, V4Only, V6Only, V4Preferred, All };

  enum class Protocol : uint8_t { Http1, Http2, AsDownstream };

  std::string name;
  std::string alt_stat_name;
  Protocol protocol = Protocol::Http1;
  Http2Options http2;
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
  bool locality_weighted = false;  // localities share the load by their weights
  std::optional<TcpKeepalive> tcp_keepalive;
  std::vector<HealthCheck> health_checks;
  std::optional<OutlierDetection> outlier_detection;
  std::optional<UpstreamTls> tls;      // none: plain bytes
  std::optional<UpstreamProxy> proxy;  // connections begin with a PROXY header
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
