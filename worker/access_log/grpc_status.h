// grpc_status: how a gRPC call ended, for the access log (Envoy: GRPC_STATUS). Stateless.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "worker/record.h"

namespace convoy::worker {

// From the trailers, else from the head of an answer that has none, else what its HTTP status means
// in gRPC. Nothing for other requests.
std::optional<uint64_t> grpcStatus(const Record& record);
// "DeadlineExceeded", or "DEADLINE_EXCEEDED"; "InvalidCode" above 16.
std::string_view grpcStatusName(uint64_t status, bool snake);

}  // namespace convoy::worker
