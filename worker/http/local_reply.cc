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
  return isGrpcType(head.headers);
}

bool isGrpcType(const http::HeaderMap& headers) {
  const std::string_view* type = headers.find(HeaderId::ContentType);
  return type != nullptr && type->starts_with("application/grpc") &&
         (type->size() == 16 || (*type)[16] == '+' || (*type)[16] == ';');
}

std::string_view percentEncoded(std::string_view text, base::Arena& arena) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  char* const begin = arena.allocate(text.size() * 3);
  char* at = begin;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte < '~' && byte != '%') {
      *at++ = c;
      continue;
    }
    *at++ = '%';
    *at++ = kDigits[byte >> 4];
    *at++ = kDigits[byte & 15];
  }
  return {begin, static_cast<size_t>(at - begin)};
}

void beginLocalReply(int status, http::ResponseHead& out) {
  out.clear();
  out.status = status;
}

std::string_view endLocalReply(bool grpc, std::string_view body, base::Arena& arena,
                               http::ResponseHead& out, std::optional<int> grpc_status) {
  out.body = http::BodyKind::Length;
  if (grpc) {
    const std::string_view* type = out.headers.find(HeaderId::ContentType);
    // JSON's last newline is no part of a message.
    const bool json = type != nullptr && *type == "application/json";
    if (json && body.ends_with('\n')) body.remove_suffix(1);
    out.headers.set(HeaderId::ContentType, "application/grpc");
    if (!out.headers.has(HeaderId::GrpcStatus)) {
      out.headers.add(HeaderId::GrpcStatus,
                      grpc_status ? grpcStatusText(*grpc_status) : grpcStatusOf(out.status));
    }
    out.status = 200;
    if (!body.empty()) out.headers.set(HeaderId::GrpcMessage, percentEncoded(body, arena));
    return {};
  }
  if (body.empty()) {
    out.headers.remove(HeaderId::ContentType);
  } else if (!out.headers.has(HeaderId::ContentType)) {
    out.headers.add(HeaderId::ContentType, "text/plain");
  }
  out.content_length = body.size();
  return body;
}

}  // namespace convoy::worker
