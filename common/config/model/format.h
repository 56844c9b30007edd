// model/format: a parsed "%OPERATOR(arg):len%" string, as access logs, header values and local
// replies use it. Parsed at load (an unknown operator is a configuration error), evaluated by
// worker/access_log/format. Immutable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"

namespace convoy::config {

enum class FormatOp : uint8_t {
  Literal,
  StartTime,  // arg: strftime with %s %3f %6f %9f, "" = ISO 8601 with milliseconds
  EmitTime,
  RequestHeader,    // REQ / REQUEST_HEADER: arg, alternative
  ResponseHeader,   // RESP / RESPONSE_HEADER
  ResponseTrailer,  // TRAILER / RESPONSE_TRAILER
  Protocol,
  ResponseCode,
  ResponseCodeDetails,
  ResponseFlags,
  ResponseFlagsLong,
  BytesReceived,
  BytesSent,
  Duration,         // ms from the first byte in to the last byte out
  RequestDuration,  // ms to the last byte of the request
  RequestTxDuration,
  ResponseDuration,  // ms to the first byte of the upstream's response
  ResponseTxDuration,
  UpstreamHost,
  UpstreamHostName,
  UpstreamCluster,
  UpstreamLocalAddress,
  UpstreamRemoteAddress,
  UpstreamRequestAttemptCount,
  UpstreamTransportFailureReason,
  DownstreamRemoteAddress,
  DownstreamRemoteAddressWithoutPort,
  DownstreamRemotePort,
  DownstreamDirectRemoteAddress,
  DownstreamDirectRemoteAddressWithoutPort,
  DownstreamLocalAddress,
  DownstreamLocalAddressWithoutPort,
  DownstreamLocalPort,
  ConnectionId,
  ConnectionTerminationDetails,
  StreamId,
  RequestedServerName,  // SNI; "-" without TLS
  RouteName,
  VirtualHostName,
  VirtualClusterName,
  Hostname,     // of the machine
  Environment,  // arg
  LocalReplyBody,
  RequestHeaderWithoutQuery,  // REQ_WITHOUT_QUERY: as REQ, cut at the first '?'
  QueryParameter,             // arg: its name
  Path,                       // PATH(WQ|NQ:ORIG|PATH|ORIG_OR_PATH); alternative: the second word
  UpstreamRemoteAddressWithoutPort,
  UpstreamRemotePort,
  UpstreamLocalAddressWithoutPort,
  UpstreamLocalPort,
  DownstreamDirectRemotePort,
  DownstreamWireBytesReceived,
  DownstreamWireBytesSent,
  UpstreamWireBytesReceived,
  UpstreamWireBytesSent,
  RequestHeadersBytes,  // names and values
  ResponseHeadersBytes,
  ResponseTrailersBytes,
  UpstreamProtocol,
  GrpcStatus,  // arg: CAMEL_STRING, SNAKE_STRING or NUMBER
  AccessLogType,
  DownstreamTlsVersion,
  DownstreamTlsCipher,
  DownstreamTlsSessionId,
  DownstreamPeerSubject,  // from here to EmailSan: the certificate of the client
  DownstreamPeerIssuer,
  DownstreamPeerSerial,
  DownstreamPeerFingerprint256,
  DownstreamPeerFingerprint1,
  DownstreamPeerCert,
  DownstreamPeerUriSan,
  DownstreamPeerDnsSan,
  DownstreamPeerIpSan,
  DownstreamPeerEmailSan,
  DownstreamPeerCertVStart,  // arg: as START_TIME
  DownstreamPeerCertVEnd,
  DownstreamLocalSubject,
  DownstreamLocalUriSan,
  DownstreamLocalDnsSan,
  TlsJa3Fingerprint,
  StartTimeLocal,  // as StartTime, in the time zone of the machine
  EmitTimeLocal,
  CommonDuration,  // arg: three octets: from and to (TimePoint), and the unit (TimeUnit)
  UpstreamPoolReadyDuration,
  UpstreamHostNameWithoutPort,
  UniqueId,  // another UUID for each line
  Unset,     // an operator of a feature that is never present here (dynamic metadata): always "-"
};

// Of COMMON_DURATION, by Envoy's names DS_RX_BEG and so on.
enum class TimePoint : uint8_t {
  DownstreamRxBegin,
  DownstreamRxEnd,
  UpstreamTxBegin,
  UpstreamTxEnd,
  UpstreamRxBegin,
  UpstreamRxEnd,
  DownstreamTxBegin,
  DownstreamTxEnd,
};
enum class TimeUnit : uint8_t { Milliseconds, Microseconds, Nanoseconds };

struct FormatPart {
  FormatOp op = FormatOp::Literal;
  std::string text;         // Literal: the bytes; else the argument
  std::string alternative;  // REQ(X?Y): Y
  int max_length = -1;      // ":Z"
};

struct Format {
  std::vector<FormatPart> parts;
  std::string source;  // as written
  bool isLiteral() const {
    return parts.empty() || (parts.size() == 1 && parts[0].op == FormatOp::Literal);
  }
};

// "%%" is a percent sign. The error names the operator, its offset and the nearest known one.
base::Result<Format> parseFormat(std::string_view source);

// json_format: objects and lists of formats; keys in the order of the file.
struct JsonField;
struct JsonFormat {
  enum class Kind : uint8_t { Object, List, Text, Number, Bool, Null };
  Kind kind = Kind::Null;
  std::vector<JsonField> fields;  // Object; List uses empty keys
  Format text;
  std::string literal;  // Number, Bool: as written in JSON
};
struct JsonField {
  std::string key;
  JsonFormat value;
};

// Envoy's default access log line, ends with "\n".
extern const char* const kDefaultAccessLogFormat;

}  // namespace convoy::config
