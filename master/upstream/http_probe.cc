#include "master/upstream/http_probe.h"

#include <algorithm>

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

HttpProbe::HttpProbe(net::EventLoop& loop, const config::HealthCheck& check,
                     const net::Address& address, std::string authority)
    : ProbeLine(loop, check, address),
      authority_(std::move(authority)),
      request_(requestOf(check, authority_)) {}

void HttpProbe::reset() {
  codec_.reset();
}

void HttpProbe::ask() {
  response_.clear();
  arena_.reset();
  body_.clear();
  http::ClientCallbacks& callbacks = *this;
  if (codec_ == nullptr) codec_ = http::makeH1ClientCodec(connection(), callbacks, settings_);
  http::ResponseDecoder& decoder = *this;
  codec_->newStream(decoder).encodeHeaders(request_, true);
}

void HttpProbe::onRead(std::string_view bytes) {
  if (state() != State::Asking) return drop();  // nobody asked
  codec_->dispatch(bytes);
}

void HttpProbe::onReadEof() {
  if (state() == State::Asking) codec_->onEof();  // may be the end of an answer
  ProbeLine::onReadEof();
}

void HttpProbe::onData(std::string_view data, bool) {
  const size_t room = static_cast<size_t>(check().response_buffer_size) - body_.size();
  if (!check().receive.empty()) body_ += data.substr(0, room);
}

void HttpProbe::onProtocolError(const http::ProtocolError& error) {
  fail(Kind::Network, "the answer is not HTTP: " + std::string(error.detail), false, false);
}

void HttpProbe::onStreamComplete(bool reusable) {
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
