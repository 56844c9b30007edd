#include <algorithm>
#include <array>
#include <utility>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/http/h2_codec.h"

namespace convoy::http {

namespace {

// Enough to tell the preface from every HTTP/1 request, and less than any of those is long.
constexpr std::string_view kPrefaceLine = kH2Preface.substr(0, 16);

std::vector<RawField>& scratchFields() {
  static std::vector<RawField> fields;
  return fields;
}

HeaderMap& scratchTrailers() {
  static HeaderMap trailers;
  trailers.clear();
  return trailers;
}

class H2ServerCodec;

class ServerStream final : public H2EncoderStream<ResponseEncoder> {
 public:
  explicit ServerStream(H2ServerCodec& codec);
  void encodeInformational(const ResponseHead& head) override;
  void encodeHeaders(const ResponseHead& head, bool end) override;
  void closeAfterResponse() override;
  StreamDecoder* decoder() override { return decoder_; }
  void forget() override { decoder_ = nullptr; }

 private:
  friend class H2ServerCodec;
  H2ServerCodec& codec_;
  RequestDecoder* decoder_ = nullptr;
  bool head_request_ = false;
};

class H2ServerCodec final : public ServerCodec, private H2Session {
 public:
  H2ServerCodec(const H2Env& env, ServerCallbacks& callbacks, const H2Settings& settings)
      : H2Session(env, settings, true), callbacks_(callbacks) {
    open();
  }

  uint64_t rawBytes() const override { return 0; }
  void relayed(size_t) override {}
  void dispatch(std::string_view bytes) override { receive(bytes); }
  void onEof() override {}
  void stop() override { stopSession(); }
  std::string_view unparsed() const override { return {}; }
  uint64_t consumed() const override { return consumedBytes(); }
  // Its state cannot travel: the connection stays where it is.
  bool betweenMessages() const override { return false; }
  bool inTunnel() const override { return false; }
  ResponseEncoder& resumeTunnel(RequestDecoder&) override {
    base::checkFailed(__FILE__, __LINE__, "HTTP/2 has no tunnels");
  }
  void hold(bool) override {}
  void drain() override { drainGracefully(); }
  void sayGoodbye() override { goAwayNow(); }
  void onSinkFull(bool full) override { sinkFull(full); }

 private:
  friend class ServerStream;
  void onHeadBegins() override { callbacks_.onHeadStarted(); }
  void onHead(H2Stream* stream, int32_t id, const H2Fields& fields, bool end) override;
  void onTrailerFields(H2Stream& stream, const H2Fields& fields) override;
  void onEnd(H2Stream& stream) override {
    if (RequestDecoder* decoder = static_cast<ServerStream&>(stream).decoder_) {
      decoder->onData({}, true);
    }
  }
  void onClosed(H2Stream& stream, bool clean, ResetReason reason) override;
  void onOver(bool failed) override { callbacks_.onSessionOver(failed); }
  void respond(ServerStream& stream, const ResponseHead& head, bool end, bool informational);

  ServerCallbacks& callbacks_;
};

ServerStream::ServerStream(H2ServerCodec& codec) : H2EncoderStream(codec), codec_(codec) {}

void ServerStream::encodeInformational(const ResponseHead& head) {
  codec_.respond(*this, head, false, true);
}

void ServerStream::encodeHeaders(const ResponseHead& head, bool end) {
  codec_.respond(*this, head, end, false);
}

void ServerStream::closeAfterResponse() {
  codec_.drain();
}

void H2ServerCodec::onHead(H2Stream*, int32_t id, const H2Fields& fields, bool end) {
  auto& stream = static_cast<ServerStream&>(add(std::make_unique<ServerStream>(*this), id));
  stream.head_received_ = true;
  stream.remote_ended_ = end;
  RequestDecoder& decoder = callbacks_.newStream(stream);
  stream.decoder_ = &decoder;
  std::vector<RawField>& raw = scratchFields();
  fields.copyTo(decoder.arena(), raw);
  ProtocolError error{431, "http2.too_many_headers"};
  const bool good = !fields.overflowed() && judgeH2Request(raw, end, settings_.rules,
                                                           decoder.arena(), decoder.head(), error);
  stream.head_request_ = decoder.head().method == Method::Head;
  if (good) {
    decoder.onHeaders(end);
  } else {
    callbacks_.onProtocolError(error, stream, true);
  }
}

void H2ServerCodec::onTrailerFields(H2Stream& base, const H2Fields& fields) {
  auto& stream = static_cast<ServerStream&>(base);
  std::vector<RawField>& raw = scratchFields();
  fields.copyTo(stream.decoder_->arena(), raw);
  HeaderMap& trailers = scratchTrailers();
  ProtocolError error{431, "http2.too_many_headers"};
  if (fields.overflowed() || !judgeH2Trailers(raw, settings_.rules, trailers, error)) {
    RequestDecoder* decoder = std::exchange(stream.decoder_, nullptr);
    resetStream(stream, ResetReason::ProtocolError);
    decoder->onReset(ResetReason::ProtocolError);
    callbacks_.onStreamEnded(*decoder);
  } else if (trailers.empty()) {
    stream.decoder_->onData({}, true);
  } else {
    stream.decoder_->onTrailers(trailers);
  }
}

void H2ServerCodec::onClosed(H2Stream& base, bool clean, ResetReason reason) {
  RequestDecoder* decoder = std::exchange(static_cast<ServerStream&>(base).decoder_, nullptr);
  if (decoder == nullptr) return;
  if (!clean) decoder->onReset(reason);
  callbacks_.onStreamEnded(*decoder);
}

void H2ServerCodec::respond(ServerStream& stream, const ResponseHead& head, bool end,
                            bool informational) {
  if (over() || stream.closed_ || stream.resetting_ || stream.out_end_) return;
  char digits[20];
  const std::string_view status(
      digits,
      static_cast<size_t>(base::formatUint(digits, static_cast<uint64_t>(head.status)) - digits));
  char length[20];
  std::string_view content_length;
  const bool bodyless = head.status < 200 || head.status == 204;
  if (!bodyless && head.body == BodyKind::Length) {
    content_length = {length,
                      static_cast<size_t>(base::formatUint(length, head.content_length) - length)};
  }
  const std::array<RawField, 1> pseudo{{{":status", status}}};
  const bool done = submitHead(stream, pseudo, head.headers, content_length, end, informational);
  if (!done) resetStream(stream, ResetReason::LocalReset);
  end || informational ? flush() : flushSoon();
}

}  // namespace

Preface judgePreface(std::string_view first) {
  if (first.starts_with(kPrefaceLine)) return Preface::Http2;
  return kPrefaceLine.starts_with(first) ? Preface::MaybeHttp2 : Preface::Http1;
}

std::unique_ptr<ServerCodec> makeH2ServerCodec(const H2Env& env, ServerCallbacks& callbacks,
                                               const H2Settings& settings) {
  return std::make_unique<H2ServerCodec>(env, callbacks, settings);
}

}  // namespace convoy::http
