#include "worker/filters/buffer.h"

namespace convoy::worker {

FilterStatus BufferFilter::decodeHeaders(FilterContext& context, bool end) {
  const auto* settings = settingsFor(context, config_);
  const auto* buffer = std::get_if<config::BufferFilter>(settings);
  // An upgraded connection has no body that ends.
  if (end || buffer == nullptr || !context.request.upgrade.empty()) return FilterStatus::Continue;
  most_ = buffer->max_request_bytes;
  const bool known = context.request.body == http::BodyKind::Length;
  if (known && context.request.content_length > most_) return refuseTooLarge(context);
  return FilterStatus::Wait;
}

FilterStatus BufferFilter::onWaiting(FilterContext& context, uint64_t bytes, bool end) {
  if (bytes > most_) return refuseTooLarge(context);
  if (!end) return FilterStatus::Wait;
  if (context.request.body == http::BodyKind::Chunked) {
    context.request.body = http::BodyKind::Length;
    context.request.content_length = bytes;
  }
  return FilterStatus::Continue;
}

}  // namespace convoy::worker
