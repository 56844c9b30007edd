#include "worker/filters/buffer.h"

namespace convoy::worker {

namespace {

FilterStatus refuse(FilterContext& context) {
  context.status = 413;
  context.body = "Payload Too Large";
  context.details = "request_payload_too_large";
  return FilterStatus::Refuse;
}

}  // namespace

FilterStatus BufferFilter::decodeHeaders(FilterContext& context, bool end) {
  const auto* settings = settingsFor(context, config_);
  const auto* buffer = std::get_if<config::BufferFilter>(settings);
  // An upgraded connection has no body that ends.
  if (end || buffer == nullptr || !context.request.upgrade.empty()) return FilterStatus::Continue;
  most_ = buffer->max_request_bytes;
  const bool known = context.request.body == http::BodyKind::Length;
  if (known && context.request.content_length > most_) return refuse(context);
  return FilterStatus::Wait;
}

FilterStatus BufferFilter::onWaiting(FilterContext& context, uint64_t bytes, bool end) {
  if (bytes > most_) return refuse(context);
  if (!end) return FilterStatus::Wait;
  if (context.request.body == http::BodyKind::Chunked) {
    context.request.body = http::BodyKind::Length;
    context.request.content_length = bytes;
  }
  return FilterStatus::Continue;
}

}  // namespace convoy::worker
