#include <algorithm>
#include <string>

#include "common/base/check.h"
#include "common/http/chunk_decoder.h"
#include "common/http/h1_codec.h"
#include "common/http/h1_writer.h"
#include "common/http/head_scanner.h"
#include "common/http/message_rules.h"

namespace convoy::http {

namespace {

// Bytes of later requests held before the client is made to wait.
constexpr size_t kHeldHigh = 64 * 1024;
// What is left of a refused upload is read and dropped up to this; beyond, the connection closes.
constexpr uint64_t kDiscardMax = 64 * 1024;
constexpr int kMaxLeadingCrlf = 4;

// Reused by every codec of the process (one loop): heads are built without allocating.
struct Scratch {
  std::string text;
  RawHead raw;
};
Scratch& scratch() {
  static Scratch s;
  return s;
}

class H1ServerCodec final : public ServerCodec, private ResponseEncoder {
 public:
  H1ServerCodec(net::ByteSink& sink, ServerCallbacks& callbacks, const H1Settings& settings)
      : sink_(&sink), callbacks_(&callbacks), settings_(&settings) {}
  void attach(net::ByteSink& sink, ServerCallbacks& callbacks, const H1Settings& settings,
              uint64_t consumed);

  void dispatch(std::string_view bytes) override;
  void onEof() override;
  void stop() override { state_ = State::Closed; }
  std::string_view unparsed() const override { return held_; }
  uint64_t consumed() const override { return consumed_; }
  bool betweenMessages() const override { return state_ == State::Head && !consuming_; }
  void hold(bool held) override;
  bool inTunnel() const override {
    return state_ == State::Tunnel && !consuming_ && !eof_ && held_.empty();
  }
  ResponseEncoder& resumeTunnel(RequestDecoder& decoder) override;
  uint64_t rawBytes() const override;
  void relayed(size_t size) override;

 private:
  enum class State : uint8_t { Head, Body, Discard, Done, Tunnel, Closed };

  // ResponseEncoder
  void encodeInformational(const ResponseHead& head) override;
  void encodeHeaders(const ResponseHead& head, bool end) override;
  void encodeData(std::string_view data, bool end) override;
  void encodeTrailers(const HeaderMap& trailers) override;
  bool raw() const override;
  void encodeRelayed(size_t size, bool end) override;
  void readDisable(bool disable) override;
  void reset(ResetReason) override { stop(); }
  void closeAfterResponse() override { keep_alive_ = false; }

  size_t consume(std::string_view bytes);
  void runHeld();
  size_t takeHead(std::string_view bytes);
  size_t takeBody(std::string_view bytes);
  size_t takeChunks(std::string_view bytes);
  void deliverTrailers();
  void startRequest(std::string_view head);
  void refuse(const ProtocolError& error);
  void refuseBody(std::string_view detail);
  void endTunnelInput();
  void requestEnded();
  void responseEnded();
  void finish();
  void throttle();
  void announceEnd(size_t rest);
  void announceEnd(const ResponseHead& head, size_t head_size, bool end);

  net::ByteSink* sink_;
  ServerCallbacks* callbacks_;
  const H1Settings* settings_;
  RequestDecoder* decoder_ = nullptr;
  State state_ = State::Head;
  bool keep_alive_ = true;
  bool http10_ = false;
  bool head_request_ = false;
  bool bodyless_ = false;  // the response: nothing may follow its head
  bool upgrade_asked_ = false;
  bool request_ended_ = false;
  bool response_started_ = false;
  bool response_ended_ = false;
  bool consuming_ = false;
  bool throttled_ = false;
  bool eof_ = false;
  bool on_hold_ = false;
  uint8_t leading_crlf_ = 0;
  uint16_t paused_ = 0;
  BodyKind request_body_ = BodyKind::None;
  BodyKind response_body_ = BodyKind::None;
  uint64_t left_ = 0;
  uint64_t consumed_ = 0;
  HeadScanner scanner_;
  std::string held_;
  std::unique_ptr<ChunkDecoder> chunks_;
};

void H1ServerCodec::attach(net::ByteSink& sink, ServerCallbacks& callbacks,
                           const H1Settings& settings, uint64_t consumed) {
  DCHECK(decoder_ == nullptr && held_.empty() && paused_ == 0);
  sink_ = &sink;
  callbacks_ = &callbacks;
  settings_ = &settings;
  consumed_ = consumed;
  state_ = State::Head;
  leading_crlf_ = 0;
}

void H1ServerCodec::dispatch(std::string_view bytes) {
  if (state_ == State::Closed) return;
  if (!held_.empty() || consuming_) {
    held_.append(bytes);
    if (!consuming_) runHeld();
    throttle();
    return;
  }
  const size_t used = consume(bytes);
  if (state_ != State::Closed && used < bytes.size()) held_.assign(bytes.substr(used));
  throttle();
}

void H1ServerCodec::runHeld() {
  if (held_.empty() || state_ == State::Closed) return;
  std::string work;
  work.swap(held_);
  const size_t used = consume(work);
  if (state_ == State::Closed) return;
  work.erase(0, used);
  if (held_.empty()) {
    held_.swap(work);
  } else {
    held_.insert(0, work);
  }
  if (held_.empty()) held_.shrink_to_fit();
}

ResponseEncoder& H1ServerCodec::resumeTunnel(RequestDecoder& decoder) {
  DCHECK(state_ == State::Head && decoder_ == nullptr);
  decoder_ = &decoder;
  state_ = State::Tunnel;
  response_started_ = true;
  return *this;
}

void H1ServerCodec::hold(bool held) {
  if (on_hold_ == held) return;
  on_hold_ = held;
  if (held || consuming_) return;
  runHeld();
  throttle();
}

// A client that pipelines without reading answers must not fill our memory.
void H1ServerCodec::throttle() {
  const bool full = state_ != State::Closed && held_.size() > kHeldHigh;
  if (full == throttled_ || (state_ == State::Head && full && !on_hold_)) return;
  throttled_ = full;
  callbacks_->onReadDisable(full);
}

size_t H1ServerCodec::consume(std::string_view bytes) {
  consuming_ = true;
  size_t used = 0;
  for (bool progress = true; progress && used < bytes.size();) {
    const std::string_view rest = bytes.substr(used);
    size_t n = 0;
    switch (state_) {
      case State::Head:
        n = on_hold_ ? 0 : takeHead(rest);
        break;
      case State::Body:
      case State::Discard:
        n = request_body_ == BodyKind::Chunked ? takeChunks(rest) : takeBody(rest);
        break;
      case State::Tunnel:
        n = rest.size();
        consumed_ += n;
        decoder_->onData(rest, false);
        break;
      case State::Done:
        break;
      case State::Closed:
        n = rest.size();
        break;
    }
    used += n;
    progress = n > 0;
  }
  consuming_ = false;
  return used;
}

size_t H1ServerCodec::takeHead(std::string_view bytes) {
  if (scanner_.end() == 0 && (bytes[0] == '\r' || bytes[0] == '\n')) {
    // Empty lines before a request line (RFC 9112 section 2.2), a few.
    if (bytes.size() == 1 && bytes[0] == '\r') return 0;
    if (!bytes.starts_with("\r\n") || ++leading_crlf_ > kMaxLeadingCrlf) {
      refuse({400, "leading_bytes"});
      return bytes.size();
    }
    consumed_ += 2;
    return 2;
  }
  // Not a method: TLS on the wrong port, say. Whoever sends it may wait for an answer for ever.
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (scanner_.end() == 0 && (first < 0x20 || first >= 0x7f)) {
    refuse({400, "invalid_request_line"});
    return bytes.size();
  }
  const HeadScanner::Status status = scanner_.scan(bytes);
  if (status == HeadScanner::Status::BareLf) {
    refuse({400, "bare_lf"});
    return bytes.size();
  }
  const bool complete = status == HeadScanner::Status::Complete;
  const size_t size = complete ? scanner_.end() : bytes.size();
  if (size > settings_->max_head_bytes) {
    refuse(scanner_.sawLine() ? ProtocolError{431, "head_too_large"}
                              : ProtocolError{414, "request_line_too_long"});
    return bytes.size();
  }
  if (!complete) {
    callbacks_->onHeadStarted();
    return 0;
  }
  scanner_.reset();
  leading_crlf_ = 0;
  consumed_ += size;
  startRequest(bytes.substr(0, size));
  return size;
}

void H1ServerCodec::startRequest(std::string_view text) {
  if (text.starts_with("PRI * HTTP/2.0\r\n")) {
    refuse({400, "http2_preface"});
    return;
  }
  request_ended_ = response_started_ = response_ended_ = false;
  keep_alive_ = true;
  head_request_ = upgrade_asked_ = false;
  decoder_ = &callbacks_->newStream(*this);
  base::Arena& arena = decoder_->arena();
  RequestHead& head = decoder_->head();
  const std::string_view own = arena.copy(text);
  if (settings_->keep_spelling) head.spelling = {own, arena.copy(text).data()};
  RawHead& raw = scratch().raw;
  raw.clear();
  ProtocolError error;
  std::string_view detail;
  bool ok = guardHead(HeadKind::Request, const_cast<char*>(own.data()), own.size(), *settings_, raw,
                      error);
  if (ok && !parseStartLine(HeadKind::Request, raw, detail)) {
    error = detail == "HPE_INVALID_METHOD" ? ProtocolError{501, "method_not_implemented"}
                                           : ProtocolError{400, "http1.codec_error"};
    ok = false;
  }
  ok = ok && judgeRequest(raw, *settings_, arena, head, error);
  http10_ = head.protocol == Protocol::Http10;
  if (!ok) {
    refuse(error);
    return;
  }
  head_request_ = head.method == Method::Head;
  keep_alive_ = head.keep_alive;
  request_body_ = head.body;
  left_ = head.content_length;
  if (!head.upgrade.empty()) {
    // What follows belongs to the tunnel if there will be one: held until the answer is known.
    upgrade_asked_ = true;
    state_ = State::Done;
    decoder_->onHeaders(false);
    return;
  }
  const bool end = head.body == BodyKind::None || (head.body == BodyKind::Length && left_ == 0);
  if (head.body == BodyKind::Chunked) {
    if (chunks_ == nullptr) chunks_ = std::make_unique<ChunkDecoder>();
    chunks_->reset();
  }
  state_ = end ? State::Done : State::Body;
  request_ended_ = end;
  decoder_->onHeaders(end);
}

size_t H1ServerCodec::takeBody(std::string_view bytes) {
  const auto n = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
  left_ -= n;
  consumed_ += n;
  const bool end = left_ == 0;
  if (state_ == State::Discard) {
    if (end) requestEnded();
    return n;
  }
  if (end) {
    state_ = State::Done;
    request_ended_ = true;
  }
  decoder_->onData(bytes.substr(0, n), end);
  return n;
}

uint64_t H1ServerCodec::rawBytes() const {
  if (consuming_ || !held_.empty()) return 0;
  if (state_ == State::Tunnel) return net::Relay::kNoLimit;
  return state_ == State::Body && request_body_ == BodyKind::Length ? left_ : 0;
}

void H1ServerCodec::relayed(size_t size) {
  consumed_ += size;
  if (state_ == State::Tunnel) return decoder_->onRelayed(size, false);
  left_ -= size;
  const bool end = left_ == 0;
  if (end) {
    state_ = State::Done;
    request_ended_ = true;
  }
  decoder_->onRelayed(size, end);
}

size_t H1ServerCodec::takeChunks(std::string_view bytes) {
  std::string_view in = bytes;
  std::string_view data;
  while (state_ == State::Body && !in.empty()) {
    switch (chunks_->next(in, data)) {
      case ChunkDecoder::Status::NeedMore:
        consumed_ += bytes.size() - in.size();
        return bytes.size() - in.size();
      case ChunkDecoder::Status::Data:
        decoder_->onData(data, false);
        break;
      case ChunkDecoder::Status::Done:
        consumed_ += bytes.size() - in.size();
        deliverTrailers();
        return bytes.size() - in.size();
      case ChunkDecoder::Status::Error:
        refuseBody(chunks_->detail());
        return bytes.size();
    }
  }
  consumed_ += bytes.size() - in.size();
  return bytes.size() - in.size();
}

void H1ServerCodec::deliverTrailers() {
  HeaderMap trailers;
  ProtocolError error;
  if (!judgeTrailers(chunks_->trailers(), *settings_, decoder_->arena(), trailers, error)) {
    refuseBody(error.detail);
    return;
  }
  state_ = State::Done;
  request_ended_ = true;
  if (trailers.empty()) {
    decoder_->onData({}, true);
  } else {
    decoder_->onTrailers(trailers);
  }
}

// A head that is refused: nothing more of this connection is parsed.
void H1ServerCodec::refuse(const ProtocolError& error) {
  const bool open = decoder_ != nullptr;
  keep_alive_ = false;
  request_ended_ = true;
  if (!open) {
    response_started_ = response_ended_ = false;
    head_request_ = false;
  }
  state_ = State::Done;
  held_.clear();
  callbacks_->onProtocolError(error, *this, open);
}

void H1ServerCodec::refuseBody(std::string_view detail) {
  keep_alive_ = false;
  request_ended_ = true;
  state_ = State::Done;
  callbacks_->onProtocolError({400, detail}, *this, true);
}

void H1ServerCodec::onEof() {
  if (state_ == State::Closed) return;
  eof_ = true;
  keep_alive_ = false;
  if (state_ == State::Tunnel) endTunnelInput();
  // The rest of the upload that was being dropped will not come any more.
  if (state_ == State::Discard) requestEnded();
}

void H1ServerCodec::endTunnelInput() {
  request_ended_ = true;
  decoder_->onData({}, true);
}

// --- the response ---

void H1ServerCodec::encodeInformational(const ResponseHead& head) {
  if (http10_ || response_started_ || state_ == State::Closed) return;
  std::string& text = scratch().text;
  text.clear();
  appendResponseHead(head, {.proper_case = settings_->proper_case}, text);
  sink_->write(text);
}

void H1ServerCodec::encodeHeaders(const ResponseHead& head, bool end) {
  if (state_ == State::Closed) return;
  response_started_ = true;
  response_body_ = head.body;
  bodyless_ = head_request_ || head.status < 200 || head.status == 204 || head.status == 304;
  if (head.body == BodyKind::UntilClose && !end) keep_alive_ = false;
  // The rest of a large upload may not be read any more once this answer is out (as Envoy does,
  // whether a body follows or not): say so before the client counts on the connection.
  const bool cut =
      state_ == State::Body && (request_body_ == BodyKind::Chunked || left_ > kDiscardMax);
  if (cut) keep_alive_ = false;
  ResponseFraming framing;
  framing.http10 = http10_;
  framing.close = !keep_alive_;
  framing.keep_alive = keep_alive_ && http10_;
  framing.bodyless = head_request_;
  framing.proper_case = settings_->proper_case;
  std::string& text = scratch().text;
  text.clear();
  appendResponseHead(head, framing, text);
  announceEnd(head, text.size(), end);
  sink_->write(text);
  if (!head.upgrade.empty()) {
    state_ = State::Tunnel;
    if (!consuming_) runHeld();
    // The client may have sent all it has before it was answered.
    if (eof_ && state_ == State::Tunnel) endTunnelInput();
    if (end && state_ == State::Tunnel) encodeData({}, true);
    return;
  }
  if (upgrade_asked_) {
    upgrade_asked_ = false;
    request_ended_ = true;
  }
  if (!end) return;
  if (head.body == BodyKind::Chunked && !bodyless_) sink_->write("0\r\n\r\n");
  responseEnded();
}

void H1ServerCodec::encodeData(std::string_view data, bool end) {
  if (state_ == State::Closed) return;
  if (state_ == State::Tunnel) {
    if (!data.empty()) sink_->write(data);
    if (end) {
      request_ended_ = response_ended_ = true;
      keep_alive_ = false;
      finish();
    }
    return;
  }
  if (bodyless_) data = {};
  if (end && response_body_ == BodyKind::Chunked && !bodyless_) {
    announceEnd(chunkedSize(data.size(), true));
  }
  writeData(*sink_, data, response_body_ == BodyKind::Chunked && !bodyless_, end, scratch().text);
  if (end) responseEnded();
}

bool H1ServerCodec::raw() const {
  if (state_ == State::Closed || !response_started_) return false;
  return state_ == State::Tunnel || (!bodyless_ && response_body_ != BodyKind::Chunked);
}

void H1ServerCodec::encodeRelayed(size_t, bool end) {
  if (end && state_ != State::Closed) responseEnded();
}

void H1ServerCodec::encodeTrailers(const HeaderMap& trailers) {
  if (state_ == State::Closed) return;
  if (response_body_ == BodyKind::Chunked && !bodyless_) {
    static const HeaderMap none;
    std::string& text = scratch().text;
    text.clear();
    appendTrailers(settings_->forward_trailers ? trailers : none, text, settings_->proper_case);
    announceEnd(text.size());
    sink_->write(text);
  }
  responseEnded();
}

void H1ServerCodec::announceEnd(size_t rest) {
  if (keep_alive_ && request_ended_ && !eof_) callbacks_->onAnswerEnds(rest);
}

void H1ServerCodec::announceEnd(const ResponseHead& head, size_t head_size, bool end) {
  if (!head.upgrade.empty()) return;
  if (bodyless_ || head.body == BodyKind::None) {
    announceEnd(head_size);
  } else if (head.body == BodyKind::Length) {
    announceEnd(head_size + head.content_length);
  } else if (head.body == BodyKind::Chunked && end) {
    announceEnd(head_size + chunkedSize(0, true));
  }
}

void H1ServerCodec::readDisable(bool disable) {
  if (disable) {
    ++paused_;
  } else {
    DCHECK(paused_ > 0);
    --paused_;
  }
  callbacks_->onReadDisable(disable);
}

void H1ServerCodec::responseEnded() {
  response_ended_ = true;
  if (request_ended_) {
    finish();
    return;
  }
  // Answered before the whole request was read.
  if (keep_alive_ && request_body_ == BodyKind::Length && left_ <= kDiscardMax) {
    state_ = State::Discard;
    return;
  }
  keep_alive_ = false;
  finish();
}

void H1ServerCodec::requestEnded() {
  request_ended_ = true;
  state_ = State::Done;
  if (response_ended_) finish();
}

void H1ServerCodec::finish() {
  decoder_ = nullptr;
  for (; paused_ > 0; --paused_) callbacks_->onReadDisable(false);
  const bool keep = keep_alive_ && !eof_;
  state_ = keep ? State::Head : State::Closed;
  if (!keep) {
    held_.clear();
    throttle();  // lingering reads what still comes
  }
  callbacks_->onStreamComplete(keep);
  if (keep && !consuming_ && !on_hold_) {
    runHeld();
    throttle();
  }
}

}  // namespace

std::unique_ptr<ServerCodec> makeH1ServerCodec(net::ByteSink& sink, ServerCallbacks& callbacks,
                                               const H1Settings& settings) {
  return std::make_unique<H1ServerCodec>(sink, callbacks, settings);
}

std::unique_ptr<ServerCodec> H1ServerCodecPool::take(net::ByteSink& sink,
                                                     ServerCallbacks& callbacks,
                                                     const H1Settings& settings,
                                                     uint64_t consumed) {
  std::unique_ptr<ServerCodec> codec;
  if (free_.empty()) {
    codec = std::make_unique<H1ServerCodec>(sink, callbacks, settings);
  } else {
    codec = std::move(free_.back());
    free_.pop_back();
  }
  static_cast<H1ServerCodec&>(*codec).attach(sink, callbacks, settings, consumed);
  return codec;
}

void H1ServerCodecPool::giveBack(std::unique_ptr<ServerCodec> codec) {
  DCHECK(codec->betweenMessages() && codec->unparsed().empty());
  if (free_.size() < kMaxIdle) free_.push_back(std::move(codec));
}

}  // namespace convoy::http
