// retry_conditions: the words of retry_on and x-envoy-retry-on as bits, for the configuration and
// for requests that bring their own. Constant data; any process.
#pragma once

#include <cstdint>
#include <string_view>

namespace convoy::config {

enum RetryOn : uint32_t {
  kRetryOn5xx = 1u << 0,
  kRetryOnGatewayError = 1u << 1,
  kRetryOnReset = 1u << 2,
  kRetryOnResetBeforeRequest = 1u << 3,
  kRetryOnConnectFailure = 1u << 4,
  kRetryOnEnvoyRatelimited = 1u << 5,
  kRetryOnRetriable4xx = 1u << 6,
  kRetryOnRefusedStream = 1u << 7,  // HTTP/2; never happens over HTTP/1.1
  kRetryOnRetriableStatusCodes = 1u << 8,
  kRetryOnRetriableHeaders = 1u << 9,
  kRetryOnHttp3Failure = 1u << 10,  // HTTP/3; never happens over HTTP/1.1
  kRetryOnGrpcCancelled = 1u << 11,
  kRetryOnGrpcDeadlineExceeded = 1u << 12,
  kRetryOnGrpcInternal = 1u << 13,
  kRetryOnGrpcResourceExhausted = 1u << 14,
  kRetryOnGrpcUnavailable = 1u << 15,
};

// Of a list with commas. `unknown` (may be null) gets the first word that is none.
uint32_t parseRetryOn(std::string_view list, std::string_view* unknown = nullptr);

}  // namespace convoy::config
