#include "worker/http/local_replies.h"

#include <algorithm>
#include <utility>

#include "worker/access_log/format.h"
#include "worker/route/header_edits.h"

namespace convoy::worker {

using config::FormatString;
using http::HeaderId;

LocalReplies::LocalReplies(const config::LocalReplyConfig& config) : config_(config) {
  for (const config::ResponseMapper& mapper : config.mappers) {
    mappers_.push_back({&mapper, LogFilter(mapper.filter)});
  }
}

std::string_view LocalReplies::contentType(const FormatString& format) {
  if (!format.content_type.empty()) return format.content_type;
  return format.kind == FormatString::Kind::Json ? "application/json" : "text/plain";
}

std::string_view LocalReplies::make(const FormatString& format, const FormatContext& context,
                                    base::Arena& arena, Record& record, std::string_view body) {
  static thread_local std::string text;  // keeps its capacity
  text.clear();
  // There is one even if it is empty.
  if (body.data() == nullptr) body = "";
  const std::string_view before = std::exchange(record.local_reply_body, body);
  appendFormatString(format, context, false, text);
  record.local_reply_body = before;
  return arena.copy(text);
}

std::string_view LocalReplies::rewrite(const FormatContext& context, base::Random& random,
                                       base::Arena& arena, Record& record, http::ResponseHead& head,
                                       std::string_view body) const {
  const auto type = [&head]() {
    const std::string_view* value = head.headers.find(HeaderId::ContentType);
    return value == nullptr ? std::string_view() : *value;
  };
  const std::string_view type_before = type(), body_before = body;
  const FormatString* format = config_.format ? &*config_.format : nullptr;
  const auto mapper = std::find_if(mappers_.begin(), mappers_.end(), [&](const Mapper& m) {
    return m.filter.passes(context, random);
  });
  if (mapper != mappers_.end()) {
    const config::ResponseMapper& said = *mapper->config;
    if (said.body) body = *said.body;
    const std::string_view told =
        std::exchange(record.local_reply_body, {});  // Envoy: not to fields
    addFields(said.headers_to_add, context, arena, head.headers);
    record.local_reply_body = told;
    if (said.status) record.status = head.status = *said.status;
    if (said.format) format = &*said.format;
  }
  if (format != nullptr) body = make(*format, context, arena, record, body);
  // A type that the mapper named stays; one that was there before does not fit another body.
  const bool named = type() != type_before;
  if (!body.empty() && !named && (body != body_before || type_before.empty())) {
    head.headers.set(HeaderId::ContentType,
                     format != nullptr ? contentType(*format) : "text/plain");
  }
  return body;
}

}  // namespace convoy::worker
