// failure_table: every way a request can fail, in one table: status, body, response flag, details.
// Nobody else decides what a client is told about a failure (style.md convention 18). Texts and
// codes are Envoy's: source/common/router, http/utility.cc resetReasonToString,
// stream_info/utility.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/http/codec.h"
#include "worker/record.h"

namespace convoy::worker {

enum class Failure : uint8_t {
  RouteNotFound,
  ClusterNotFound,
  NoHealthyUpstream,
  ConnectFailure,
  ConnectTimeout,
  UpstreamRemoteReset,
  UpstreamRefused,  // HTTP/2: before it looked at the request
  UpstreamTermination,
  UpstreamProtocolError,
  UpstreamNoTunnels,  // HTTP/2: it takes no upgrades
  UpstreamLocalReset,
  Overflow,
  ResponseTimeout,  // route timeout
  PerTryTimeout,    // of the last attempt
  PerTryIdleTimeout,
  StreamIdleTimeout,   // the request was complete: 504
  RequestIdleTimeout,  // the client stalled in its body: 408
  RequestTimeout,      // request_timeout: 408
  StreamDuration,      // max_stream_duration; the request was complete: 504
  RequestDuration,     // the same while it was not: 408
  HeadersTimeout,      // request_headers_timeout: 408
  DownstreamProtocol,  // message_rules refused it; the status comes from there
  DownstreamGone,
  UpgradeRefused,
  PathNormalization,
  Draining,  // the drain deadline came before the answer
  Count
};

struct FailureRow {
  int status;                // 0: nobody is left to answer
  std::string_view body;     // empty: no body
  Flag flag;                 // Flag::Count: none
  std::string_view details;  // %RESPONSE_CODE_DETAILS%
  bool overloaded;           // adds x-envoy-overloaded: true
  // What a gRPC call is told; absent: what `status` comes to.
  std::optional<int> grpc_status = {};
};

const FailureRow& failureRow(Failure failure);
Failure failureOf(http::ResetReason reason);

}  // namespace convoy::worker
