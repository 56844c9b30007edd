#include "worker/http/local_reply.h"

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

bool isGrpc(const http::RequestHead& head) {
  const std::string_view* type = head.headers.find(HeaderId::ContentType);
  return type != nullptr && type->starts_with("application/grpc") &&
         (type->size() == 16 || (*type)[16] == '+' || (*type)[16] == ';');
}

std::string_view makeLocalReply(bool grpc, int status, std::string_view body, bool overloaded,
                                http::ResponseHead& out) {
  out.clear();
  out.body = http::BodyKind::Length;
  if (grpc) {
    out.status = 200;
    out.headers.add(HeaderId::ContentType, "application/grpc");
    out.headers.add(HeaderId::GrpcStatus, grpcStatusOf(status));
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
