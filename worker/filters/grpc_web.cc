#include "worker/filters/grpc_web.h"

#include <algorithm>

#include "common/base/base64.h"
#include "common/base/text.h"
#include "common/http/grpc_frame.h"
#include "worker/http/local_reply.h"

namespace convoy::worker {

using http::HeaderId;

namespace {

constexpr std::string_view kGrpc = "application/grpc";
constexpr std::string_view kWebProto = "application/grpc-web+proto";
constexpr std::string_view kTextProto = "application/grpc-web-text+proto";
// A frame begins with a byte of flags and the length of the message, 4 bytes, big-endian.
constexpr size_t kFrameHead = 5;
constexpr char kTrailersFlag = static_cast<char>(0x80);
constexpr size_t kMostMessage = 16384;  // of an answer's body that is told (Envoy)

bool isText(std::string_view type) {
  return type == "application/grpc-web-text" || type == kTextProto;
}
bool isWeb(std::string_view type) {
  return type == "application/grpc-web" || type == kWebProto || isText(type);
}

std::string_view valueOf(const http::HeaderMap& headers, HeaderId id) {
  const std::string_view* value = headers.find(id);
  return value == nullptr ? std::string_view() : *value;
}

FilterStatus refuse(FilterContext& context, std::string_view details) {
  context.status = 400;
  context.body = "Bad gRPC-web request, invalid base64 data.";
  context.details = details;
  return FilterStatus::Refuse;
}

// What follows the media type does not matter.
std::string_view mediaType(const http::HeaderMap& headers) {
  const std::string_view type = valueOf(headers, HeaderId::ContentType);
  return base::trimOws(type.substr(0, type.find(';')));
}

// gRPC: 200 with its type, or a head with a status that is all; or gRPC-Web in bytes already.
bool isGrpcAnswer(const http::ResponseHead& response, bool end) {
  if (end) return response.headers.has(HeaderId::GrpcStatus);
  if (response.status != 200) return false;
  const std::string_view type = valueOf(response.headers, HeaderId::ContentType);
  const bool grpc =
      type.starts_with(kGrpc) &&
      (type.size() == kGrpc.size() || type[kGrpc.size()] == '+' || type[kGrpc.size()] == ';');
  const std::string_view media = mediaType(response.headers);
  return grpc || base::equalsIgnoreCase(media, "application/grpc-web") ||
         base::equalsIgnoreCase(media, kWebProto);
}

}  // namespace

FilterStatus GrpcWebFilter::decodeHeaders(FilterContext& context, bool end) {
  http::RequestHead& request = context.request;
  const std::string_view type = valueOf(request.headers, HeaderId::ContentType);
  active_ = isWeb(type);
  if (!active_) return FilterStatus::Continue;
  text_request_ = isText(type);
  text_response_ = isText(valueOf(request.headers, HeaderId::Accept));
  request.headers.set(HeaderId::ContentType, kGrpc);
  request.headers.set(HeaderId::Te, "trailers");
  if (request.headers.find("grpc-accept-encoding") == nullptr) {
    request.headers.set("grpc-accept-encoding", "identity");
  }
  // Its length is that of the text, and gRPC has none.
  if (!end) {
    request.body = http::BodyKind::Chunked;
    request.content_length = 0;
  }
  return FilterStatus::Continue;
}

FilterStatus GrpcWebFilter::decodeData(FilterContext& context, std::string_view& data, bool end) {
  if (!text_request_) return FilterStatus::Continue;
  waiting_ += data;
  const size_t whole = waiting_.size() / 4 * 4;
  out_.clear();
  if (end && whole != waiting_.size()) {
    return refuse(context, "grpc_base_64_decode_failed_bad_size");
  }
  if (!base::decodeBase64(std::string_view(waiting_).substr(0, whole), out_)) {
    return refuse(context, "grpc_base_64_decode_failed");
  }
  waiting_.erase(0, whole);
  data = out_;
  return FilterStatus::Continue;
}

void GrpcWebFilter::encodeHeaders(FilterContext& context, bool end) {
  if (!active_) return;
  http::ResponseHead& response = context.response;
  waiting_.clear();
  grpc_response_ = isGrpcAnswer(response, end);
  telling_ = !grpc_response_ && !end;
  response.headers.set(HeaderId::ContentType, text_response_ ? kTextProto : kWebProto);
  if (!end) response.body = http::BodyKind::Chunked;
  response.content_length = 0;
}

// What has come of a body that is not gRPC's.
void GrpcWebFilter::tell(FilterContext& context) {
  http::ResponseHead& response = context.response;
  telling_ = false;
  response.headers.set(HeaderId::GrpcMessage, percentEncoded(waiting_, context.arena));
  response.headers.set(HeaderId::GrpcStatus, grpcStatusOf(response.status));
  response.body = http::BodyKind::Length;
  response.content_length = 0;
  waiting_.clear();
}

// Padding ends each frame: a client decodes whole groups of digits, and a message of a stream must
// not wait for the next one to fill its last group.
void GrpcWebFilter::encodeData(FilterContext& context, std::string_view& data, bool end) {
  if (telling_) {
    waiting_ += data.substr(0, kMostMessage - std::min(waiting_.size(), kMostMessage));
    data = {};
    if (end) tell(context);
    return;
  }
  if (!grpc_response_ || !text_response_) return;
  out_.clear();
  while (!data.empty()) {
    const size_t taken = takeOfFrame(data);
    waiting_ += data.substr(0, taken);
    data.remove_prefix(taken);
    if (frame_head_ == kFrameHead && frame_left_ == 0) {
      frame_head_ = 0;
      encode(waiting_.size());
    }
  }
  encode(end ? waiting_.size() : waiting_.size() / 3 * 3);
  data = out_;
}

// How much of `data` belongs to the current frame; goes on in it.
size_t GrpcWebFilter::takeOfFrame(std::string_view data) {
  if (frame_head_ == kFrameHead) {
    const size_t taken = std::min<size_t>(frame_left_, data.size());
    frame_left_ -= static_cast<uint32_t>(taken);
    return taken;
  }
  // The byte of flags is shifted out again by the four of the length.
  frame_left_ = frame_left_ << 8 | static_cast<unsigned char>(data[0]);
  ++frame_head_;
  return 1;
}

void GrpcWebFilter::encode(size_t bytes) {
  base::appendBase64(std::string_view(waiting_).substr(0, bytes), out_);
  waiting_.erase(0, bytes);
}

void GrpcWebFilter::encodeTrailers(FilterContext& context, http::HeaderMap& trailers,
                                   std::string_view& data) {
  if (telling_) return tell(context);
  if (!grpc_response_) return;
  size_t length = 0;
  for (const http::HeaderEntry& field : trailers) {
    length += field.name.size() + field.value.size() + 3;
  }
  http::appendGrpcFrameHead(kTrailersFlag, length, waiting_);
  for (const http::HeaderEntry& field : trailers) {
    waiting_.append(field.name).append(":").append(field.value).append("\r\n");
  }
  trailers.clear();
  out_.clear();
  if (text_response_) {
    encode(waiting_.size());
  } else {
    out_.swap(waiting_);
  }
  data = out_;
}

void GrpcWebFilter::reset() {
  active_ = text_request_ = text_response_ = grpc_response_ = telling_ = false;
  frame_head_ = 0;
  frame_left_ = 0;
  waiting_.clear();
  out_.clear();
}

}  // namespace convoy::worker
