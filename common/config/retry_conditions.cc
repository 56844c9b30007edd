#include "common/config/retry_conditions.h"

#include <utility>

#include "common/base/text.h"

namespace convoy::config {

namespace {

constexpr std::pair<std::string_view, uint32_t> kWords[] = {
    {"5xx", kRetryOn5xx},
    {"gateway-error", kRetryOnGatewayError},
    {"reset", kRetryOnReset},
    {"reset-before-request", kRetryOnResetBeforeRequest},
    {"connect-failure", kRetryOnConnectFailure},
    {"envoy-ratelimited", kRetryOnEnvoyRatelimited},
    {"retriable-4xx", kRetryOnRetriable4xx},
    {"refused-stream", kRetryOnRefusedStream},
    {"retriable-status-codes", kRetryOnRetriableStatusCodes},
    {"retriable-headers", kRetryOnRetriableHeaders},
    {"http3-post-connect-failure", kRetryOnHttp3Failure},
    {"cancelled", kRetryOnGrpcCancelled},
    {"deadline-exceeded", kRetryOnGrpcDeadlineExceeded},
    {"internal", kRetryOnGrpcInternal},
    {"resource-exhausted", kRetryOnGrpcResourceExhausted},
    {"unavailable", kRetryOnGrpcUnavailable},
};

uint32_t bitOf(std::string_view word) {
  for (const auto& [name, bit] : kWords) {
    if (name == word) return bit;
  }
  return 0;
}

}  // namespace

uint32_t parseRetryOn(std::string_view list, std::string_view* unknown) {
  uint32_t bits = 0;
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::string_view word = base::trimOws(list.substr(0, comma));
    const uint32_t bit = bitOf(word);
    if (bit == 0 && !word.empty() && unknown != nullptr && unknown->empty()) *unknown = word;
    bits |= bit;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return bits;
}

}  // namespace convoy::config
