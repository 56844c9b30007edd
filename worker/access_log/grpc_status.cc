#include "worker/access_log/grpc_status.h"

#include <array>

#include "common/base/text.h"
#include "worker/http/local_reply.h"

namespace convoy::worker {

namespace {

using http::HeaderId;

struct Name {
  std::string_view camel, snake;
};
constexpr std::array<Name, 17> kNames = {{
    {"OK", "OK"},
    {"Canceled", "CANCELLED"},
    {"Unknown", "UNKNOWN"},
    {"InvalidArgument", "INVALID_ARGUMENT"},
    {"DeadlineExceeded", "DEADLINE_EXCEEDED"},
    {"NotFound", "NOT_FOUND"},
    {"AlreadyExists", "ALREADY_EXISTS"},
    {"PermissionDenied", "PERMISSION_DENIED"},
    {"ResourceExhausted", "RESOURCE_EXHAUSTED"},
    {"FailedPrecondition", "FAILED_PRECONDITION"},
    {"Aborted", "ABORTED"},
    {"OutOfRange", "OUT_OF_RANGE"},
    {"Unimplemented", "UNIMPLEMENTED"},
    {"Internal", "INTERNAL"},
    {"Unavailable", "UNAVAILABLE"},
    {"DataLoss", "DATA_LOSS"},
    {"Unauthenticated", "UNAUTHENTICATED"},
}};

}  // namespace

std::optional<uint64_t> grpcStatus(const Record& record) {
  if (record.request == nullptr || !isGrpc(*record.request)) return {};
  const std::string_view* field = nullptr;
  if (record.trailers != nullptr) field = record.trailers->find(HeaderId::GrpcStatus);
  if (field == nullptr && record.response != nullptr) {
    field = record.response->headers.find(HeaderId::GrpcStatus);
  }
  if (field != nullptr) return base::parseUint(*field);
  if (record.status == 0) return {};
  return base::parseUint(grpcStatusOf(record.status));
}

std::string_view grpcStatusName(uint64_t status, bool snake) {
  if (status >= kNames.size()) return "InvalidCode";
  return snake ? kNames[status].snake : kNames[status].camel;
}

}  // namespace convoy::worker
