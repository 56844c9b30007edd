#include "worker/filters/grpc_bridge.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/http/grpc_frame.h"
#include "worker/http/local_reply.h"

namespace convoy::worker {

using http::HeaderId;

namespace {

bool isProtobuf(const http::RequestHead& request) {
  const std::string_view* type = request.headers.find(HeaderId::ContentType);
  return type != nullptr && *type == "application/x-protobuf";
}

}  // namespace

FilterStatus GrpcBridgeFilter::decodeHeaders(FilterContext& context, bool end) {
  http::RequestHead& request = context.request;
  const bool http1 = request.protocol != http::Protocol::Http2;
  unframed_ = strip_frame_ = http1 && settings_.upgrade_protobuf && isProtobuf(request);
  if (unframed_) {
    request.headers.set(HeaderId::ContentType, "application/grpc");
    context.routeAgain();
  }
  bridging_ = http1 && isGrpc(request);
  if (!bridging_) return FilterStatus::Continue;
  most_ = context.buffer_limit;
  if (settings_.ignore_query) request.path = request.path.substr(0, request.path.find('?'));
  if (!unframed_ || end) return FilterStatus::Continue;
  // The length of a message stands before it.
  if (request.body == http::BodyKind::Length && request.content_length > most_) {
    return refuseTooLarge(context);
  }
  request.body = http::BodyKind::Chunked;
  request.content_length = 0;
  return FilterStatus::Wait;
}

FilterStatus GrpcBridgeFilter::onWaiting(FilterContext& context, uint64_t bytes, bool end) {
  if (bytes > most_) return refuseTooLarge(context);
  message_bytes_ = bytes;
  return end ? FilterStatus::Continue : FilterStatus::Wait;
}

FilterStatus GrpcBridgeFilter::decodeData(FilterContext&, std::string_view& data, bool) {
  if (!unframed_) return FilterStatus::Continue;
  unframed_ = false;
  held_.clear();
  http::appendGrpcFrameHead('\0', message_bytes_, held_);
  held_ += data;
  data = held_;
  return FilterStatus::Continue;
}

void GrpcBridgeFilter::encodeHeaders(FilterContext&, bool end) {
  holding_ = bridging_ && !end;
  held_.clear();
}

void GrpcBridgeFilter::encodeData(FilterContext& context, std::string_view& data, bool end) {
  if (!holding_) return;
  if (held_.size() + data.size() > most_) {
    holding_ = false;
    context.status = 500;
    context.body = "Internal Server Error";
    context.details = "response_payload_too_large";
    return;
  }
  held_ += data;
  data = {};
  if (!end) return;
  holding_ = false;
  data = held_;
}

void GrpcBridgeFilter::encodeTrailers(FilterContext& context, http::HeaderMap& trailers,
                                      std::string_view& data) {
  if (!holding_) return;
  holding_ = false;
  http::ResponseHead& response = context.response;
  if (const std::string_view* status = trailers.find(HeaderId::GrpcStatus)) {
    if (base::parseUint(*status) != 0) response.status = 503;
    response.headers.set(HeaderId::GrpcStatus, *status);
  }
  if (const std::string_view* message = trailers.find(HeaderId::GrpcMessage)) {
    response.headers.set(HeaderId::GrpcMessage, *message);
  }
  // Only what ends with trailers is gRPC: other answers go on as they are.
  if (strip_frame_) held_.erase(0, http::kGrpcFrameHead);
  response.body = http::BodyKind::Length;
  response.content_length = held_.size();
  trailers.clear();
  data = held_;
}

void GrpcBridgeFilter::reset() {
  bridging_ = unframed_ = strip_frame_ = holding_ = false;
  most_ = message_bytes_ = 0;
  held_.clear();
  if (held_.capacity() > kKeptBytes) held_.shrink_to_fit();
}

}  // namespace convoy::worker
