#include <algorithm>
#include <array>
#include <utility>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/http/h2_codec.h"

namespace convoy::http {

namespace {

std::vector<RawField>& scratchFields() {
  static std::vector<RawField> fields;
  return fields;
}

HeaderMap& scratchTrailers() {
  static HeaderMap trailers;
  trailers.clear();
  return trailers;
}

class H2ClientCodec;

class ClientStream final : public H2EncoderStream<RequestEncoder> {
 public:
  ClientStream(H2ClientCodec& codec, ResponseDecoder& decoder);
  void encodeHeaders(const RequestHead& head, bool end) override;
  StreamDecoder* decoder() override { return decoder_; }
  void forget() override { decoder_ = nullptr; }

 private:
  friend class H2ClientCodec;
  H2ClientCodec& codec_;
  ResponseDecoder* decoder_;
  Method method_ = Method::Get;
  // An upgrade, which is a CONNECT here (RFC 8441): its type, and its head while it waits for the
  // SETTINGS that say whether the peer takes it.
  std::string upgrade_;
  const RequestHead* waiting_ = nullptr;
  bool waiting_end_ = false;
};

class H2ClientCodec final : public ClientCodec, private H2Session {
 public:
  H2ClientCodec(const H2Env& env, ClientCallbacks& callbacks, const H2Settings& settings)
      : H2Session(env, settings, false), callbacks_(callbacks) {
    open();
    flush();
  }

  uint64_t rawBytes() const override { return 0; }
  void relayed(size_t) override {}
  RequestEncoder& newStream(ResponseDecoder& decoder) override {
    return static_cast<ClientStream&>(add(std::make_unique<ClientStream>(*this, decoder), -1));
  }
  RequestEncoder& resumeTunnel(ResponseDecoder&) override {
    base::checkFailed(__FILE__, __LINE__, "HTTP/2 has no tunnels");
  }
  void dispatch(std::string_view bytes) override { receive(bytes); }
  void onEof() override { onConnectionClosed(ResetReason::ConnectionTermination); }
  void onConnectionClosed(ResetReason reason) override { abandon(reason); }
  bool streamOpen() const override { return streamCount() > 0; }
  size_t openStreams() const override { return streamCount(); }
  size_t capacity() const override;
  void sayGoodbye() override { goAwayNow(); }
  void onSinkFull(bool full) override { sinkFull(full); }

 private:
  friend class ClientStream;
  void onHead(H2Stream* stream, int32_t id, const H2Fields& fields, bool end) override;
  void onTrailerFields(H2Stream& stream, const H2Fields& fields) override;
  void onEnd(H2Stream& stream) override;
  void onClosed(H2Stream& stream, bool clean, ResetReason reason) override;
  void onPeerSettings() override;
  void onOver(bool failed) override;
  void request(ClientStream& stream, const RequestHead& head, bool end);
  void upgrade(ClientStream& stream, const RequestHead& head, bool end);
  void refuse(ClientStream& stream);
  void giveUp(ClientStream& stream, ResetReason reason);

  bool settled_ = false;  // the peer's first SETTINGS are here
  ClientCallbacks& callbacks_;
};

ClientStream::ClientStream(H2ClientCodec& codec, ResponseDecoder& decoder)
    : H2EncoderStream(codec), codec_(codec), decoder_(&decoder) {}

void ClientStream::encodeHeaders(const RequestHead& head, bool end) {
  codec_.request(*this, head, end);
}

size_t H2ClientCodec::capacity() const {
  if (over() || goAwayReceived() || goingAway()) return 0;
  const size_t most = std::min(peerMaxStreams(), settings_.max_concurrent_streams);
  return most > streamCount() ? most - streamCount() : 0;
}

void H2ClientCodec::request(ClientStream& stream, const RequestHead& head, bool end) {
  if (over() || stream.closed_ || stream.resetting_) return;
  stream.method_ = head.method;
  if (!head.upgrade.empty() && head.method != Method::Connect) [[unlikely]] {
    return upgrade(stream, head, end);
  }
  std::array<RawField, 4> pseudo;
  size_t pseudo_size = 0;
  const auto add = [&](std::string_view name, std::string_view value) {
    pseudo[pseudo_size++] = {name, value};
  };
  add(":method", head.method_name);
  // CONNECT has neither of the others (RFC 9113 section 8.5).
  const bool connect = head.method == Method::Connect;
  if (!connect) add(":scheme", head.scheme);
  add(":authority", head.authority);
  if (!connect) add(":path", head.path);
  char digits[20];
  std::string_view length;
  if (head.body == BodyKind::Length) {
    length = {digits, static_cast<size_t>(base::formatUint(digits, head.content_length) - digits)};
  }
  if (submitHead(stream, {pseudo.data(), pseudo_size}, head.headers, length, end, false)) {
    end ? flush() : flushSoon();
    return;
  }
  // No stream numbers are left, or it goes away: nothing was sent.
  giveUp(stream, ResetReason::Refused);
}

// Its data, which may come before, waits in the stream.
void H2ClientCodec::upgrade(ClientStream& stream, const RequestHead& head, bool end) {
  if (!settled_) {
    stream.waiting_ = &head;
    stream.waiting_end_ = end;
    return;
  }
  if (!peerTakesUpgrades()) return giveUp(stream, ResetReason::NoTunnels);
  stream.method_ = Method::Connect;
  stream.upgrade_.assign(head.upgrade);
  const std::array<RawField, 5> pseudo{{{":method", "CONNECT"},
                                        {":protocol", head.upgrade},
                                        {":scheme", head.scheme},
                                        {":authority", head.authority},
                                        {":path", head.path}}};
  if (!submitHead(stream, pseudo, head.headers, {}, end, false)) {
    return giveUp(stream, ResetReason::Refused);
  }
  end ? flush() : flushSoon();
}

void H2ClientCodec::onPeerSettings() {
  const bool first = !std::exchange(settled_, true);
  // One that is given up leaves the list, and may take others along.
  for (size_t i = 0; first && i < streams().size();) {
    auto& stream = static_cast<ClientStream&>(*streams()[i++]);
    const RequestHead* head = std::exchange(stream.waiting_, nullptr);
    if (head == nullptr) continue;
    upgrade(stream, *head, stream.waiting_end_);
    i = 0;
  }
  callbacks_.onCapacity();
}

void H2ClientCodec::refuse(ClientStream& stream) {
  giveUp(stream, ResetReason::ProtocolError);
}

void H2ClientCodec::giveUp(ClientStream& stream, ResetReason reason) {
  ResponseDecoder* decoder = std::exchange(stream.decoder_, nullptr);
  resetStream(stream, reason);
  if (decoder != nullptr) decoder->onReset(reason);
}

void H2ClientCodec::onHead(H2Stream* base, int32_t, const H2Fields& fields, bool end) {
  auto& stream = static_cast<ClientStream&>(*base);
  ResponseDecoder& decoder = *stream.decoder_;
  ResponseHead& head = decoder.head();
  head.clear();
  std::vector<RawField>& raw = scratchFields();
  fields.copyTo(decoder.arena(), raw);
  ProtocolError error;
  if (fields.overflowed() ||
      !judgeH2Response(raw, end, stream.method_, settings_.rules, decoder.arena(), head, error)) {
    return refuse(stream);
  }
  if (head.status < 200) {
    decoder.onInformational();
    return;
  }
  if (!stream.upgrade_.empty() && !head.upgrade.empty()) {
    // As HTTP/1 says it.
    head.status = 101;
    head.upgrade = decoder.arena().copy(stream.upgrade_);
  }
  stream.head_received_ = true;
  if (end) stream.decoder_ = nullptr;
  decoder.onHeaders(end);
}

void H2ClientCodec::onTrailerFields(H2Stream& base, const H2Fields& fields) {
  auto& stream = static_cast<ClientStream&>(base);
  std::vector<RawField>& raw = scratchFields();
  fields.copyTo(stream.decoder_->arena(), raw);
  HeaderMap& trailers = scratchTrailers();
  ProtocolError error;
  if (fields.overflowed() || !judgeH2Trailers(raw, settings_.rules, trailers, error)) {
    return refuse(stream);
  }
  ResponseDecoder* decoder = std::exchange(stream.decoder_, nullptr);
  if (trailers.empty()) {
    decoder->onData({}, true);
  } else {
    decoder->onTrailers(trailers);
  }
}

void H2ClientCodec::onEnd(H2Stream& base) {
  ResponseDecoder* decoder = std::exchange(static_cast<ClientStream&>(base).decoder_, nullptr);
  if (decoder != nullptr) decoder->onData({}, true);
}

void H2ClientCodec::onClosed(H2Stream& base, bool, ResetReason reason) {
  ResponseDecoder* decoder = std::exchange(static_cast<ClientStream&>(base).decoder_, nullptr);
  if (decoder != nullptr) decoder->onReset(reason);
  callbacks_.onCapacity();
}

void H2ClientCodec::onOver(bool failed) {
  if (failed) {
    callbacks_.onProtocolError({502, "http2.protocol_error"});
  } else {
    callbacks_.onGoAway();
  }
}

}  // namespace

std::unique_ptr<ClientCodec> makeH2ClientCodec(const H2Env& env, ClientCallbacks& callbacks,
                                               const H2Settings& settings) {
  return std::make_unique<H2ClientCodec>(env, callbacks, settings);
}

}  // namespace convoy::http
