#include "tests/conformance/h2_players.h"

#include <algorithm>
#include <memory>

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
  static net::EventLoop& loop() {
    static net::EventLoop one;
    return one;
  }

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

}  // namespace

std::string h2Octets(const Case& c) {
  std::string out(http::kH2Preface);
  out += frame(FrameType::Settings, 0, 0, "");
  for (size_t i = 0; i < c.frames.size(); ++i) {
    const auto& [kind, value] = c.frames[i];
    const bool last = i + 1 == c.frames.size();
    out += kind == "data" ? frame(FrameType::Data, last ? kEndStream : 0, 1, unescape(value))
                          : headFrames(1, fieldsOf(value), last);
  }
  return out;
}

Outcome playH2Requests(const http::H2Settings& settings, const std::vector<std::string>& reads) {
  return H2Player(settings).play(reads);
}

}  // namespace convoy::conformance
