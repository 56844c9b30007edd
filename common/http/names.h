// names: interned header names, methods and reason phrases. A HeaderId lets the hot path compare a
// byte instead of a string. Names are lower case, as Envoy forwards them. Constant data.
#pragma once

#include <cstdint>
#include <string_view>

namespace convoy::http {

// X(enumerator, "wire-name")
#define CONVOY_HEADERS(X)                                                 \
  X(Accept, "accept")                                                     \
  X(AcceptEncoding, "accept-encoding")                                    \
  X(Authorization, "authorization")                                       \
  X(CacheControl, "cache-control")                                        \
  X(Connection, "connection")                                             \
  X(ContentLength, "content-length")                                      \
  X(ContentType, "content-type")                                          \
  X(Cookie, "cookie")                                                     \
  X(Date, "date")                                                         \
  X(Expect, "expect")                                                     \
  X(Forwarded, "forwarded")                                               \
  X(GrpcStatus, "grpc-status")                                            \
  X(GrpcMessage, "grpc-message")                                          \
  X(GrpcTimeout, "grpc-timeout")                                          \
  X(Host, "host")                                                         \
  X(Http2Settings, "http2-settings")                                      \
  X(KeepAlive, "keep-alive")                                              \
  X(Location, "location")                                                 \
  X(MaxForwards, "max-forwards")                                          \
  X(Origin, "origin")                                                     \
  X(ProxyConnection, "proxy-connection")                                  \
  X(Referer, "referer")                                                   \
  X(SecWebSocketKey, "sec-websocket-key")                                 \
  X(Server, "server")                                                     \
  X(SetCookie, "set-cookie")                                              \
  X(Te, "te")                                                             \
  X(Trailer, "trailer")                                                   \
  X(TransferEncoding, "transfer-encoding")                                \
  X(Upgrade, "upgrade")                                                   \
  X(UserAgent, "user-agent")                                              \
  X(Via, "via")                                                           \
  X(XEnvoyAttemptCount, "x-envoy-attempt-count")                          \
  X(XEnvoyDownstreamServiceCluster, "x-envoy-downstream-service-cluster") \
  X(XEnvoyDownstreamServiceNode, "x-envoy-downstream-service-node")       \
  X(XEnvoyExpectedRqTimeoutMs, "x-envoy-expected-rq-timeout-ms")          \
  X(XEnvoyExternalAddress, "x-envoy-external-address")                    \
  X(XEnvoyInternal, "x-envoy-internal")                                   \
  X(XEnvoyOriginalPath, "x-envoy-original-path")                          \
  X(XEnvoyOverloaded, "x-envoy-overloaded")                               \
  X(XEnvoyUpstreamRqTimeoutMs, "x-envoy-upstream-rq-timeout-ms")          \
  X(XEnvoyUpstreamServiceTime, "x-envoy-upstream-service-time")           \
  X(XForwardedClientCert, "x-forwarded-client-cert")                      \
  X(XForwardedFor, "x-forwarded-for")                                     \
  X(XForwardedHost, "x-forwarded-host")                                   \
  X(XForwardedProto, "x-forwarded-proto")                                 \
  X(XRequestId, "x-request-id")

enum class HeaderId : uint8_t {
  Unknown = 0,
#define CONVOY_X(id, name) id,
  CONVOY_HEADERS(CONVOY_X)
#undef CONVOY_X
      Count
};

// REQUIRES: `lower_name` is lower case already.
HeaderId headerId(std::string_view lower_name);
std::string_view headerName(HeaderId id);  // "" for Unknown

// "OK" for 200, "Unknown" for codes without a registered phrase.
std::string_view reasonPhrase(int status);

// RequestHead::upgrade of CONNECT.
inline constexpr std::string_view kConnectUpgrade = "connect";

enum class Method : uint8_t { Other, Get, Head, Post, Put, Delete, Connect, Options, Trace, Patch };
Method methodOf(std::string_view name);  // case-sensitive (RFC 9110 section 9.1)
// Safe to send twice (RFC 9110 section 9.2.2).
bool isIdempotent(Method method);

enum class Protocol : uint8_t { Http10, Http11, Http2 };
std::string_view protocolName(Protocol protocol);  // "HTTP/1.1"

}  // namespace convoy::http
