// record: the facts of one request (or TCP connection), gathered as it goes and read once at its
// end by the access log and the counters, and by header formatters on the way. Owned by a stream or
// tcp_proxy session; worker loop. Times are monotonic microseconds; 0 = has not happened.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/http/header_map.h"
#include "common/net/address.h"
#include "common/net/transport.h"

namespace convoy::worker {

struct ClientOrigin;  // worker/listener/client_origin.h

// Envoy's response flags (stream_info.h); bit positions are ours.
enum class Flag : uint8_t {
  NoHealthyUpstream,                 // UH
  UpstreamConnectionFailure,         // UF
  UpstreamOverflow,                  // UO
  NoRouteFound,                      // NR
  NoClusterFound,                    // NC
  UpstreamRetryLimitExceeded,        // URX
  DurationTimeout,                   // DT
  DownstreamConnectionTermination,   // DC
  UpstreamRequestTimeout,            // UT
  LocalReset,                        // LR
  UpstreamRemoteReset,               // UR
  UpstreamConnectionTermination,     // UC
  StreamIdleTimeout,                 // SI
  DownstreamProtocolError,           // DPE
  UpstreamProtocolError,             // UPE
  UpstreamMaxStreamDurationReached,  // UMSDR
  DownstreamRemoteReset,             // DR
  OverloadManager,                   // OM
  FaultInjected,                     // FI
  DelayInjected,                     // DI
  FailedLocalHealthCheck,            // LH
  RateLimited,                       // RL
  InvalidEnvoyRequestHeaders,        // IH
  Count
};
std::string_view flagShort(Flag flag);  // "UH"
std::string_view flagLong(Flag flag);   // "NoHealthyUpstream"

struct Record {
  int64_t start_wall_us = 0;
  uint64_t start_us = 0;
  uint64_t request_end_us = 0;  // last byte of the request came in
  uint64_t upstream_first_tx_us = 0;
  uint64_t upstream_last_tx_us = 0;
  uint64_t upstream_first_rx_us = 0;
  uint64_t upstream_last_rx_us = 0;
  uint64_t downstream_first_tx_us = 0;
  uint64_t end_us = 0;

  const http::RequestHead* request = nullptr;    // null for TCP
  const http::ResponseHead* response = nullptr;  // as sent down; null if none was
  const http::HeaderMap* trailers = nullptr;

  int status = 0;  // 0: no response was begun
  uint32_t flags = 0;
  std::string_view details;     // RESPONSE_CODE_DETAILS, e.g. "via_upstream", "route_not_found"
  uint64_t bytes_received = 0;  // body octets from downstream
  uint64_t bytes_sent = 0;      // body octets to downstream
  // All octets of the messages as they were on the wire, heads and framing included.
  uint64_t downstream_wire_received = 0;
  uint64_t downstream_wire_sent = 0;
  uint64_t upstream_wire_received = 0;
  uint64_t upstream_wire_sent = 0;
  uint32_t attempts = 0;
  bool upstream_http2 = false;
  bool health_check = false;  // the filter of that name took it for one
  uint64_t connection_id = 0;

  const net::Address* downstream_remote = nullptr;         // after x-forwarded-for rules
  const net::Address* downstream_direct_remote = nullptr;  // the socket's peer
  const net::Address* downstream_local = nullptr;
  const net::Address* upstream_remote = nullptr;
  net::Address upstream_local;
  net::Transport* downstream_transport = nullptr;  // null: plain bytes
  const ClientOrigin* origin = nullptr;            // null: no listener filter found out more
  std::string_view upstream_host_name;
  std::string_view upstream_cluster;
  std::string_view upstream_failure;  // transport failure reason
  std::string_view termination_details;
  std::string_view route_name;
  std::string_view virtual_host;
  std::string_view virtual_cluster;
  std::string_view local_reply_body;
  std::string_view log_type;  // ACCESS_LOG_TYPE, where it is not a request's end

  void setFlag(Flag flag) { flags |= 1u << static_cast<unsigned>(flag); }
  bool hasFlag(Flag flag) const { return (flags & (1u << static_cast<unsigned>(flag))) != 0; }
};

}  // namespace convoy::worker
