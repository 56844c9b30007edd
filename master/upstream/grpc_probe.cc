#include "master/upstream/grpc_probe.h"

#include <utility>

#include "common/base/text.h"
#include "common/http/grpc_frame.h"

namespace convoy::master {

using Kind = ProbeResult::Kind;

namespace {

void putVarint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

bool takeVarint(std::string_view& in, uint64_t& out) {
  out = 0;
  for (int shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    out |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

// A field that is not asked for.
bool skipField(std::string_view& in, uint64_t wire_type) {
  uint64_t size = 0;
  if (wire_type == 0) return takeVarint(in, size);
  if (wire_type == 2 && !takeVarint(in, size)) return false;
  if (wire_type == 1) size = 8;
  if (wire_type == 5) size = 4;
  if (wire_type == 3 || wire_type == 4 || wire_type > 5 || size > in.size()) return false;
  in.remove_prefix(size);
  return true;
}

}  // namespace

std::string grpcHealthRequest(std::string_view service) {
  std::string message;
  if (!service.empty()) {
    message.push_back(0x0a);  // field 1, a string
    putVarint(message, service.size());
    message += service;
  }
  std::string out;
  http::appendGrpcFrameHead('\0', message.size(), out);  // not compressed
  return out + message;
}

int grpcHealthStatus(std::string_view body) {
  if (body.size() < 5 || body[0] != 0) return -1;
  uint64_t size = 0;
  for (size_t i = 1; i < 5; ++i) size = size << 8 | static_cast<unsigned char>(body[i]);
  body.remove_prefix(5);
  if (size != body.size()) return -1;
  int status = 0;  // UNKNOWN, which is not sent
  while (!body.empty()) {
    uint64_t tag = 0, value = 0;
    if (!takeVarint(body, tag)) return -1;
    if (tag != 0x08) {
      if (!skipField(body, tag & 7)) return -1;
      continue;
    }
    if (!takeVarint(body, value) || value > 1000) return -1;
    status = static_cast<int>(value);
  }
  return status;
}

GrpcProbe::GrpcProbe(net::EventLoop& loop, const config::HealthCheck& check, ProbeTarget target)
    : ProbeLine(loop, check, std::move(target)) {
  settings_.rules.forward_trailers = true;
  request_.method_name = "POST";
  request_.method = http::Method::Post;
  request_.scheme = this->target().tls == nullptr ? "http" : "https";
  request_.path = "/grpc.health.v1.Health/Check";
  request_.authority = this->target().authority;
  request_.headers.add("content-type", "application/grpc");
  request_.headers.add("te", "trailers");
  request_.headers.add(http::HeaderId::UserAgent, "Envoy/HC");
}

void GrpcProbe::ask() {
  response_.clear();
  arena_.reset();
  body_.clear();
  if (codec_ == nullptr) {
    http::ClientCallbacks& callbacks = *this;
    http::H2Observer& observer = *this;
    codec_ = http::makeH2ClientCodec({connection(), loop(), observer}, callbacks, settings_);
  }
  http::ResponseDecoder& decoder = *this;
  http::RequestEncoder& stream = codec_->newStream(decoder);
  stream.encodeHeaders(request_, false);
  stream.encodeData(grpcHealthRequest(check().grpc_service), true);
}

// It may be on the stack, and writes to the connection: it goes before that, at the end of the
// turn.
void GrpcProbe::dropped() {
  struct Gone : net::DeferredDeletable {
    std::unique_ptr<http::ClientCodec> codec;
  };
  auto gone = std::make_unique<Gone>();
  gone->codec = std::move(codec_);
  loop().deferDelete(std::move(gone));
}

void GrpcProbe::onRead(std::string_view bytes) {
  codec_->dispatch(bytes);  // also while nobody asks: PING, SETTINGS
}

void GrpcProbe::onProtocolError(const http::ProtocolError& error) {
  fail(Kind::Network, "the answer is not HTTP/2: " + std::string(error.detail), false, false);
}

void GrpcProbe::onGoAway() {
  if (state() == State::Asking) return;  // it is answered first
  drop();
}

void GrpcProbe::onHeaders(bool end) {
  if (response_.status != 200) {
    return fail(Kind::Failure, "status " + std::to_string(response_.status), false, false);
  }
  if (end) judge(response_.headers);
}

void GrpcProbe::onData(std::string_view data, bool end) {
  if (body_.size() + data.size() > kMostBytes) {
    return fail(Kind::Failure, "the answer is too long", false, false);
  }
  body_ += data;
  if (end) fail(Kind::Failure, "the answer has no grpc-status", false, false);
}

void GrpcProbe::onTrailers(http::HeaderMap& trailers) {
  judge(trailers);
}

void GrpcProbe::onReset(http::ResetReason) {
  fail(Kind::Network, "the check was reset", false, false);
}

void GrpcProbe::judge(const http::HeaderMap& said) {
  const std::string_view* status = said.find(http::HeaderId::GrpcStatus);
  if (status == nullptr) {
    return fail(Kind::Failure, "the answer has no grpc-status", false, false);
  }
  if (*status != "0") {
    return fail(Kind::Failure, "grpc-status " + std::string(*status), false,
                check().reuse_connection);
  }
  if (grpcHealthStatus(body_) != 1) {
    return fail(Kind::Failure, "it does not say SERVING", false, check().reuse_connection);
  }
  succeed(check().reuse_connection);
}

}  // namespace convoy::master
