// h2_client_fuzz: any octets from an HTTP/2 upstream, to four requests that were sent to it. The
// first byte is the mode: raw octets, or a script of frames (h2_builder). Promises: no crash,
// whatever the application does meanwhile; each decoder hears of a message in order and of nothing
// after its end or reset; a response that is accepted can be written as HTTP/1 and is accepted
// there.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/http/h1_writer.h"
#include "common/http/h2_codec.h"
#include "common/net/event_loop.h"
#include "tests/conformance/case_file.h"
#include "tests/conformance/players.h"
#include "tests/fuzz/h2_builder.h"
#include "tests/fuzz/promise.h"

namespace {

using namespace convoy;
using fuzz::require;

using Sink = fuzz::CountingSink;

struct Response final : http::ResponseDecoder {
  Response(std::string_view m, fuzz::Script& s) : method(m), script(s) {}
  http::ResponseHead& head() override { return head_; }
  base::Arena& arena() override { return arena_; }
  void onInformational() override {
    require(!begun && !over);
    require(head_.status >= 100 && head_.status < 200 && head_.status != 101);
    act();
  }
  void onHeaders(bool end) override {
    require(!begun && !over);
    begun = true;
    over = end;
    require(head_.status >= 200);
    checkAsHttp1();
    act();
  }
  void onData(std::string_view data, bool end) override {
    require(begun && !over);
    received += data.size();
    if (head_.body == http::BodyKind::Length && method != "HEAD") {
      require(received <= head_.content_length);
    }
    over = end;
    act();
  }
  void onTrailers(http::HeaderMap&) override {
    require(begun && !over);
    over = true;
  }
  void onReset(http::ResetReason) override {
    require(!over);
    over = true;
    encoder = nullptr;
  }
  // Its head, as a client of HTTP/1 gets it.
  void checkAsHttp1() const {
    std::string text;
    http::ResponseHead copy = head_;
    if (copy.body == http::BodyKind::UntilClose) copy.body = http::BodyKind::Chunked;
    http::ResponseFraming framing;
    framing.bodyless = method == "HEAD";
    http::appendResponseHead(copy, framing, text);
    http::H1Settings settings;
    settings.max_head_bytes += 1024;
    require(conformance::playResponse(settings, std::string(method), {text}).rejected == 0);
  }
  void act() {
    if (encoder == nullptr || over) return;
    switch (script.next() % 8) {
      case 0:
        ++paused;
        return encoder->readDisable(true);
      case 1:
        if (paused == 0) return;
        --paused;
        return encoder->readDisable(false);
      case 2:
        over = true;
        return std::exchange(encoder, nullptr)->reset(http::ResetReason::LocalReset);
      case 3:
        if (!sent) encoder->encodeData(std::string(script.next() * 300u, 'y'), false);
        return;
      case 4:
        if (!sent) encoder->encodeData("end", true);
        sent = true;
        return;
      default:
        return;
    }
  }

  const std::string_view method;
  fuzz::Script& script;
  http::RequestEncoder* encoder = nullptr;
  http::ResponseHead head_;
  base::Arena arena_;
  uint64_t received = 0;
  bool begun = false, over = false, sent = false;
  int paused = 0;
};

struct Owner final : http::ClientCallbacks, http::H2Observer {
  void onStreamComplete(bool) override { require(false); }
  void onProtocolError(const http::ProtocolError&) override { over = true; }
  void onReadDisable(bool) override { require(false); }
  void onGoAway() override { over = true; }
  void count(http::H2Counter) override {}
  bool over = false;
};

void ask(http::ClientCodec& codec, Response& response) {
  http::RequestHead head;
  head.method_name = response.method;
  head.method = http::methodOf(response.method);
  head.scheme = "http";
  head.authority = "a";
  head.path = "/";
  const bool post = response.method == "POST";
  if (post) head.body = http::BodyKind::Chunked;
  response.sent = !post;
  response.encoder = &codec.newStream(response);
  response.encoder->encodeHeaders(head, !post);
}

std::string serverOctets(std::string_view bytes, bool raw) {
  std::string out = conformance::frame(conformance::FrameType::Settings, 0, 0, "");
  if (raw) return out.append(bytes);
  fuzz::Script script(bytes);
  for (uint32_t newest = 7; !script.empty();) out += fuzz::nextFrames(script, false, newest);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using conformance::Split;
  if (size < 2) return 0;
  const uint8_t mode = data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  http::H2Settings settings;
  settings.stream_error_on_invalid_message = (mode & 4) != 0;
  if ((mode & 8) != 0) settings.initial_stream_window = settings.initial_connection_window = 65535;
  const std::string octets = serverOctets(bytes, (mode & 1) != 0);
  static net::EventLoop loop;
  fuzz::Script script(bytes);
  std::vector<std::unique_ptr<Response>> responses;
  for (const std::string_view method : {"GET", "POST", "HEAD", "PUT"}) {
    responses.push_back(std::make_unique<Response>(method, script));
  }
  Sink sink;
  Owner owner;
  const auto codec = http::makeH2ClientCodec({sink, loop, owner}, owner, settings);
  for (const auto& response : responses) ask(*codec, *response);
  bool full = false;
  for (const std::string& read : conformance::cut(octets, (mode & 16) != 0   ? Split::Octets
                                                          : (mode & 32) != 0 ? Split::Lines
                                                                             : Split::Whole)) {
    if (owner.over) break;
    codec->dispatch(read);
    if (script.next() % 16 == 1) codec->onSinkFull(full = !full);
    if (script.next() % 4 == 1) {
      for (const auto& response : responses) response->act();
    }
  }
  if ((mode & 64) != 0) codec->onEof();
  return 0;
}
