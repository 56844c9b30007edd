#include "worker/http/local_reply.h"

#include <iterator>

namespace convoy::worker {

using http::HeaderId;

// Envoy: common/grpc/status.cc httpToGrpcStatus.
std::string_view grpcStatusOf(int status) {
  switch (status) {
    case 400:
      return "13";
    case 401:
      return "16";
    case 403:
      return "7";
    case 404:
      return "12";
    case 429:
    case 502:
    case 503:
    case 504:
      return "14";
    default:
      return "2";
  }
}

namespace {

// Static text: it outlives the answer.
std::string_view grpcStatusText(int status) {
  constexpr std::string_view kText[] = {"0", "1",  "2",  "3",  "4",  "5",  "6",  "7", "8",
                                        "9", "10", "11", "12", "13", "14", "15", "16"};
  const bool known = status >= 0 && status < static_cast<int>(std::size(kText));
  return known ? kText[status] : std::string_view("2");
}

}  // namespace

bool isGrpc(const http::RequestHead& head) {
  const std::string_view* type = head.headers.find(HeaderId::ContentType);
  return type != nullptr && type->starts_with("application/grpc") &&
         (type->size() == 16 || (*type)[16] == '+' || (*type)[16] == ';');
}

std::string_view makeLocalReply(bool grpc, int status, std::string_view body, bool overloaded,
                                http::ResponseHead& out, std::optional<int> grpc_status) {
  out.clear();
  out.body = http::BodyKind::Length;
  if (grpc) {
    out.status = 200;
    out.headers.add(HeaderId::ContentType, "application/grpc");
    out.headers.add(HeaderId::GrpcStatus,
                    grpc_status ? grpcStatusText(*grpc_status) : grpcStatusOf(status));
    if (!body.empty()) out.headers.add(HeaderId::GrpcMessage, body);
    return {};
  }
  out.status = status;
  if (!body.empty()) out.headers.add(HeaderId::ContentType, "text/plain");
  if (overloaded) out.headers.add(HeaderId::XEnvoyOverloaded, "true");
  out.content_length = body.size();
  return body;
}

}  // namespace convoy::worker
