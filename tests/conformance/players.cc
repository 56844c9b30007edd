#include "tests/conformance/players.h"

#include <cstdlib>
#include <memory>
#include <sstream>

namespace convoy::conformance {

namespace {

using http::BodyKind;
using http::HeaderMap;

class StringSink final : public net::ByteSink {
 public:
  void write(std::string_view bytes) override { text.append(bytes); }
  void write(std::string_view head, std::string_view body) override {
    text.append(head);
    text.append(body);
  }
  std::string text;
};

class NoClient final : public http::ClientCallbacks {
 public:
  void onStreamComplete(bool) override {}
  void onProtocolError(const http::ProtocolError&) override {}
  void onReadDisable(bool) override {}
};

class NoResponse final : public http::ResponseDecoder {
 public:
  http::ResponseHead& head() override { return head_; }
  base::Arena& arena() override { return arena_; }
  void onInformational() override {}
  void onHeaders(bool) override {}
  void onData(std::string_view, bool) override {}
  void onTrailers(HeaderMap&) override {}
  void onReset(http::ResetReason) override {}

 private:
  http::ResponseHead head_;
  base::Arena arena_;
};

class RequestPlayer final : public http::ServerCallbacks, public http::RequestDecoder {
 public:
  RequestPlayer(const http::H1Settings& settings, const RequestWriter& write)
      : write_(write), codec_(http::makeH1ServerCodec(sink_, *this, settings)) {}

  Outcome play(const std::vector<std::string>& reads) {
    for (const std::string& read : reads) {
      if (!closed_) codec_->dispatch(read);
    }
    if (outcome.rejected != 0) codec_->dispatch("GET /after HTTP/1.1\r\nHost: a\r\n\r\n");
    if (!closed_) codec_->onEof();
    outcome.answered = sink_.text;
    return outcome;
  }

  http::RequestDecoder& newStream(http::ResponseEncoder& encoder) override {
    if (outcome.rejected != 0) ++outcome.parsed_after;
    encoder_ = &encoder;
    head_.clear();
    arena_.reset();
    body_.clear();
    trailers_.clear();
    return *this;
  }
  void onProtocolError(const http::ProtocolError& error, http::ResponseEncoder& encoder,
                       bool) override {
    outcome.rejected = error.status;
    outcome.detail = error.detail;
    encoder_ = &encoder;
    answer(error.status);
  }
  void onHeadStarted() override {}
  void onStreamComplete(bool keep_alive) override { closed_ = !keep_alive; }
  void onReadDisable(bool) override {}

  http::RequestHead& head() override { return head_; }
  base::Arena& arena() override { return arena_; }
  void onHeaders(bool end) override {
    if (!head_.upgrade.empty()) answer(101);
    if (end) complete();
  }
  void onData(std::string_view data, bool end) override {
    body_.append(data);
    if (end) complete();
  }
  void onTrailers(HeaderMap& trailers) override {
    for (const auto& field : trailers) trailers_.add(field.name, field.value);
    complete();
  }
  void onReset(http::ResetReason) override {}

  Outcome outcome;

 private:
  void complete() {
    outcome.forwarded.push_back(write_(head_, body_, trailers_));
    if (head_.upgrade.empty()) answer(200);
  }
  void answer(int status) {
    http::ResponseHead response;
    response.status = status;
    response.upgrade = head_.upgrade;
    response.body = status == 101 ? BodyKind::None : BodyKind::Length;
    encoder_->encodeHeaders(response, status != 101);
  }

  const RequestWriter& write_;
  StringSink sink_;
  http::RequestHead head_;
  base::Arena arena_;
  std::string body_;
  HeaderMap trailers_;
  http::ResponseEncoder* encoder_ = nullptr;
  bool closed_ = false;
  std::unique_ptr<http::ServerCodec> codec_;
};

// The client's side of a response: the request that asked for it, then the answer's octets.
class Downstream final : public http::ServerCallbacks, public http::RequestDecoder {
 public:
  Downstream(const std::string& method, const http::H1Settings& settings)
      : codec_(http::makeH1ServerCodec(sink, *this, settings)) {
    const bool upgrade = method == "upgrade";
    codec_->dispatch((upgrade ? "GET" : method) + " / HTTP/1.1\r\nHost: a\r\n" +
                     (upgrade ? "Connection: upgrade\r\nUpgrade: websocket\r\n" : "") + "\r\n");
  }
  http::RequestDecoder& newStream(http::ResponseEncoder& encoder) override {
    encoder_ = &encoder;
    return *this;
  }
  void onProtocolError(const http::ProtocolError&, http::ResponseEncoder&, bool) override {
    std::abort();
  }
  void onHeadStarted() override {}
  void onStreamComplete(bool) override {}
  void onReadDisable(bool) override {}
  http::RequestHead& head() override { return head_; }
  base::Arena& arena() override { return arena_; }
  void onHeaders(bool) override {}
  void onData(std::string_view, bool) override {}
  void onTrailers(HeaderMap&) override {}
  void onReset(http::ResetReason) override {}
  http::ResponseEncoder& encoder() { return *encoder_; }

  StringSink sink;

 private:
  http::RequestHead head_;
  base::Arena arena_;
  http::ResponseEncoder* encoder_ = nullptr;
  std::unique_ptr<http::ServerCodec> codec_;
};

class ResponsePlayer final : public http::ClientCallbacks, public http::ResponseDecoder {
 public:
  ResponsePlayer(const http::H1Settings& settings, const std::string& method,
                 const ClientCodecMaker& make)
      : downstream_(method, settings), codec_(make(sink_, *this)) {
    request_.method_name = method == "upgrade" ? std::string_view("GET") : method;
    request_.method = http::methodOf(request_.method_name);
    request_.path = "/";
    request_.authority = "a";
    if (method == "upgrade") request_.upgrade = "websocket";
  }

  Outcome play(const std::vector<std::string>& reads) {
    http::RequestEncoder& encoder = codec_->newStream(*this);
    encoder.encodeHeaders(request_, request_.upgrade.empty());
    if (!request_.upgrade.empty()) encoder.encodeData("", true);
    for (const std::string& read : reads) {
      if (over_) break;
      codec_->dispatch(read);
    }
    codec_->onEof();
    return outcome;
  }

  http::ResponseHead& head() override { return head_; }
  base::Arena& arena() override { return arena_; }
  void onInformational() override { downstream_.encoder().encodeInformational(head_); }
  void onHeaders(bool end) override {
    if (head_.body == BodyKind::UntilClose) head_.body = BodyKind::Chunked;
    if (end) {
      downstream_.encoder().encodeHeaders(head_, true);
      complete();
    }
  }
  void onData(std::string_view data, bool end) override {
    body_.append(data);
    if (!end) return;
    downstream_.encoder().encodeHeaders(head_, false);
    downstream_.encoder().encodeData(body_, true);
    complete();
  }
  void onTrailers(HeaderMap& trailers) override {
    downstream_.encoder().encodeHeaders(head_, false);
    if (!body_.empty()) downstream_.encoder().encodeData(body_, false);
    downstream_.encoder().encodeTrailers(trailers);
    complete();
  }
  void onReset(http::ResetReason reason) override {
    const bool by_rules = reason == http::ResetReason::ProtocolError;
    if (reason == http::ResetReason::ConnectionTermination) outcome.end = "truncated";
    if (by_rules && outcome.rejected == 0) outcome.end = "reset";
  }
  void onStreamComplete(bool reusable) override {
    over_ = true;
    outcome.end = reusable ? "reusable" : "closed";
  }
  void onProtocolError(const http::ProtocolError& error) override {
    outcome.rejected = error.status;
    outcome.detail = error.detail;
    if (outcome.end == "reset") outcome.end.clear();
  }
  void onReadDisable(bool) override {}

  Outcome outcome;

 private:
  void complete() {
    if (outcome.rejected != 0) ++outcome.parsed_after;
    outcome.forwarded.push_back(downstream_.sink.text);
  }

  Downstream downstream_;
  StringSink sink_;
  http::RequestHead request_;
  http::ResponseHead head_;
  base::Arena arena_;
  std::string body_;
  bool over_ = false;
  std::unique_ptr<http::ClientCodec> codec_;
};

}  // namespace

std::string writeRequest(const http::RequestHead& head, const std::string& body,
                         const HeaderMap& trailers) {
  const http::H1Settings settings;
  StringSink sink;
  NoClient owner;
  NoResponse response;
  const auto codec = http::makeH1ClientCodec(sink, owner, settings);
  http::RequestEncoder& encoder = codec->newStream(response);
  const bool bare = body.empty() && trailers.empty();
  encoder.encodeHeaders(head, bare);
  if (!body.empty()) encoder.encodeData(body, trailers.empty());
  if (!trailers.empty()) encoder.encodeTrailers(trailers);
  return sink.text;
}

http::H1Settings settingsOf(const std::string& words) {
  http::H1Settings settings;
  std::istringstream in(words);
  for (std::string word; in >> word;) {
    const std::string key = word.substr(0, word.find('='));
    const std::string value = key == word ? "" : word.substr(key.size() + 1);
    const auto number = static_cast<size_t>(std::atoi(value.c_str()));
    if (key == "http10") {
      settings.accept_http_10 = true;
    } else if (key == "no_trailers") {
      settings.forward_trailers = false;
    } else if (key == "upgrade") {
      settings.allow_upgrade = true;
    } else if (key == "drop_underscores") {
      settings.drop_underscores = true;
    } else if (key == "reject_underscores") {
      settings.reject_underscores = true;
    } else if (key == "max_fields") {
      settings.max_fields = number;
    } else if (key == "max_head") {
      settings.max_head_bytes = number;
    } else if (key == "max_line") {
      settings.max_request_line = number;
    } else if (key == "host") {
      settings.default_host_for_http_10 = value;
    } else {
      std::abort();
    }
  }
  return settings;
}

Outcome playRequests(const http::H1Settings& settings, const std::vector<std::string>& reads,
                     const RequestWriter& write) {
  return RequestPlayer(settings, write).play(reads);
}

Outcome playResponse(const http::H1Settings& settings, const std::string& method,
                     const std::vector<std::string>& reads) {
  const auto make = [&](net::ByteSink& sink, http::ClientCallbacks& owner) {
    return http::makeH1ClientCodec(sink, owner, settings);
  };
  return ResponsePlayer(settings, method, make).play(reads);
}

Outcome playResponse(const ClientCodecMaker& make, const std::string& method,
                     const std::vector<std::string>& reads) {
  const http::H1Settings settings;
  return ResponsePlayer(settings, method, make).play(reads);
}

}  // namespace convoy::conformance
