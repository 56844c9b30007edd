// Answers that are made here: redirects, direct responses, failures. local_reply_config may change
// each of them.
#include "worker/http/conn_manager.h"
#include "worker/http/envoy_fields.h"
#include "worker/http/local_replies.h"
#include "worker/http/local_reply.h"
#include "worker/http/stream.h"

namespace convoy::worker {

using http::HeaderId;
using stats::HttpStat;

void Stream::redirectToNormalized() {
  manager_->httpStats().inc(HttpStat::downstream_rq_redirected_with_normalized_path);
  record_.details = failureRow(Failure::PathNormalization).details;
  beginLocalReply(307, response_);
  response_.headers.add(HeaderId::Location, request_.path);
  sendLocal("");
}

void Stream::redirectToTls() {
  manager_->httpStats().inc(HttpStat::rq_redirect);
  record_.details = "direct_response";
  beginLocalReply(301, response_);
  response_.headers.add(HeaderId::Location,
                        arena_.concat("https://", request_.authority, request_.path));
  sendLocal("");
}

void Stream::redirect(const config::Route& route) {
  manager_->httpStats().inc(HttpStat::rq_redirect);
  record_.details = "direct_response";
  beginLocalReply(route.redirect.status, response_);
  response_.headers.add(HeaderId::Location, redirectLocation(route, request_, arena_));
  editLocal();
  sendLocal("");
}

void Stream::directResponse(const config::Route& route) {
  manager_->httpStats().inc(HttpStat::rq_direct_response);
  const config::DirectResponseAction& direct = route.direct;
  std::string_view body = direct.body;
  record_.details = "direct_response";
  if (!body.empty()) record_.local_reply_body = body;
  beginLocalReply(direct.status, response_);
  editLocal();
  if (direct.format != nullptr) {
    body = LocalReplies::make(*direct.format, formatContext(), arena_, record_, body);
    if (!response_.headers.has(HeaderId::ContentType)) {
      response_.headers.add(HeaderId::ContentType, LocalReplies::contentType(*direct.format));
    }
  }
  sendLocal(body);
}

void Stream::refuse(const http::ProtocolError& error) {
  record_.setFlag(Flag::DownstreamProtocolError);
  manager_->httpStats().inc(HttpStat::downstream_cx_protocol_error);
  request_complete_ = true;
  if (response_head_sent_) {
    record_.details = error.detail;
    cutConnection();
    return;
  }
  attempt_.abort();
  const bool silent = error.detail == "host_missing";  // Envoy says no more of this one
  localReply(error.status, silent ? "" : http::reasonPhrase(error.status), error.detail);
}

// strict_check_headers. False: the request was refused.
bool Stream::checkEnvoyFields() {
  const auto& filters = manager_->config().http_filters;
  if (filters.empty() || filters.back().router_strict_check_headers.empty()) [[likely]] {
    return true;
  }
  const http::HeaderEntry* bad =
      findSenseless(filters.back().router_strict_check_headers, request_);
  if (bad == nullptr) return true;
  record_.setFlag(Flag::InvalidEnvoyRequestHeaders);
  const std::string_view text = arena_.concat("invalid header '", bad->name, "' with value '");
  localReply(400, arena_.concat(text, bad->value, "'"),
             arena_.concat("request_headers_failed_strict_check{", bad->name, "}"));
  return false;
}

void Stream::localReply(int status, std::string_view body, std::string_view details,
                        bool overloaded, std::optional<int> grpc_status) {
  resumeReading();
  record_.details = details;
  if (!body.empty()) record_.local_reply_body = body;
  from_upstream_ = false;
  beginLocalReply(status, response_);
  if (match_.route != nullptr && match_.route->kind == config::Route::Kind::Forward) editLocal();
  if (overloaded) response_.headers.add(HeaderId::XEnvoyOverloaded, "true");
  sendLocal(body, grpc_status);
}

// What the route adds to every answer.
void Stream::editLocal() {
  record_.response = &response_;
  record_.status = response_.status;
  editResponseHeaders(levels(), formatContext(), arena_, response_);
}

void Stream::sendLocal(std::string_view body, std::optional<int> grpc_status) {
  if (const LocalReplies* replies = manager_->localReplies()) {
    record_.response = &response_;
    record_.status = response_.status;
    body = replies->rewrite(formatContext(), context_->random, arena_, record_, response_, body);
  }
  const bool grpc = grpc_.value_or(isGrpc(request_));
  body = endLocalReply(grpc, body, arena_, response_, grpc_status);
  sendWithBody(body);
}

void Stream::sendWithBody(std::string_view body) {
  const bool has_body = !body.empty() && bodyExpected();
  sendResponseHead(!has_body);
  if (!has_body) return;
  if (!encodeThroughFilters(body, true)) return;
  record_.bytes_sent += body.size();
  response_complete_ = true;
  const bool head_is_all = head_held_ && body.empty();
  if (head_held_) releaseResponseHead(head_is_all);
  if (!head_is_all) encoder_->encodeData(body, true);
}

}  // namespace convoy::worker
