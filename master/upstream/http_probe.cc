#include "master/upstream/http_probe.h"

#include <algorithm>
#include <utility>

namespace convoy::master {

using Kind = ProbeResult::Kind;

namespace {

bool holds(const std::vector<config::HealthCheck::StatusRange>& ranges, int status) {
  return std::any_of(ranges.begin(), ranges.end(), [status](const auto& range) {
    return status >= range.first && status < range.second;
  });
}

void addField(const config::HeaderValueOption& option, http::HeaderMap& headers) {
  using Action = config::HeaderValueOption::Action;
  const std::string_view value =
      option.value.parts.empty() ? std::string_view() : option.value.parts[0].text;
  const bool present = headers.find(std::string_view(option.key)) != nullptr;
  if (value.empty() && !option.keep_empty_value) return;
  switch (option.action) {
    case Action::AppendIfExistsOrAdd:
      headers.add(option.key, value);
      return;
    case Action::AddIfAbsent:
      if (!present) headers.add(option.key, value);
      return;
    case Action::OverwriteIfExistsOrAdd:
      headers.set(std::string_view(option.key), value);
      return;
    case Action::OverwriteIfExists:
      if (present) headers.set(std::string_view(option.key), value);
      return;
  }
}

http::RequestHead requestOf(const config::HealthCheck& check, std::string_view authority) {
  http::RequestHead out;
  out.method_name = check.method;
  out.method = http::methodOf(check.method);
  out.path = check.path;
  out.authority = authority;
  // By this name backends tell checks from visitors.
  out.headers.add(http::HeaderId::UserAgent, "Envoy/HC");
  for (const auto& option : check.mutations.request_to_add) addField(option, out.headers);
  for (const auto& name : check.mutations.request_to_remove) {
    out.headers.remove(std::string_view(name));
  }
  return out;
}

}  // namespace

HttpProbe::HttpProbe(net::EventLoop& loop, const config::HealthCheck& check, ProbeTarget aim)
    : ProbeLine(loop, check, std::move(aim)), request_(requestOf(check, target().authority)) {
  request_.scheme = target().tls == nullptr ? "http" : "https";
  if (check.send.empty()) return;
  length_ = std::to_string(check.send.size());
  request_.headers.set(http::HeaderId::ContentLength, length_);
}

void HttpProbe::reset() {
  codec_.reset();
}

void HttpProbe::ask() {
  response_.clear();
  arena_.reset();
  body_.clear();
  http::ClientCallbacks& callbacks = *this;
  http::H2Observer& observer = *this;
  if (codec_ == nullptr) {
    codec_ = check().http2 ? http::makeH2ClientCodec({connection(), loop(), observer}, callbacks,
                                                     h2_settings_)
                           : http::makeH1ClientCodec(connection(), callbacks, settings_);
  }
  http::ResponseDecoder& decoder = *this;
  http::RequestEncoder& stream = codec_->newStream(decoder);
  stream.encodeHeaders(request_, check().send.empty());
  if (!check().send.empty()) stream.encodeData(check().send, true);
}

// It may be on the stack, and writes to the connection: it goes before that, at the end of the
// turn.
void HttpProbe::dropped() {
  struct Gone : net::DeferredDeletable {
    std::unique_ptr<http::ClientCodec> codec;
  };
  auto gone = std::make_unique<Gone>();
  gone->codec = std::move(codec_);
  loop().deferDelete(std::move(gone));
}

void HttpProbe::onRead(std::string_view bytes) {
  if (state() != State::Asking && !check().http2) return drop();  // nobody asked
  codec_->dispatch(bytes);
}

void HttpProbe::onReadEof() {
  if (state() == State::Asking && !check().http2) codec_->onEof();  // may be an answer's end
  ProbeLine::onReadEof();
}

// Over HTTP/1 the codec says when request and response have ended, over HTTP/2 the last frame.
void HttpProbe::onHeaders(bool end) {
  if (end && check().http2) judge(true);
}

void HttpProbe::onTrailers(http::HeaderMap&) {
  if (check().http2) judge(true);
}

void HttpProbe::onReset(http::ResetReason) {
  if (check().http2) fail(Kind::Network, "the check was reset", false, false);
}

void HttpProbe::onData(std::string_view data, bool end) {
  const size_t room = static_cast<size_t>(check().response_buffer_size) - body_.size();
  if (!check().receive.empty()) body_ += data.substr(0, room);
  if (end && check().http2) judge(true);
}

void HttpProbe::onProtocolError(const http::ProtocolError& error) {
  fail(Kind::Network, "the answer is not HTTP: " + std::string(error.detail), false, false);
}

void HttpProbe::onStreamComplete(bool reusable) {
  judge(reusable);
}

void HttpProbe::judge(bool reusable) {
  const bool keep = reusable && check().reuse_connection;
  const int status = response_.status;
  const bool expected =
      check().expected_statuses.empty() ? status == 200 : holds(check().expected_statuses, status);
  if (!expected) {
    fail(Kind::Failure, "status " + std::to_string(status),
         holds(check().retriable_statuses, status), keep);
    return;
  }
  if (check().service_name) {
    const std::string_view* name = response_.headers.find("x-envoy-upstream-healthchecked-cluster");
    if (name == nullptr || !check().service_name->matches(*name)) {
      fail(Kind::Failure, "the answer is of another service", false, keep);
      return;
    }
  }
  if (!holdsInOrder(body_, check().receive)) {
    fail(Kind::Failure, "the body has not what is expected", false, keep);
    return;
  }
  succeed(keep);
}

}  // namespace convoy::master
