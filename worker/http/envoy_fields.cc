#include "worker/http/envoy_fields.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/config/retry_conditions.h"

namespace convoy::worker {

namespace {

// What only x-envoy-retry-grpc-on may say, and nothing else.
constexpr uint32_t kGrpc = config::kRetryOnGrpcCancelled | config::kRetryOnGrpcDeadlineExceeded |
                           config::kRetryOnGrpcInternal | config::kRetryOnGrpcResourceExhausted |
                           config::kRetryOnGrpcUnavailable;

bool makesSense(std::string_view name, std::string_view value) {
  if (name != "x-envoy-retry-on" && name != "x-envoy-retry-grpc-on") {
    return base::parseUint(value).has_value();
  }
  std::string_view unknown;
  const uint32_t on = config::parseRetryOn(value, &unknown);
  const uint32_t of_the_other = name == "x-envoy-retry-on" ? on & kGrpc : on & ~kGrpc;
  return unknown.empty() && of_the_other == 0;
}

}  // namespace

const http::HeaderEntry* findSenseless(const std::vector<std::string>& names,
                                       const http::RequestHead& request) {
  for (const std::string& name : names) {
    for (const http::HeaderEntry& field : request.headers) {
      if (field.name == name && !makesSense(name, field.value)) return &field;
    }
  }
  return nullptr;
}

}  // namespace convoy::worker
