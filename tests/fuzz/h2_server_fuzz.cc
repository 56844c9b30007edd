// h2_server_fuzz: any octets from an HTTP/2 client. The first byte is the mode: raw octets behind
// the preface, or a script of frames (h2_builder). Promises: no crash, whatever the application
// does meanwhile; each decoder hears of a message in order and of nothing after its end; how the
// octets are cut changes no message; what is forwarded as HTTP/1 is one message that is accepted
// and means the same.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/http/h2_codec.h"
#include "tests/conformance/case_file.h"
#include "tests/conformance/h2_players.h"
#include "tests/fuzz/h2_builder.h"
#include "tests/fuzz/promise.h"

namespace {

using namespace convoy;
using fuzz::require;

using Sink = fuzz::CountingSink;

// Does what the script says with each request.
struct Request final : http::RequestDecoder {
  Request(http::ResponseEncoder& e, fuzz::Script& s) : encoder(&e), script(s) {}
  http::RequestHead& head() override { return head_; }
  base::Arena& arena() override { return arena_; }
  void onHeaders(bool end) override {
    require(!begun && !over);
    begun = true;
    over = end;
    act();
  }
  void onData(std::string_view, bool end) override {
    require(begun && !over);
    over = end;
    act();
  }
  void onTrailers(http::HeaderMap&) override {
    require(begun && !over);
    over = true;
    act();
  }
  void onReset(http::ResetReason) override {
    require(encoder != nullptr);
    encoder = nullptr;
  }
  void act() {
    if (encoder == nullptr) return;
    switch (script.next() % 12) {
      case 0:
        return answer(true);
      case 1:
        return answer(false);
      case 2:
        if (answered && !finished)
          encoder->encodeData(std::string(script.next() * 400u, 'x'), false);
        return;
      case 3:
        if (answered && !finished) finish(false);
        return;
      case 4:
        if (answered && !finished) finish(true);
        return;
      case 5:
        ++paused;
        return encoder->readDisable(true);
      case 6:
        if (paused == 0) return;
        --paused;
        return encoder->readDisable(false);
      case 7: {
        http::ResponseEncoder* gone = std::exchange(encoder, nullptr);
        return gone->reset(http::ResetReason::LocalReset);
      }
      case 8:
        if (!answered) {
          http::ResponseHead early;
          early.status = 103;
          encoder->encodeInformational(early);
        }
        return;
      case 9:
        if (!answered) encoder->closeAfterResponse();
        return;
      default:
        return;
    }
  }
  void answer(bool end) {
    if (answered) return;
    answered = true;
    finished = end;
    http::ResponseHead response;
    response.status = 200;
    response.body = end ? http::BodyKind::Length : http::BodyKind::Chunked;
    encoder->encodeHeaders(response, end);
  }
  void finish(bool with_trailers) {
    finished = true;
    http::HeaderMap trailers;
    trailers.add("grpc-status", "0");
    if (with_trailers) return encoder->encodeTrailers(trailers);
    encoder->encodeData("end", true);
  }

  http::ResponseEncoder* encoder;
  fuzz::Script& script;
  http::RequestHead head_;
  base::Arena arena_;
  bool begun = false, over = false, answered = false, finished = false;
  int paused = 0;
};

struct Application final : http::ServerCallbacks, http::H2Observer {
  Application(const http::H2Settings& settings, fuzz::Script& s, net::EventLoop& loop)
      : script(s), codec(http::makeH2ServerCodec({sink, loop, *this}, *this, settings)) {}
  http::RequestDecoder& newStream(http::ResponseEncoder& encoder) override {
    requests.push_back(std::make_unique<Request>(encoder, script));
    return *requests.back();
  }
  void onProtocolError(const http::ProtocolError&, http::ResponseEncoder&, bool) override {
    requests.back()->begun = true;  // what follows of the message is still told
    requests.back()->answer(true);
  }
  void onHeadStarted() override {}
  void onStreamComplete(bool) override { require(false); }
  void onReadDisable(bool) override { require(false); }
  void onStreamEnded(http::RequestDecoder& stream) override {
    static_cast<Request&>(stream).encoder = nullptr;
  }
  void onSessionOver(bool) override { over = true; }
  void count(http::H2Counter) override {}
  void play(const std::vector<std::string>& reads) {
    for (const std::string& read : reads) {
      if (over) return;
      codec->dispatch(read);
      const uint8_t what = script.next();
      if (what % 8 == 0) codec->drain();
      if (what % 8 == 1) codec->onSinkFull(full = !full);
      if (what % 8 == 2) codec->sayGoodbye();
      for (size_t i = 0; what % 8 < 5 && i < requests.size(); ++i) requests[i]->act();
    }
  }

  fuzz::Script& script;
  Sink sink;
  std::vector<std::unique_ptr<Request>> requests;
  bool over = false, full = false;
  std::unique_ptr<http::ServerCodec> codec;
};

std::string clientOctets(std::string_view bytes, bool raw) {
  std::string out(http::kH2Preface);
  out += conformance::frame(conformance::FrameType::Settings, 0, 0, "");
  if (raw) return out.append(bytes);
  fuzz::Script script(bytes);
  for (uint32_t newest = 0; !script.empty();) out += fuzz::nextFrames(script, true, newest);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using conformance::Split;
  if (size < 2) return 0;
  const uint8_t mode = data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  http::H2Settings settings;
  settings.max_concurrent_streams = (mode & 2) != 0 ? 3 : 1000;
  settings.stream_error_on_invalid_message = (mode & 4) != 0;
  if ((mode & 8) != 0) settings.initial_stream_window = settings.initial_connection_window = 65535;
  settings.rules.drop_underscores = (mode & 16) != 0;
  const std::string octets = clientOctets(bytes, (mode & 1) != 0);

  const conformance::Outcome whole = conformance::playH2Requests(settings, {octets});
  require(whole.parsed_after == 0);
  http::H1Settings again = settings.rules;
  again.drop_underscores = false;
  again.max_head_bytes += 1024;
  for (const std::string& message : whole.forwarded) {
    const conformance::Outcome parsed = conformance::playRequests(again, {message});
    const bool same = parsed.forwarded == std::vector<std::string>{message};
    if (!same)
      fprintf(stderr, "%s: %s\n", parsed.detail.c_str(), conformance::escape(message).c_str());
    require(parsed.rejected == 0 && same);
  }
  // Which streams are too many depends on what was answered before they came: on the cut.
  if ((mode & 32) != 0 && (mode & 2) == 0) {
    const conformance::Outcome pieces =
        conformance::playH2Requests(settings, conformance::cut(octets, Split::Octets));
    // What a client sends on a stream that is answered meanwhile may end the session at once.
    const size_t common = std::min(whole.forwarded.size(), pieces.forwarded.size());
    for (size_t i = 0; i < common; ++i) require(whole.forwarded[i] == pieces.forwarded[i]);
  }
  static net::EventLoop loop;
  fuzz::Script script(bytes);
  Application application(settings, script, loop);
  application.play(conformance::cut(octets, (mode & 64) != 0 ? Split::Whole : Split::Lines));
  if ((mode & 128) != 0) application.codec->stop();
  return 0;
}
