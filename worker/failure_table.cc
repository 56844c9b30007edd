#include "worker/failure_table.h"

#include <array>

#include "common/base/check.h"

namespace convoy::worker {

namespace {

#define CONVOY_RESET "upstream connect error or disconnect/reset before headers. reset reason: "

constexpr int kDeadlineExceeded = 4;  // of gRPC

// In the order of the enum.
constexpr std::array<FailureRow, static_cast<size_t>(Failure::Count)> kTable = {{
    {404, "", Flag::NoRouteFound, "route_not_found", false},
    {503, "", Flag::NoClusterFound, "cluster_not_found", false},
    {503, "no healthy upstream", Flag::NoHealthyUpstream, "no_healthy_upstream", false},
    {503, CONVOY_RESET "remote connection failure", Flag::UpstreamConnectionFailure,
     "upstream_reset_before_response_started{remote_connection_failure}", false},
    {503, CONVOY_RESET "connection timeout", Flag::UpstreamConnectionFailure,
     "upstream_reset_before_response_started{connection_timeout}", false},
    {503, CONVOY_RESET "remote reset", Flag::UpstreamRemoteReset,
     "upstream_reset_before_response_started{remote_reset}", false},
    {503, CONVOY_RESET "remote refused stream reset", Flag::UpstreamRemoteReset,
     "upstream_reset_before_response_started{remote_refused_stream_reset}", false},
    {503, CONVOY_RESET "connection termination", Flag::UpstreamConnectionTermination,
     "upstream_reset_before_response_started{connection_termination}", false},
    {502, CONVOY_RESET "protocol error", Flag::UpstreamProtocolError,
     "upstream_reset_before_response_started{protocol_error}", false},
    {502, CONVOY_RESET "the upstream takes no upgrades over HTTP/2 (RFC 8441)",
     Flag::UpstreamProtocolError, "upstream_reset_before_response_started{no_extended_connect}",
     false},
    {503, CONVOY_RESET "local reset", Flag::LocalReset,
     "upstream_reset_before_response_started{local_reset}", false},
    {503, CONVOY_RESET "overflow", Flag::UpstreamOverflow,
     "upstream_reset_before_response_started{overflow}", true},
    {504, "upstream request timeout", Flag::UpstreamRequestTimeout, "response_timeout", false},
    {504, "upstream request timeout", Flag::UpstreamRequestTimeout, "upstream_per_try_timeout",
     false},
    {504, "upstream request timeout", Flag::UpstreamRequestTimeout, "upstream_per_try_idle_timeout",
     false},
    {504, "stream timeout", Flag::StreamIdleTimeout, "stream_idle_timeout", false},
    {408, "stream timeout", Flag::StreamIdleTimeout, "stream_idle_timeout", false},
    {408, "request timeout", Flag::Count, "request_overall_timeout", false},
    {504, "downstream duration timeout", Flag::DurationTimeout, "max_duration_timeout", false,
     kDeadlineExceeded},
    {408, "downstream duration timeout", Flag::DurationTimeout, "max_duration_timeout", false,
     kDeadlineExceeded},
    {408, "request header timeout", Flag::Count, "request_header_timeout", false},
    {400, "", Flag::DownstreamProtocolError, "http1.codec_error", false},
    {0, "", Flag::DownstreamConnectionTermination, "downstream_remote_disconnect", false},
    {403, "", Flag::Count, "upgrade_failed", false},
    {400, "", Flag::Count, "path_normalization_failed", false},
    {503, "draining", Flag::LocalReset, "drain_deadline", false},
}};

#undef CONVOY_RESET

}  // namespace

const FailureRow& failureRow(Failure failure) {
  DCHECK(failure < Failure::Count);
  return kTable[static_cast<size_t>(failure)];
}

Failure failureOf(http::ResetReason reason) {
  switch (reason) {
    case http::ResetReason::LocalReset:
      return Failure::UpstreamLocalReset;
    case http::ResetReason::RemoteReset:
      return Failure::UpstreamRemoteReset;
    case http::ResetReason::ConnectionFailure:
      return Failure::ConnectFailure;
    case http::ResetReason::ConnectionTimeout:
      return Failure::ConnectTimeout;
    case http::ResetReason::ConnectionTermination:
      return Failure::UpstreamTermination;
    case http::ResetReason::ProtocolError:
      return Failure::UpstreamProtocolError;
    case http::ResetReason::Refused:
      return Failure::UpstreamRefused;
    case http::ResetReason::NoTunnels:
      return Failure::UpstreamNoTunnels;
    case http::ResetReason::Overflow:
      return Failure::Overflow;
  }
  return Failure::UpstreamLocalReset;
}

}  // namespace convoy::worker
