#include "worker/access_log/value.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

#include "common/base/random.h"
#include "common/base/text.h"
#include "common/http/framing_fields.h"
#include "common/http/target.h"
#include "worker/access_log/grpc_status.h"
#include "worker/access_log/time_format.h"
#include "worker/access_log/tls_value.h"

namespace convoy::worker {
namespace {

using config::FormatOp;
using config::FormatPart;

Value own(std::string_view text) {
  return text.empty() ? Value{} : Value{Value::Kind::Own, text};
}
Value peer(std::string_view text) {
  return {Value::Kind::Peer, text};
}

Value number(uint64_t n, Scratch& scratch) {
  const char* end = base::formatUint(scratch.bytes, n);
  return {Value::Kind::Number, {scratch.bytes, static_cast<size_t>(end - scratch.bytes)}};
}

// 0 = has not happened.
Value millisBetween(uint64_t from_us, uint64_t to_us, Scratch& scratch) {
  if (from_us == 0 || to_us == 0) return {};
  return number(to_us > from_us ? (to_us - from_us) / 1000 : 0, scratch);
}

Value address(const net::Address* address, Scratch& scratch) {
  if (address == nullptr || address->isNone()) return {};
  return own({scratch.bytes, address->format(scratch.bytes)});
}
Value addressWithoutPort(const net::Address* address, Scratch& scratch) {
  if (address == nullptr || address->isNone()) return {};
  const bool ip = address->isIp();
  return own(
      {scratch.bytes, ip ? address->formatIp(scratch.bytes) : address->format(scratch.bytes)});
}
Value port(const net::Address* address, Scratch& scratch) {
  if (address == nullptr || !address->isIp()) return {};
  return number(address->port(), scratch);
}

Value time(const FormatPart& part, int64_t wall_us, Scratch& scratch, bool local = false) {
  return own(
      {scratch.bytes, formatTime(part.text, wall_us, scratch.bytes, sizeof(scratch.bytes), local)});
}

// People log content-length and its like by name too.
template <typename Head>
Value framingField(const Head& head, std::string_view name, Scratch& scratch) {
  char digits[20];
  const auto field = http::framingField(head, name, digits);
  if (!field) return {};
  std::memcpy(scratch.bytes, field->data(), std::min(field->size(), sizeof(scratch.bytes)));
  return peer({scratch.bytes, std::min(field->size(), sizeof(scratch.bytes))});
}

Value requestField(const http::RequestHead* head, std::string_view name, Scratch& scratch) {
  if (head == nullptr || name.empty()) return {};
  if (const std::string_view* value = head->find(name)) return peer(*value);
  return framingField(*head, name, scratch);
}

Value responseField(const Record& record, std::string_view name, Scratch& scratch) {
  if (record.response == nullptr || name.empty()) return {};
  if (name == ":status") {
    return own(number(static_cast<uint64_t>(record.response->status), scratch).text);
  }
  if (const std::string_view* value = record.response->find(name)) return peer(*value);
  return framingField(*record.response, name, scratch);
}

Value trailerField(const Record& record, std::string_view name) {
  if (record.trailers == nullptr || name.empty()) return {};
  const std::string_view* value = record.trailers->find(name);
  return value == nullptr ? Value{} : peer(*value);
}

bool isUnset(const Value& value) {
  return value.kind == Value::Kind::Unset;
}

Value requestHeader(const FormatPart& part, const Record& record, Scratch& scratch) {
  const Value value = requestField(record.request, part.text, scratch);
  return isUnset(value) ? requestField(record.request, part.alternative, scratch) : value;
}

Value responseHeader(const FormatPart& part, const Record& record, Scratch& scratch) {
  const Value value = responseField(record, part.text, scratch);
  return isUnset(value) ? responseField(record, part.alternative, scratch) : value;
}

Value responseTrailer(const FormatPart& part, const Record& record) {
  const Value value = trailerField(record, part.text);
  return isUnset(value) ? trailerField(record, part.alternative) : value;
}

Value withoutQuery(Value value) {
  value.text = value.text.substr(0, value.text.find('?'));
  return value;
}

Value path(const FormatPart& part, const Record& record, Scratch& scratch) {
  Value value;
  if (part.alternative != "PATH") {
    value = requestField(record.request, "x-envoy-original-path", scratch);
  }
  if (isUnset(value) && part.alternative != "ORIG") {
    value = requestField(record.request, ":path", scratch);
  }
  return part.text == "NQ" ? withoutQuery(value) : value;
}

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = base::toLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Value percentDecoded(std::string_view raw, Scratch& scratch) {
  size_t length = 0;
  for (size_t i = 0; i < raw.size() && length < sizeof(scratch.bytes); ++i) {
    const int high = raw[i] == '%' && i + 2 < raw.size() ? hexDigit(raw[i + 1]) : -1;
    const int low = high >= 0 ? hexDigit(raw[i + 2]) : -1;
    const bool escape = low >= 0;
    scratch.bytes[length++] = escape ? static_cast<char>(high * 16 + low) : raw[i];
    if (escape) i += 2;
  }
  return peer({scratch.bytes, length});
}

Value queryParameter(const FormatPart& part, const Record& record, Scratch& scratch) {
  if (record.request == nullptr) return {};
  const auto raw = http::queryParameter(http::queryOf(record.request->path), part.text);
  return raw ? percentDecoded(*raw, scratch) : Value{};
}

// The order in which Envoy lists flags that are set together.
constexpr Flag kFlagOrder[] = {Flag::FailedLocalHealthCheck,
                               Flag::NoHealthyUpstream,
                               Flag::UpstreamRequestTimeout,
                               Flag::LocalReset,
                               Flag::UpstreamRemoteReset,
                               Flag::UpstreamConnectionFailure,
                               Flag::UpstreamConnectionTermination,
                               Flag::UpstreamOverflow,
                               Flag::NoRouteFound,
                               Flag::DelayInjected,
                               Flag::FaultInjected,
                               Flag::RateLimited,
                               Flag::DownstreamConnectionTermination,
                               Flag::UpstreamRetryLimitExceeded,
                               Flag::StreamIdleTimeout,
                               Flag::InvalidEnvoyRequestHeaders,
                               Flag::DownstreamProtocolError,
                               Flag::UpstreamMaxStreamDurationReached,
                               Flag::DurationTimeout,
                               Flag::UpstreamProtocolError,
                               Flag::NoClusterFound,
                               Flag::OverloadManager,
                               Flag::DownstreamRemoteReset};
static_assert(sizeof(kFlagOrder) / sizeof(Flag) == static_cast<size_t>(Flag::Count));

Value flags(const Record& record, std::string_view (*name)(Flag), Scratch& scratch) {
  size_t length = 0;
  for (const Flag flag : kFlagOrder) {
    if (!record.hasFlag(flag)) continue;
    if (length > 0) scratch.bytes[length++] = ',';
    const std::string_view text = name(flag);
    std::memcpy(scratch.bytes + length, text.data(), text.size());
    length += text.size();
  }
  return own(length == 0 ? std::string_view("-") : std::string_view(scratch.bytes, length));
}

Value duration(const FormatContext& context, Scratch& scratch) {
  const Record& record = context.record;
  // A header formatter asks before the end: so far, then, as Envoy answers.
  const uint64_t end = record.end_us != 0 ? record.end_us : context.clock.monotonicUs();
  return millisBetween(record.start_us, end, scratch);
}

uint64_t timeOf(config::TimePoint point, const Record& r) {
  using config::TimePoint;
  switch (point) {
    case TimePoint::DownstreamRxBegin:
      return r.start_us;
    case TimePoint::DownstreamRxEnd:
      return r.request_end_us;
    case TimePoint::UpstreamTxBegin:
      return r.upstream_first_tx_us;
    case TimePoint::UpstreamTxEnd:
      return r.upstream_last_tx_us;
    case TimePoint::UpstreamRxBegin:
      return r.upstream_first_rx_us;
    case TimePoint::UpstreamRxEnd:
      return r.upstream_last_rx_us;
    case TimePoint::DownstreamTxBegin:
      return r.downstream_first_tx_us;
    case TimePoint::DownstreamTxEnd:
      break;
  }
  return r.end_us;
}

Value commonDuration(const FormatPart& part, const Record& r, Scratch& scratch) {
  const uint64_t from = timeOf(static_cast<config::TimePoint>(part.text[0]), r);
  const uint64_t to = timeOf(static_cast<config::TimePoint>(part.text[1]), r);
  if (from == 0 || to < from) return {};
  const uint64_t us = to - from;
  switch (static_cast<config::TimeUnit>(part.text[2])) {
    case config::TimeUnit::Milliseconds:
      return number(us / 1000, scratch);
    case config::TimeUnit::Microseconds:
      return number(us, scratch);
    case config::TimeUnit::Nanoseconds:
      break;
  }
  return number(us * 1000, scratch);
}

// RFC 9562, version 4. From the kernel: a context of a line has no generator.
Value uniqueId(Scratch& scratch) {
  uint64_t seed = 0;
  if (::getentropy(&seed, sizeof(seed)) != 0) return {};
  base::Random(seed).uuid4(scratch.bytes);
  return own({scratch.bytes, 36});
}

Value withoutPort(Value host) {
  const size_t colon = host.text.rfind(':');
  const size_t bracket = host.text.rfind(']');
  const bool port =
      colon != std::string_view::npos &&
      (bracket == std::string_view::npos ? host.text.find(':') == colon : bracket < colon);
  if (port) host.text = host.text.substr(0, colon);
  return host;
}

size_t bytesOf(const http::HeaderMap& fields) {
  size_t bytes = 0;
  for (const http::HeaderEntry& field : fields) bytes += field.name.size() + field.value.size();
  return bytes;
}

// Names and values, as Envoy counts them: the request's pseudo fields too.
size_t bytesOf(const http::RequestHead& head) {
  constexpr size_t kNames = std::string_view(":method").size() + std::string_view(":path").size() +
                            std::string_view(":authority").size() +
                            std::string_view(":scheme").size();
  return kNames + head.method_name.size() + head.path.size() + head.authority.size() +
         head.scheme.size() + bytesOf(head.headers);
}

size_t bytesOf(const http::ResponseHead& head) {
  return std::string_view(":status200").size() + bytesOf(head.headers);
}

// A TCP proxy adds nothing to what it passes on.
Value wireBytes(FormatOp op, const Record& r, Scratch& scratch) {
  const bool tcp = r.request == nullptr;
  switch (op) {
    case FormatOp::DownstreamWireBytesReceived:
      return number(tcp ? r.bytes_received : r.downstream_wire_received, scratch);
    case FormatOp::DownstreamWireBytesSent:
      return number(tcp ? r.bytes_sent : r.downstream_wire_sent, scratch);
    case FormatOp::UpstreamWireBytesReceived:
      return number(tcp ? r.bytes_sent : r.upstream_wire_received, scratch);
    case FormatOp::UpstreamWireBytesSent:
      return number(tcp ? r.bytes_received : r.upstream_wire_sent, scratch);
    case FormatOp::RequestHeadersBytes:
      return number(tcp ? 0 : bytesOf(*r.request), scratch);
    case FormatOp::ResponseHeadersBytes:
      return number(r.response == nullptr ? 0 : bytesOf(*r.response), scratch);
    default:
      return number(r.trailers == nullptr ? 0 : bytesOf(*r.trailers), scratch);
  }
}

Value environment(const FormatPart& part) {
  const char* value = std::getenv(part.text.c_str());
  return value == nullptr ? Value{} : own(value);
}

Value timing(FormatOp op, const Record& r, Scratch& scratch) {
  switch (op) {
    case FormatOp::RequestDuration:
      return millisBetween(r.start_us, r.request_end_us, scratch);
    case FormatOp::RequestTxDuration:
      return millisBetween(r.start_us, r.upstream_last_tx_us, scratch);
    case FormatOp::ResponseDuration:
      return millisBetween(r.start_us, r.upstream_first_rx_us, scratch);
    case FormatOp::UpstreamPoolReadyDuration:  // the request goes out at once
      return millisBetween(r.start_us, r.upstream_first_tx_us, scratch);
    default:
      return millisBetween(r.upstream_first_rx_us, r.end_us, scratch);
  }
}

Value addressValue(FormatOp op, const Record& r, Scratch& scratch) {
  switch (op) {
    case FormatOp::UpstreamHost:
    case FormatOp::UpstreamRemoteAddress:
      return address(r.upstream_remote, scratch);
    case FormatOp::UpstreamRemoteAddressWithoutPort:
      return addressWithoutPort(r.upstream_remote, scratch);
    case FormatOp::UpstreamRemotePort:
      return port(r.upstream_remote, scratch);
    case FormatOp::UpstreamLocalAddress:
      return address(&r.upstream_local, scratch);
    case FormatOp::UpstreamLocalAddressWithoutPort:
      return addressWithoutPort(&r.upstream_local, scratch);
    case FormatOp::UpstreamLocalPort:
      return port(&r.upstream_local, scratch);
    case FormatOp::DownstreamRemoteAddress:
      return address(r.downstream_remote, scratch);
    case FormatOp::DownstreamRemoteAddressWithoutPort:
      return addressWithoutPort(r.downstream_remote, scratch);
    case FormatOp::DownstreamRemotePort:
      return port(r.downstream_remote, scratch);
    case FormatOp::DownstreamDirectRemoteAddress:
      return address(r.downstream_direct_remote, scratch);
    case FormatOp::DownstreamDirectRemoteAddressWithoutPort:
      return addressWithoutPort(r.downstream_direct_remote, scratch);
    case FormatOp::DownstreamDirectRemotePort:
      return port(r.downstream_direct_remote, scratch);
    case FormatOp::DownstreamLocalAddress:
      return address(r.downstream_local, scratch);
    case FormatOp::DownstreamLocalAddressWithoutPort:
      return addressWithoutPort(r.downstream_local, scratch);
    case FormatOp::DownstreamLocalPort:
      return port(r.downstream_local, scratch);
    default:  // of TLS, or Unset
      return tlsValue(op, r, scratch);
  }
}

// Plain facts of the Record; addresses are the rest.
Value factValue(FormatOp op, const Record& r, Scratch& scratch) {
  switch (op) {
    case FormatOp::Protocol:
      return r.request == nullptr ? Value{} : own(http::protocolName(r.request->protocol));
    case FormatOp::ResponseCode:
      return number(static_cast<uint64_t>(std::max(r.status, 0)), scratch);
    case FormatOp::ResponseCodeDetails:
      return own(r.details);
    case FormatOp::ResponseFlags:
      return flags(r, flagShort, scratch);
    case FormatOp::ResponseFlagsLong:
      return flags(r, flagLong, scratch);
    case FormatOp::BytesReceived:
      return number(r.bytes_received, scratch);
    case FormatOp::BytesSent:
      return number(r.bytes_sent, scratch);
    case FormatOp::DownstreamWireBytesReceived:
    case FormatOp::DownstreamWireBytesSent:
    case FormatOp::UpstreamWireBytesReceived:
    case FormatOp::UpstreamWireBytesSent:
    case FormatOp::RequestHeadersBytes:
    case FormatOp::ResponseHeadersBytes:
    case FormatOp::ResponseTrailersBytes:
      return wireBytes(op, r, scratch);
    case FormatOp::UpstreamProtocol:
      return r.upstream_first_tx_us == 0 || r.request == nullptr
                 ? Value{}
                 : own(r.upstream_http2 ? "HTTP/2" : "HTTP/1.1");
    case FormatOp::AccessLogType:
      if (!r.log_type.empty()) return own(r.log_type);
      if (r.end_us == 0) return own("NotSet");  // asked for a header, before the end
      return own(r.request == nullptr ? "TcpConnectionEnd" : "DownstreamEnd");
    case FormatOp::UpstreamHostName:
      return r.upstream_host_name.empty() ? address(r.upstream_remote, scratch)
                                          : own(r.upstream_host_name);
    case FormatOp::UpstreamHostNameWithoutPort:
      return withoutPort(r.upstream_host_name.empty() ? address(r.upstream_remote, scratch)
                                                      : own(r.upstream_host_name));
    case FormatOp::UpstreamCluster:
      return own(r.upstream_cluster);
    case FormatOp::UpstreamRequestAttemptCount:
      return number(r.attempts, scratch);
    case FormatOp::UpstreamTransportFailureReason:
      return own(r.upstream_failure);
    case FormatOp::ConnectionId:
      return number(r.connection_id, scratch);
    case FormatOp::ConnectionTerminationDetails:
      return own(r.termination_details);
    case FormatOp::StreamId:
      return requestField(r.request, "x-request-id", scratch);
    case FormatOp::RouteName:
      return own(r.route_name);
    case FormatOp::VirtualHostName:
      return own(r.virtual_host);
    case FormatOp::VirtualClusterName:
      return own(r.virtual_cluster);
    case FormatOp::LocalReplyBody:
      // May hold newlines, which must not end a log line early.
      return r.local_reply_body.data() == nullptr ? Value{} : peer(r.local_reply_body);
    default:
      return addressValue(op, r, scratch);
  }
}

Value evaluateWhole(const FormatPart& part, const FormatContext& context, Scratch& scratch) {
  const Record& r = context.record;
  switch (part.op) {
    case FormatOp::Literal:
      return {Value::Kind::Own, part.text};
    case FormatOp::StartTime:
      return time(part, r.start_wall_us, scratch);
    case FormatOp::EmitTime:
      return time(part, context.clock.wallUs(), scratch);
    case FormatOp::StartTimeLocal:
      return time(part, r.start_wall_us, scratch, true);
    case FormatOp::EmitTimeLocal:
      return time(part, context.clock.wallUs(), scratch, true);
    case FormatOp::DownstreamPeerCertVStart:
    case FormatOp::DownstreamPeerCertVEnd: {
      const int64_t at = certificateTimeUs(part.op, r);
      return at == 0 ? Value{} : time(part, at, scratch);
    }
    case FormatOp::RequestHeader:
      return requestHeader(part, r, scratch);
    case FormatOp::ResponseHeader:
      return responseHeader(part, r, scratch);
    case FormatOp::ResponseTrailer:
      return responseTrailer(part, r);
    case FormatOp::RequestHeaderWithoutQuery:
      return withoutQuery(requestHeader(part, r, scratch));
    case FormatOp::QueryParameter:
      return queryParameter(part, r, scratch);
    case FormatOp::Path:
      return path(part, r, scratch);
    case FormatOp::GrpcStatus: {
      const auto status = grpcStatus(r);
      if (!status) return {};
      if (part.text == "NUMBER") return number(*status, scratch);
      return own(grpcStatusName(*status, part.text == "SNAKE_STRING"));
    }
    case FormatOp::Duration:
      return duration(context, scratch);
    case FormatOp::CommonDuration:
      return commonDuration(part, r, scratch);
    case FormatOp::UniqueId:
      return uniqueId(scratch);
    case FormatOp::RequestDuration:
    case FormatOp::RequestTxDuration:
    case FormatOp::ResponseDuration:
    case FormatOp::ResponseTxDuration:
    case FormatOp::UpstreamPoolReadyDuration:
      return timing(part.op, r, scratch);
    case FormatOp::Hostname:
      return own(context.hostname);
    case FormatOp::Environment:
      return environment(part);
    default:
      return factValue(part.op, r, scratch);
  }
}

}  // namespace

Value evaluate(const FormatPart& part, const FormatContext& context, Scratch& scratch) {
  Value value = evaluateWhole(part, context, scratch);
  if (part.max_length >= 0) {
    value.text = value.text.substr(0, static_cast<size_t>(part.max_length));
  }
  return value;
}

}  // namespace convoy::worker
