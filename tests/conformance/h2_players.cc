#include "tests/conformance/h2_players.h"

#include <algorithm>
#include <memory>
#include <nghttp2/nghttp2.h>

#include "common/http/h2_codec.h"
#include "common/net/event_loop.h"
#include "tests/conformance/h2_frames.h"

namespace convoy::conformance {

namespace {

struct Sink final : net::ByteSink {
  void write(std::string_view bytes) override { text.append(bytes); }
  void write(std::string_view head, std::string_view body) override {
    text.append(head);
    text.append(body);
  }
  std::string text;
};

struct Request final : http::RequestDecoder {
  Request(http::ResponseEncoder& e, Outcome& o) : encoder(e), outcome(o) {}
  http::RequestHead& head() override { return head_; }
  base::Arena& arena() override { return arena_; }
  void onHeaders(bool end) override {
    if (end) complete();
  }
  void onData(std::string_view data, bool end) override {
    body.append(data);
    if (end) complete();
  }
  void onTrailers(http::HeaderMap& fields) override {
    for (const auto& field : fields) trailers.add(field.name, field.value);
    complete();
  }
  void onReset(http::ResetReason) override { outcome.end = "reset"; }
  void complete() {
    if (refused) return;
    outcome.forwarded.push_back(writeRequest(head_, body, trailers));
    answer(200);
  }
  void answer(int status) {
    http::ResponseHead response;
    response.status = status;
    response.body = http::BodyKind::Length;
    encoder.encodeHeaders(response, true);
  }

  http::ResponseEncoder& encoder;
  Outcome& outcome;
  http::RequestHead head_;
  base::Arena arena_;
  std::string body;
  http::HeaderMap trailers;
  bool refused = false;
};

net::EventLoop& loop() {
  static net::EventLoop one;
  return one;
}

struct NoObserver final : http::H2Observer {
  void count(http::H2Counter) override {}
};

struct NoOwner final : http::ClientCallbacks {
  void onStreamComplete(bool) override {}
  void onProtocolError(const http::ProtocolError&) override {}
  void onReadDisable(bool) override {}
};

struct NoAnswer final : http::ResponseDecoder {
  http::ResponseHead& head() override { return head_; }
  base::Arena& arena() override { return arena_; }
  void onInformational() override {}
  void onHeaders(bool) override {}
  void onData(std::string_view, bool) override {}
  void onTrailers(http::HeaderMap&) override {}
  void onReset(http::ResetReason) override {}
  http::ResponseHead head_;
  base::Arena arena_;
};

// The message in the frames of a client's first stream. A message that does not end says so.
class FrameText {
 public:
  FrameText() { nghttp2_hd_inflate_new(&inflater_); }
  ~FrameText() { nghttp2_hd_inflate_del(inflater_); }
  std::string of(std::string_view frames) {
    while (frames.size() >= 9) {
      const auto octet = [&](size_t i) { return static_cast<unsigned char>(frames[i]); };
      const auto size = static_cast<size_t>(octet(0) << 16 | octet(1) << 8 | octet(2));
      add(static_cast<FrameType>(octet(3)), octet(4), frames.substr(9, size));
      frames.remove_prefix(9 + size);
    }
    return ended_ ? text_ : text_ + " (no end)";
  }

 private:
  void add(FrameType type, uint8_t flags, std::string_view payload) {
    if (type != FrameType::Headers && type != FrameType::Data) return;
    // Data in several frames is one.
    if (!text_.empty() && !(in_data_ && type == FrameType::Data)) text_ += " || ";
    in_data_ = type == FrameType::Data;
    ended_ = (flags & kEndStream) != 0;
    if (in_data_) {
      text_ += payload;
    } else {
      addFields(payload);
    }
  }
  void addFields(std::string_view block) {
    const char* between = "";
    while (true) {
      nghttp2_nv field{};
      int flags = 0;
      const ssize_t used =
          nghttp2_hd_inflate_hd2(inflater_, &field, &flags,
                                 reinterpret_cast<const uint8_t*>(block.data()), block.size(), 1);
      if (used < 0) return;
      block.remove_prefix(static_cast<size_t>(used));
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
        text_.append(between).append(reinterpret_cast<char*>(field.name), field.namelen);
        text_.append("=").append(reinterpret_cast<char*>(field.value), field.valuelen);
        between = " | ";
      }
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    }
    nghttp2_hd_inflate_end_headers(inflater_);
  }

  nghttp2_hd_inflater* inflater_ = nullptr;
  std::string text_;
  bool in_data_ = false;
  bool ended_ = false;
};

class H2Player final : public http::ServerCallbacks, public http::H2Observer {
 public:
  explicit H2Player(const http::H2Settings& settings)
      : codec_(http::makeH2ServerCodec({sink_, loop(), *this}, *this, settings)) {}

  Outcome play(const std::vector<std::string>& reads) {
    for (const std::string& read : reads) {
      if (!over_) codec_->dispatch(read);
    }
    outcome_.answered = sink_.text;
    if (over_) outcome_.end = "goaway";
    codec_->stop();
    return outcome_;
  }

  http::RequestDecoder& newStream(http::ResponseEncoder& encoder) override {
    if (over_) ++outcome_.parsed_after;
    requests_.push_back(std::make_unique<Request>(encoder, outcome_));
    return *requests_.back();
  }
  void onProtocolError(const http::ProtocolError& error, http::ResponseEncoder&, bool) override {
    outcome_.rejected = error.status;
    outcome_.detail = error.detail;
    requests_.back()->refused = true;
    requests_.back()->answer(error.status);
  }
  void onHeadStarted() override {}
  void onStreamComplete(bool) override {}
  void onReadDisable(bool) override {}
  void onSessionOver(bool) override { over_ = true; }
  void count(http::H2Counter counter) override {
    if (counter == http::H2Counter::TxReset) outcome_.end = "reset";
  }

 private:
  Outcome outcome_;
  Sink sink_;
  std::vector<std::unique_ptr<Request>> requests_;
  bool over_ = false;
  std::unique_ptr<http::ServerCodec> codec_;
};

WireFields fieldsOf(const std::string& text) {
  constexpr std::string_view kBetween = " | ";
  WireFields out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(kBetween, at), text.size());
    const std::string field = text.substr(at, end - at);
    const size_t equals = std::min(field.find('=', 1), field.size());
    out.emplace_back(unescape(field.substr(0, equals)),
                     equals < field.size() ? unescape(field.substr(equals + 1)) : "");
    at = end + kBetween.size();
  }
  return out;
}

std::string messageFrames(const Case& c) {
  std::string out = frame(FrameType::Settings, 0, 0, "");
  for (size_t i = 0; i < c.frames.size(); ++i) {
    const auto& [kind, value] = c.frames[i];
    const bool last = i + 1 == c.frames.size();
    out += kind == "data" ? frame(FrameType::Data, last ? kEndStream : 0, 1, unescape(value))
                          : headFrames(1, fieldsOf(value), last);
  }
  return out;
}

}  // namespace

std::string h2Octets(const Case& c) {
  return std::string(http::kH2Preface) + messageFrames(c);
}

std::string h2ResponseOctets(const Case& c) {
  return messageFrames(c);
}

Outcome playH2Response(const http::H2Settings& settings, const std::string& method,
                       const std::vector<std::string>& reads) {
  NoObserver observer;
  const auto make = [&](net::ByteSink& sink, http::ClientCallbacks& owner) {
    return http::makeH2ClientCodec({sink, loop(), observer}, owner, settings);
  };
  return playResponse(make, method, reads);
}

std::string writeH2Request(const http::RequestHead& head, const std::string& body,
                           const http::HeaderMap& trailers) {
  const http::H2Settings settings;
  Sink sink;
  NoObserver observer;
  NoOwner owner;
  NoAnswer answer;
  const auto codec = http::makeH2ClientCodec({sink, loop(), observer}, owner, settings);
  http::RequestEncoder& encoder = codec->newStream(answer);
  const bool bare = body.empty() && trailers.empty();
  encoder.encodeHeaders(head, bare);
  if (!body.empty()) encoder.encodeData(body, trailers.empty());
  if (!trailers.empty()) encoder.encodeTrailers(trailers);
  return FrameText().of(std::string_view(sink.text).substr(NGHTTP2_CLIENT_MAGIC_LEN));
}

Outcome playH2Requests(const http::H2Settings& settings, const std::vector<std::string>& reads) {
  return H2Player(settings).play(reads);
}

}  // namespace convoy::conformance
