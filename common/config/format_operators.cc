#include "common/config/format_operators.h"

#include <algorithm>
#include <iterator>

#include "common/base/text.h"

namespace convoy::config {
namespace {

constexpr OperatorSpec plain(std::string_view name, FormatOp op) {
  return {name, op, OperatorArgument::None, false, true};
}
constexpr OperatorSpec takesHeader(std::string_view name, FormatOp op) {
  return {name, op, OperatorArgument::Required, true, true};
}
constexpr OperatorSpec takesTime(std::string_view name, FormatOp op) {
  return {name, op, OperatorArgument::Optional, false, true};
}
// Of a feature that a request here never has (tracing, metadata): "-", as Envoy prints for a
// connection without it.
constexpr OperatorSpec unset(std::string_view name) {
  return {name, FormatOp::Unset, OperatorArgument::None, false, true};
}
constexpr OperatorSpec unsetWithArgument(std::string_view name) {
  return {name, FormatOp::Unset, OperatorArgument::Optional, true, true};
}
// Printing "-" for these would be a wrong answer rather than an absent one.
constexpr OperatorSpec later(std::string_view name) {
  return {name, FormatOp::Unset, OperatorArgument::Optional, true, false};
}

constexpr OperatorSpec kOperators[] = {
    takesTime("START_TIME", FormatOp::StartTime),
    takesTime("EMIT_TIME", FormatOp::EmitTime),
    takesTime("START_TIME_LOCAL", FormatOp::StartTimeLocal),
    takesTime("EMIT_TIME_LOCAL", FormatOp::EmitTimeLocal),
    {"COMMON_DURATION", FormatOp::CommonDuration, OperatorArgument::Required, false, true},
    takesHeader("REQ", FormatOp::RequestHeader),
    takesHeader("REQUEST_HEADER", FormatOp::RequestHeader),
    takesHeader("RESP", FormatOp::ResponseHeader),
    takesHeader("RESPONSE_HEADER", FormatOp::ResponseHeader),
    takesHeader("TRAILER", FormatOp::ResponseTrailer),
    takesHeader("RESPONSE_TRAILER", FormatOp::ResponseTrailer),
    takesHeader("REQ_WITHOUT_QUERY", FormatOp::RequestHeaderWithoutQuery),
    takesHeader("QUERY_PARAM", FormatOp::QueryParameter),
    takesHeader("ENVIRONMENT", FormatOp::Environment),
    {"PATH", FormatOp::Path, OperatorArgument::Optional, true, true},
    plain("PROTOCOL", FormatOp::Protocol),
    plain("RESPONSE_CODE", FormatOp::ResponseCode),
    plain("RESPONSE_CODE_DETAILS", FormatOp::ResponseCodeDetails),
    plain("RESPONSE_FLAGS", FormatOp::ResponseFlags),
    plain("RESPONSE_FLAGS_LONG", FormatOp::ResponseFlagsLong),
    plain("BYTES_RECEIVED", FormatOp::BytesReceived),
    plain("BYTES_SENT", FormatOp::BytesSent),
    plain("DURATION", FormatOp::Duration),
    plain("REQUEST_DURATION", FormatOp::RequestDuration),
    plain("REQUEST_TX_DURATION", FormatOp::RequestTxDuration),
    plain("RESPONSE_DURATION", FormatOp::ResponseDuration),
    plain("RESPONSE_TX_DURATION", FormatOp::ResponseTxDuration),
    plain("UPSTREAM_HOST", FormatOp::UpstreamHost),
    plain("UPSTREAM_HOST_NAME", FormatOp::UpstreamHostName),
    plain("UPSTREAM_CONNECTION_POOL_READY_DURATION", FormatOp::UpstreamPoolReadyDuration),
    plain("UPSTREAM_HOST_NAME_WITHOUT_PORT", FormatOp::UpstreamHostNameWithoutPort),
    plain("UNIQUE_ID", FormatOp::UniqueId),
    plain("UPSTREAM_CLUSTER", FormatOp::UpstreamCluster),
    plain("UPSTREAM_LOCAL_ADDRESS", FormatOp::UpstreamLocalAddress),
    plain("UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", FormatOp::UpstreamLocalAddressWithoutPort),
    plain("UPSTREAM_LOCAL_PORT", FormatOp::UpstreamLocalPort),
    plain("UPSTREAM_REMOTE_ADDRESS", FormatOp::UpstreamRemoteAddress),
    plain("UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", FormatOp::UpstreamRemoteAddressWithoutPort),
    plain("UPSTREAM_REMOTE_PORT", FormatOp::UpstreamRemotePort),
    plain("UPSTREAM_REQUEST_ATTEMPT_COUNT", FormatOp::UpstreamRequestAttemptCount),
    plain("UPSTREAM_TRANSPORT_FAILURE_REASON", FormatOp::UpstreamTransportFailureReason),
    plain("DOWNSTREAM_REMOTE_ADDRESS", FormatOp::DownstreamRemoteAddress),
    plain("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", FormatOp::DownstreamRemoteAddressWithoutPort),
    plain("DOWNSTREAM_REMOTE_PORT", FormatOp::DownstreamRemotePort),
    plain("DOWNSTREAM_DIRECT_REMOTE_ADDRESS", FormatOp::DownstreamDirectRemoteAddress),
    plain("DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT",
          FormatOp::DownstreamDirectRemoteAddressWithoutPort),
    plain("DOWNSTREAM_DIRECT_REMOTE_PORT", FormatOp::DownstreamDirectRemotePort),
    plain("DOWNSTREAM_LOCAL_ADDRESS", FormatOp::DownstreamLocalAddress),
    plain("DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", FormatOp::DownstreamLocalAddressWithoutPort),
    plain("DOWNSTREAM_LOCAL_PORT", FormatOp::DownstreamLocalPort),
    plain("DOWNSTREAM_DIRECT_LOCAL_ADDRESS", FormatOp::DownstreamLocalAddress),
    plain("DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT",
          FormatOp::DownstreamLocalAddressWithoutPort),
    plain("DOWNSTREAM_DIRECT_LOCAL_PORT", FormatOp::DownstreamLocalPort),
    plain("CONNECTION_ID", FormatOp::ConnectionId),
    plain("CONNECTION_TERMINATION_DETAILS", FormatOp::ConnectionTerminationDetails),
    plain("STREAM_ID", FormatOp::StreamId),
    plain("REQUESTED_SERVER_NAME", FormatOp::RequestedServerName),
    plain("ROUTE_NAME", FormatOp::RouteName),
    plain("VIRTUAL_HOST_NAME", FormatOp::VirtualHostName),
    plain("VIRTUAL_CLUSTER_NAME", FormatOp::VirtualClusterName),
    plain("HOSTNAME", FormatOp::Hostname),
    plain("LOCAL_REPLY_BODY", FormatOp::LocalReplyBody),
    plain("ACCESS_LOG_TYPE", FormatOp::AccessLogType),
    plain("UPSTREAM_CLUSTER_RAW", FormatOp::UpstreamCluster),
    {"GRPC_STATUS", FormatOp::GrpcStatus, OperatorArgument::Optional, false, true},
    plain("GRPC_STATUS_NUMBER", FormatOp::GrpcStatus),
    plain("UPSTREAM_PROTOCOL", FormatOp::UpstreamProtocol),
    plain("RESPONSE_TRAILERS_BYTES", FormatOp::ResponseTrailersBytes),
    plain("RESPONSE_HEADERS_BYTES", FormatOp::ResponseHeadersBytes),
    plain("REQUEST_HEADERS_BYTES", FormatOp::RequestHeadersBytes),
    plain("UPSTREAM_WIRE_BYTES_SENT", FormatOp::UpstreamWireBytesSent),
    plain("UPSTREAM_WIRE_BYTES_RECEIVED", FormatOp::UpstreamWireBytesReceived),
    plain("DOWNSTREAM_WIRE_BYTES_SENT", FormatOp::DownstreamWireBytesSent),
    plain("DOWNSTREAM_WIRE_BYTES_RECEIVED", FormatOp::DownstreamWireBytesReceived),

    unsetWithArgument("DYNAMIC_METADATA"),
    unsetWithArgument("CLUSTER_METADATA"),
    unsetWithArgument("UPSTREAM_METADATA"),
    unsetWithArgument("METADATA"),
    unsetWithArgument("FILTER_STATE"),
    unsetWithArgument("UPSTREAM_FILTER_STATE"),
    unsetWithArgument("PER_REQUEST_STATE"),
    takesTime("DOWNSTREAM_PEER_CERT_V_START", FormatOp::DownstreamPeerCertVStart),
    takesTime("DOWNSTREAM_PEER_CERT_V_END", FormatOp::DownstreamPeerCertVEnd),
    later("UPSTREAM_PEER_CERT_V_START"),
    later("UPSTREAM_PEER_CERT_V_END"),
    plain("DOWNSTREAM_PEER_URI_SAN", FormatOp::DownstreamPeerUriSan),
    plain("DOWNSTREAM_PEER_DNS_SAN", FormatOp::DownstreamPeerDnsSan),
    plain("DOWNSTREAM_PEER_IP_SAN", FormatOp::DownstreamPeerIpSan),
    plain("DOWNSTREAM_PEER_EMAIL_SAN", FormatOp::DownstreamPeerEmailSan),
    later("DOWNSTREAM_PEER_OTHERNAME_SAN"),
    plain("DOWNSTREAM_PEER_SUBJECT", FormatOp::DownstreamPeerSubject),
    plain("DOWNSTREAM_PEER_ISSUER", FormatOp::DownstreamPeerIssuer),
    plain("DOWNSTREAM_PEER_SERIAL", FormatOp::DownstreamPeerSerial),
    plain("DOWNSTREAM_PEER_FINGERPRINT_1", FormatOp::DownstreamPeerFingerprint1),
    plain("DOWNSTREAM_PEER_FINGERPRINT_256", FormatOp::DownstreamPeerFingerprint256),
    plain("DOWNSTREAM_PEER_CERT", FormatOp::DownstreamPeerCert),
    later("DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1"),
    later("DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256"),
    later("DOWNSTREAM_PEER_CHAIN_SERIALS"),
    plain("DOWNSTREAM_LOCAL_URI_SAN", FormatOp::DownstreamLocalUriSan),
    plain("DOWNSTREAM_LOCAL_DNS_SAN", FormatOp::DownstreamLocalDnsSan),
    later("DOWNSTREAM_LOCAL_IP_SAN"),
    later("DOWNSTREAM_LOCAL_EMAIL_SAN"),
    later("DOWNSTREAM_LOCAL_OTHERNAME_SAN"),
    plain("DOWNSTREAM_LOCAL_SUBJECT", FormatOp::DownstreamLocalSubject),
    plain("DOWNSTREAM_TLS_SESSION_ID", FormatOp::DownstreamTlsSessionId),
    plain("DOWNSTREAM_TLS_CIPHER", FormatOp::DownstreamTlsCipher),
    plain("DOWNSTREAM_TLS_VERSION", FormatOp::DownstreamTlsVersion),
    later("DOWNSTREAM_TRANSPORT_FAILURE_REASON"),
    later("DOWNSTREAM_HANDSHAKE_DURATION"),
    later("UPSTREAM_PEER_URI_SAN"),
    later("UPSTREAM_PEER_DNS_SAN"),
    later("UPSTREAM_PEER_IP_SAN"),
    later("UPSTREAM_PEER_EMAIL_SAN"),
    later("UPSTREAM_PEER_OTHERNAME_SAN"),
    later("UPSTREAM_PEER_SUBJECT"),
    later("UPSTREAM_PEER_ISSUER"),
    later("UPSTREAM_PEER_CERT"),
    later("UPSTREAM_LOCAL_URI_SAN"),
    later("UPSTREAM_LOCAL_DNS_SAN"),
    later("UPSTREAM_LOCAL_IP_SAN"),
    later("UPSTREAM_LOCAL_EMAIL_SAN"),
    later("UPSTREAM_LOCAL_OTHERNAME_SAN"),
    later("UPSTREAM_LOCAL_SUBJECT"),
    later("UPSTREAM_TLS_SESSION_ID"),
    later("UPSTREAM_TLS_CIPHER"),
    later("UPSTREAM_TLS_VERSION"),
    plain("TLS_JA3_FINGERPRINT", FormatOp::TlsJa3Fingerprint),
    later("TLS_JA4_FINGERPRINT"),
    unset("TRACE_ID"),
    unset("SPAN_ID"),
    unset("CUSTOM_FLAGS"),
    // Only HTTP/3 knows when the client had the last byte.
    unset("ROUNDTRIP_DURATION"),
    unset("DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID"),
    unset("DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID"),
    unset("DOWNSTREAM_REMOTE_ADDRESS_ENDPOINT_ID"),
    unset("DOWNSTREAM_DIRECT_REMOTE_ADDRESS_ENDPOINT_ID"),

    later("UPSTREAM_CONNECTION_ID"),
    later("UPSTREAM_DETECTED_CLOSE_TYPE"),
    later("UPSTREAM_LOCAL_CLOSE_REASON"),
    later("DOWNSTREAM_DETECTED_CLOSE_TYPE"),
    later("DOWNSTREAM_LOCAL_CLOSE_REASON"),
    later("QUERY_PARAMS"),
    later("STREAM_INFO_REQ"),
    later("FILTER_CHAIN_NAME"),
    later("CEL"),
    later("TYPED_CEL"),
    later("BYTES_RETRANSMITTED"),
    later("PACKETS_RETRANSMITTED"),
    later("UPSTREAM_HEADER_BYTES_SENT"),
    later("UPSTREAM_HEADER_BYTES_RECEIVED"),
    later("UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT"),
    later("UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED"),
    later("DOWNSTREAM_HEADER_BYTES_SENT"),
    later("DOWNSTREAM_HEADER_BYTES_RECEIVED"),
    later("DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT"),
    later("DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED"),
};

}  // namespace

const OperatorSpec* findOperator(std::string_view name) {
  const auto* found = std::find_if(std::begin(kOperators), std::end(kOperators),
                                   [&](const OperatorSpec& spec) { return spec.name == name; });
  return found == std::end(kOperators) ? nullptr : found;
}

std::string_view nearestOperator(std::string_view name) {
  // A name that long is not a typing mistake, and the distance costs its square.
  if (name.size() > 64) return {};
  std::string_view nearest;
  size_t best = std::max<size_t>(2, name.size() / 2) + 1;
  for (const OperatorSpec& spec : kOperators) {
    const size_t distance = base::editDistance(name, spec.name);
    if (distance < best) {
      best = distance;
      nearest = spec.name;
    }
  }
  return nearest;
}

}  // namespace convoy::config
