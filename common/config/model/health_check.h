// model/health_check: config.core.v3.HealthCheck and config.cluster.v3.OutlierDetection: how it is
// found out which hosts of a cluster are well.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/matcher.h"
#include "common/config/model/core.h"

namespace convoy::config {

struct HealthCheck {
  enum class Kind : uint8_t { Http, Tcp, Grpc };
  using StatusRange = std::pair<int64_t, int64_t>;  // [first, second)

  Kind kind = Kind::Http;
  uint64_t timeout_ms = 0;
  uint32_t unhealthy_threshold = 0;
  uint32_t healthy_threshold = 0;
  // Between two checks of a host: while it is well, while it fails, and while it changes.
  uint64_t interval_ms = 0;
  uint64_t unhealthy_interval_ms = 0;
  uint64_t unhealthy_edge_interval_ms = 0;
  uint64_t healthy_edge_interval_ms = 0;
  // While no request has gone to the cluster: after a failed and after a good check.
  uint64_t no_traffic_interval_ms = 60000;
  uint64_t no_traffic_healthy_interval_ms = 60000;
  uint64_t initial_jitter_ms = 0;
  uint64_t interval_jitter_ms = 0;
  uint32_t interval_jitter_percent = 0;
  bool reuse_connection = true;
  bool log_every_failure = false;
  bool log_every_success = false;

  uint16_t alt_port = 0;                // 0: each host's own
  std::vector<std::string> alpn;        // tls_options, in place of the cluster's
  std::vector<std::string> event_logs;  // files
  // Http, over HTTP/2
  bool http2 = false;
  // Grpc
  std::string grpc_service;
  std::string grpc_authority;  // "": the cluster's name

  // Http
  std::string host;  // Host of the request; "": the cluster's name
  std::string path;
  std::string method = "GET";
  std::vector<StatusRange> expected_statuses;   // none: 200
  std::vector<StatusRange> retriable_statuses;  // count towards unhealthy_threshold
  HeaderMutations mutations;
  std::optional<base::StringMatcher> service_name;  // of x-envoy-upstream-healthchecked-cluster
  // Tcp: what is sent, and what must come back in this order; nothing: connecting is enough.
  // Http: `receive` is looked for in the first `response_buffer_size` bytes of the body.
  std::string send;
  std::vector<std::string> receive;
  uint64_t response_buffer_size = 1024;
  std::string preface;  // before all else: the PROXY header of a check
  Origin origin;
};

struct OutlierDetection {
  uint32_t consecutive_5xx = 5;
  uint32_t consecutive_gateway_failure = 5;
  uint32_t enforcing_consecutive_5xx = 100;            // percent
  uint32_t enforcing_consecutive_gateway_failure = 0;  // percent
  uint64_t interval_ms = 10000;
  uint64_t base_ejection_ms = 30000;
  uint64_t max_ejection_ms = 300000;
  uint64_t max_ejection_jitter_ms = 0;
  uint32_t max_ejection_percent = 10;
  bool always_eject_one_host = false;
  bool uneject_on_health_check = true;
  // Failures that are no answer of the host (connect, reset, timeout) count on their own.
  bool split_local_origin = false;
  uint32_t consecutive_local_origin = 5;
  uint32_t enforcing_consecutive_local_origin = 100;
  // Of hosts compared with each other, at each interval.
  uint32_t success_rate_minimum_hosts = 5;
  uint32_t success_rate_request_volume = 100;
  uint32_t success_rate_stdev_factor = 1900;  // thousandths
  uint32_t enforcing_success_rate = 100;
  uint32_t enforcing_local_origin_success_rate = 100;
  uint32_t failure_percentage_threshold = 85;
  uint32_t failure_percentage_minimum_hosts = 5;
  uint32_t failure_percentage_request_volume = 50;
  uint32_t enforcing_failure_percentage = 0;
  uint32_t enforcing_failure_percentage_local_origin = 0;
};

}  // namespace convoy::config
