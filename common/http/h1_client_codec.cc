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

constexpr int kMaxInformational = 16;

struct Scratch {
  std::string text;
  RawHead raw;
};
Scratch& scratch() {
  static Scratch s;
  return s;
}

class H1ClientCodec final : public ClientCodec, private RequestEncoder {
 public:
  H1ClientCodec(net::ByteSink& sink, ClientCallbacks& callbacks, const H1Settings& settings)
      : sink_(sink), callbacks_(callbacks), settings_(settings) {}

  RequestEncoder& newStream(ResponseDecoder& decoder) override;
  RequestEncoder& resumeTunnel(ResponseDecoder& decoder) override;
  void dispatch(std::string_view bytes) override;
  void onEof() override;
  void onConnectionClosed(ResetReason reason) override { resetStream(reason); }
  bool streamOpen() const override { return decoder_ != nullptr; }
  uint64_t rawBytes() const override;
  void relayed(size_t size) override;

 private:
  enum class State : uint8_t { Idle, Head, Length, Chunked, UntilClose, Tunnel, Closed };

  // RequestEncoder
  void encodeHeaders(const RequestHead& head, bool end) override;
  void encodeData(std::string_view data, bool end) override;
  void encodeTrailers(const HeaderMap& trailers) override;
  bool raw() const override { return state_ != State::Closed && !request_chunked_; }
  void encodeRelayed(size_t size, bool end) override;
  void readDisable(bool disable) override;
  void reset(ResetReason) override;

  void becomeRaw();
  size_t takeHead(std::string_view bytes);
  bool startResponse(std::string_view text, bool more);
  size_t takeChunks(std::string_view bytes);
  void requestEnded();
  void responseEnded();
  void finish();
  void protocolError(const ProtocolError& error);
  void resetStream(ResetReason reason);
  void unpause();

  net::ByteSink& sink_;
  ClientCallbacks& callbacks_;
  const H1Settings& settings_;
  ResponseDecoder* decoder_ = nullptr;
  State state_ = State::Idle;
  RequestFacts facts_;
  bool request_chunked_ = false;
  bool request_ended_ = false;
  bool response_ended_ = false;
  bool reusable_ = true;
  uint8_t informational_ = 0;
  uint16_t paused_ = 0;
  uint64_t left_ = 0;
  HeadScanner scanner_;
  std::string held_;  // an incomplete head
  std::unique_ptr<ChunkDecoder> chunks_;
};

RequestEncoder& H1ClientCodec::newStream(ResponseDecoder& decoder) {
  DCHECK(decoder_ == nullptr);
  decoder_ = &decoder;
  state_ = State::Head;
  request_ended_ = response_ended_ = false;
  reusable_ = true;
  informational_ = 0;
  return *this;
}

RequestEncoder& H1ClientCodec::resumeTunnel(ResponseDecoder& decoder) {
  newStream(decoder);
  state_ = State::Tunnel;
  facts_.upgrade = "resumed";  // its answer is behind us
  reusable_ = false;
  return *this;
}

// --- the request ---

void H1ClientCodec::encodeHeaders(const RequestHead& head, bool end) {
  facts_.method = head.method;
  facts_.upgrade.assign(head.upgrade);
  facts_.expects_continue = head.headers.has(HeaderId::Expect);
  request_chunked_ = head.body == BodyKind::Chunked && head.upgrade.empty();
  if (head.to_raw) return becomeRaw();
  std::string& text = scratch().text;
  text.clear();
  appendRequestHead(head, text, settings_.proper_case);
  sink_.write(text);
  if (end) {
    if (request_chunked_) sink_.write("0\r\n\r\n");
    requestEnded();
  }
}

// The connection is the answer to CONNECT.
void H1ClientCodec::becomeRaw() {
  state_ = State::Tunnel;
  reusable_ = false;
  ResponseHead& head = decoder_->head();
  head.clear();
  head.status = 200;
  head.upgrade = kConnectUpgrade;
  decoder_->onHeaders(false);
}

void H1ClientCodec::encodeData(std::string_view data, bool end) {
  if (state_ == State::Closed) return;
  writeData(sink_, data, request_chunked_, end, scratch().text);
  if (end) requestEnded();
}

void H1ClientCodec::encodeRelayed(size_t, bool end) {
  if (end && state_ != State::Closed) requestEnded();
}

void H1ClientCodec::encodeTrailers(const HeaderMap& trailers) {
  if (request_chunked_) {
    std::string& text = scratch().text;
    text.clear();
    appendTrailers(trailers, text, settings_.proper_case);
    sink_.write(text);
  }
  requestEnded();
}

void H1ClientCodec::readDisable(bool disable) {
  if (disable) {
    ++paused_;
  } else {
    DCHECK(paused_ > 0);
    --paused_;
  }
  callbacks_.onReadDisable(disable);
}

void H1ClientCodec::reset(ResetReason) {
  decoder_ = nullptr;
  state_ = State::Closed;
  unpause();
}

void H1ClientCodec::requestEnded() {
  request_ended_ = true;
  if (response_ended_) finish();
}

// --- the response ---

void H1ClientCodec::dispatch(std::string_view bytes) {
  if (!held_.empty()) {
    held_.append(bytes);
    std::string work;
    work.swap(held_);
    const size_t used = takeHead(work);
    if (used == 0) {
      held_.swap(work);
    } else {
      dispatch(std::string_view(work).substr(used));
    }
    return;
  }
  while (!bytes.empty()) {
    size_t used = 0;
    switch (state_) {
      case State::Head:
        used = takeHead(bytes);
        if (used == 0) {
          held_.assign(bytes);
          return;
        }
        break;
      case State::Length: {
        used = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
        left_ -= used;
        const bool end = left_ == 0;
        // More than it announced: the rest belongs to no request.
        if (end && used < bytes.size()) reusable_ = false;
        if (end) state_ = State::Idle;
        decoder_->onData(bytes.substr(0, used), end);
        if (end) responseEnded();
        break;
      }
      case State::Chunked:
        used = takeChunks(bytes);
        break;
      case State::UntilClose:
      case State::Tunnel:
        used = bytes.size();
        decoder_->onData(bytes, false);
        break;
      case State::Idle:
        // Octets that no request asked for (RFC 9112 section 9.2). A response that is whole already
        // stays good; the connection does not.
        reusable_ = false;
        if (decoder_ != nullptr) return;
        protocolError({502, "bytes_after_response"});
        return;
      case State::Closed:
        return;
    }
    bytes.remove_prefix(used);
  }
}

uint64_t H1ClientCodec::rawBytes() const {
  if (state_ == State::Length) return left_;
  return state_ == State::UntilClose || state_ == State::Tunnel ? net::Relay::kNoLimit : 0;
}

void H1ClientCodec::relayed(size_t size) {
  bool end = false;
  if (state_ == State::Length) {
    left_ -= size;
    end = left_ == 0;
    if (end) state_ = State::Idle;
  }
  decoder_->onRelayed(size, end);
  if (end) responseEnded();
}

size_t H1ClientCodec::takeHead(std::string_view bytes) {
  const HeadScanner::Status status = scanner_.scan(bytes);
  if (status == HeadScanner::Status::BareLf) {
    protocolError({502, "bare_lf"});
    return bytes.size();
  }
  const bool complete = status == HeadScanner::Status::Complete;
  const size_t size = complete ? scanner_.end() : bytes.size();
  if (size > settings_.max_head_bytes) {
    protocolError({502, "head_too_large"});
    return bytes.size();
  }
  if (!complete) return 0;
  scanner_.reset();
  return startResponse(bytes.substr(0, size), size < bytes.size()) ? size : bytes.size();
}

// `more`: octets follow the head; if it has no body they belong to no request.
bool H1ClientCodec::startResponse(std::string_view text, bool more) {
  ResponseHead& head = decoder_->head();
  head.clear();
  base::Arena& arena = decoder_->arena();
  const std::string_view own = arena.copy(text);
  if (settings_.keep_spelling) head.spelling = {own, arena.copy(text).data()};
  RawHead& raw = scratch().raw;
  raw.clear();
  ProtocolError error{502, "http1.codec_error"};
  std::string_view detail;
  if (!guardHead(HeadKind::Response, const_cast<char*>(own.data()), own.size(), settings_, raw,
                 error) ||
      !parseStartLine(HeadKind::Response, raw, detail) ||
      !judgeResponse(raw, facts_, settings_, arena, head, error)) {
    protocolError(error);
    return false;
  }
  if (head.status < 200 && head.status != 101) {
    if (++informational_ > kMaxInformational) {
      protocolError({502, "too_many_informational"});
      return false;
    }
    // 100 was answered by us already where Expect is not forwarded.
    if (head.status != 100 || facts_.expects_continue) decoder_->onInformational();
    return true;
  }
  reusable_ = head.keep_alive && head.body != BodyKind::UntilClose && head.upgrade.empty();
  const bool bodyless = facts_.method == Method::Head || head.status == 304;
  bool end = false;
  if (!head.upgrade.empty()) {
    state_ = State::Tunnel;
  } else if (bodyless || head.body == BodyKind::None ||
             (head.body == BodyKind::Length && head.content_length == 0)) {
    state_ = State::Idle;
    end = true;
  } else if (head.body == BodyKind::Length) {
    state_ = State::Length;
    left_ = head.content_length;
  } else if (head.body == BodyKind::Chunked) {
    if (chunks_ == nullptr) chunks_ = std::make_unique<ChunkDecoder>();
    chunks_->reset();
    state_ = State::Chunked;
  } else {
    state_ = State::UntilClose;
  }
  if (end && more) reusable_ = false;
  decoder_->onHeaders(end);
  if (end) responseEnded();
  return true;
}

size_t H1ClientCodec::takeChunks(std::string_view bytes) {
  std::string_view in = bytes;
  std::string_view data;
  while (state_ == State::Chunked && !in.empty()) {
    switch (chunks_->next(in, data)) {
      case ChunkDecoder::Status::NeedMore:
        break;
      case ChunkDecoder::Status::Data:
        decoder_->onData(data, false);
        break;
      case ChunkDecoder::Status::Error:
        protocolError({502, chunks_->detail()});
        return bytes.size();
      case ChunkDecoder::Status::Done: {
        HeaderMap trailers;
        ProtocolError error;
        if (!judgeTrailers(chunks_->trailers(), settings_, decoder_->arena(), trailers, error)) {
          protocolError({502, error.detail});
          return bytes.size();
        }
        state_ = State::Idle;
        if (!in.empty()) reusable_ = false;
        if (trailers.empty()) {
          decoder_->onData({}, true);
        } else {
          decoder_->onTrailers(trailers);
        }
        responseEnded();
        return bytes.size() - in.size();
      }
    }
  }
  return bytes.size() - in.size();
}

void H1ClientCodec::onEof() {
  if (decoder_ == nullptr) return;
  reusable_ = false;
  if (state_ == State::UntilClose || state_ == State::Tunnel) {
    state_ = State::Idle;
    decoder_->onData({}, true);
    responseEnded();
    return;
  }
  resetStream(ResetReason::ConnectionTermination);
}

void H1ClientCodec::responseEnded() {
  response_ended_ = true;
  if (request_ended_ && state_ != State::Closed) finish();
}

void H1ClientCodec::finish() {
  decoder_ = nullptr;
  response_ended_ = false;
  state_ = reusable_ ? State::Idle : State::Closed;
  unpause();
  callbacks_.onStreamComplete(reusable_);
}

void H1ClientCodec::protocolError(const ProtocolError& error) {
  resetStream(ResetReason::ProtocolError);
  callbacks_.onProtocolError(error);
}

void H1ClientCodec::resetStream(ResetReason reason) {
  ResponseDecoder* decoder = decoder_;
  decoder_ = nullptr;
  state_ = State::Closed;
  held_.clear();
  unpause();
  if (decoder != nullptr) decoder->onReset(reason);
}

void H1ClientCodec::unpause() {
  for (; paused_ > 0; --paused_) callbacks_.onReadDisable(false);
}

}  // namespace

std::unique_ptr<ClientCodec> makeH1ClientCodec(net::ByteSink& sink, ClientCallbacks& callbacks,
                                               const H1Settings& settings) {
  return std::make_unique<H1ClientCodec>(sink, callbacks, settings);
}

}  // namespace convoy::http
