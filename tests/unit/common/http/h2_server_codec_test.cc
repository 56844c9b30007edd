#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "common/http/h2_codec.h"
#include "common/net/event_loop.h"
#include "common/net/poller.h"
#include "tests/fakes/h2_client.h"

namespace convoy::http {
namespace {

using fakes::H2Client;
using fakes::h2Frame;
using Fields = H2Client::Fields;

struct Sink final : net::ByteSink {
  void write(std::string_view bytes) override { text.append(bytes); }
  void write(std::string_view head, std::string_view body) override {
    text.append(head);
    text.append(body);
  }
  std::string text;
};

struct Seen final : RequestDecoder {
  explicit Seen(ResponseEncoder& e) : encoder(&e) {}
  RequestHead& head() override { return head_; }
  base::Arena& arena() override { return arena_; }
  void onHeaders(bool end) override {
    ++heads;
    ended |= end;
    if (answers_at_once) answer("hello");
  }
  void onData(std::string_view data, bool end) override {
    body.append(data);
    ended |= end;
  }
  void onTrailers(HeaderMap& t) override {
    trailers = t;
    ended = true;
  }
  void onReset(ResetReason reason) override { reset = reason; }
  void onEncoderFull(bool is_full) override { full = is_full; }
  void answer(std::string_view text, int status = 200) {
    ResponseHead response;
    response.status = status;
    response.body = BodyKind::Length;
    response.content_length = text.size();
    response.headers.add("x-from", "test");
    encoder->encodeHeaders(response, text.empty());
    if (!text.empty()) encoder->encodeData(text, true);
  }
  void open() {
    ResponseHead response;
    response.body = BodyKind::Chunked;
    encoder->encodeHeaders(response, false);
  }

  ResponseEncoder* encoder;
  RequestHead head_;
  base::Arena arena_;
  std::string body;
  HeaderMap trailers;
  std::optional<ResetReason> reset;
  bool ended = false, full = false, gone = false, answers_at_once = false;
  int heads = 0, refused = 0;
  std::string why;
};

// A client, the codec, and what the streams heard.
struct World final : ServerCallbacks, H2Observer {
  explicit World(const H2Settings& s = {}, uint32_t client_window = 65535)
      : settings(s), client(client_window) {
    codec = makeH2ServerCodec({sink, loop, *this}, *this, settings);
    pump();
  }
  RequestDecoder& newStream(ResponseEncoder& encoder) override {
    seen.push_back(std::make_unique<Seen>(encoder));
    seen.back()->answers_at_once = answers_at_once;
    return *seen.back();
  }
  void onProtocolError(const ProtocolError& error, ResponseEncoder&, bool) override {
    last().refused = error.status;
    last().why = error.detail;
    last().answer("no", error.status);
  }
  void onHeadStarted() override { ++heads_started; }
  void onStreamComplete(bool) override { FAIL() << "that is HTTP/1's"; }
  void onReadDisable(bool) override { FAIL() << "a stream must not stop the others"; }
  void onStreamEnded(RequestDecoder& stream) override {
    static_cast<Seen&>(stream).gone = true;
    ++ended;
  }
  void onSessionOver(bool) override { over = true; }
  void count(H2Counter counter) override { ++counts[counter]; }

  Seen& last() { return *seen.back(); }
  void pump() {
    for (;;) {
      turn();
      const std::string up = client.output();
      if (!up.empty()) codec->dispatch(up);
      const std::string down = std::exchange(sink.text, {});
      if (!down.empty()) client.input(down);
      if (up.empty() && down.empty()) return;
    }
  }
  // The end of the batch of events.
  void turn() {
    loop.poller().wait(0);
    loop.poller().dispatch();
  }
  void raw(std::string_view bytes) {
    codec->dispatch(bytes);
    pump();
  }
  const H2Client::Answer& answer(int32_t id) { return client.answers[id]; }

  H2Settings settings;
  net::EventLoop loop;
  Sink sink;
  std::vector<std::unique_ptr<Seen>> seen;
  std::map<H2Counter, int> counts;
  H2Client client;
  bool answers_at_once = false, over = false;
  int ended = 0, heads_started = 0;
  std::unique_ptr<ServerCodec> codec;
};

TEST(H2ServerCodec, SeveralStreamsAreAnsweredInAnyOrder) {
  World world;
  const int32_t a = world.client.request(H2Client::get("/a"));
  const int32_t b = world.client.request(H2Client::get("/b?q"));
  world.pump();
  ASSERT_EQ(world.seen.size(), 2u);
  EXPECT_EQ(world.seen[0]->head_.path, "/a");
  EXPECT_EQ(world.seen[1]->head_.path, "/b?q");
  EXPECT_EQ(world.seen[1]->head_.authority, "example.com");
  EXPECT_EQ(world.seen[1]->head_.protocol, Protocol::Http2);
  EXPECT_TRUE(world.seen[0]->ended);
  world.seen[1]->answer("second");
  world.seen[0]->answer("first");
  world.pump();
  EXPECT_EQ(world.answer(a).body, "first");
  EXPECT_EQ(world.answer(b).body, "second");
  EXPECT_EQ(world.answer(b).field(0, "content-length"), "6");
  EXPECT_EQ(world.answer(b).field(0, "x-from"), "test");
  EXPECT_TRUE(world.seen[0]->gone && world.seen[1]->gone);
  EXPECT_EQ(world.ended, 2);
}

TEST(H2ServerCodec, AnAnswerFromInsideTheHeadGoesOut) {
  World world;
  world.answers_at_once = true;
  const int32_t id = world.client.request(H2Client::get());
  world.pump();
  EXPECT_EQ(world.answer(id).body, "hello");
  EXPECT_TRUE(world.last().gone);
}

TEST(H2ServerCodec, BodiesAndTrailersGoBothWays) {
  World world;
  const int32_t id = world.client.request(
      {{":method", "POST"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}}, false);
  world.client.more(id, std::string(100000, 'x'), false);
  world.client.trailers(id, {{"grpc-status", "0"}, {"host", "b"}});
  world.pump();
  EXPECT_EQ(world.last().body.size(), 100000u);
  EXPECT_EQ(world.last().head_.body, BodyKind::Chunked);
  EXPECT_TRUE(world.last().ended);
  ASSERT_EQ(world.last().trailers.size(), 1u) << "an authority in trailers is none";
  world.last().open();
  world.last().encoder->encodeData("data", false);
  HeaderMap trailers;
  trailers.add("grpc-status", "7");
  world.last().encoder->encodeTrailers(trailers);
  world.pump();
  EXPECT_EQ(world.answer(id).body, "data");
  EXPECT_EQ(world.answer(id).field(1, "grpc-status"), "7");
  EXPECT_TRUE(world.answer(id).closed);
  EXPECT_TRUE(world.last().gone);
}

TEST(H2ServerCodec, InformationalHeadsComeBeforeTheAnswer) {
  World world;
  const int32_t id = world.client.request(H2Client::get());
  world.pump();
  ResponseHead early;
  early.status = 103;
  world.last().encoder->encodeInformational(early);
  world.last().answer("x");
  world.pump();
  ASSERT_EQ(world.answer(id).heads.size(), 2u);
  EXPECT_EQ(world.answer(id).field(0, ":status"), "103");
  EXPECT_EQ(world.answer(id).field(1, ":status"), "200");
}

TEST(H2ServerCodec, ACookieInPartsIsOneCookie) {
  World world;
  Fields fields = H2Client::get();
  fields.push_back({"cookie", "a=1"});
  fields.push_back({"cookie", "b=2"});
  world.client.request(fields);
  world.pump();
  EXPECT_EQ(*world.last().head_.headers.find(HeaderId::Cookie), "a=1; b=2");
  EXPECT_EQ(world.last().head_.headers.count(HeaderId::Cookie), 1u);
}

// What HTTP/1 would refuse, or would read otherwise than we do, never becomes a request.
struct Smuggled {
  const char* what;
  Fields fields;
};
class H2Smuggling : public testing::TestWithParam<Smuggled> {};

TEST_P(H2Smuggling, IsRefused) {
  H2Settings settings;
  settings.stream_error_on_invalid_message = true;
  World world(settings);
  const int32_t id = world.client.request(GetParam().fields);
  world.pump();
  const bool reset = world.answer(id).closed && world.answer(id).code == NGHTTP2_PROTOCOL_ERROR;
  const bool refused = !world.seen.empty() && world.last().refused >= 400;
  EXPECT_TRUE(reset || refused);
  for (const auto& seen : world.seen) EXPECT_EQ(seen->heads, 0);
  const int32_t good = world.client.request(H2Client::get());
  world.pump();
  EXPECT_EQ(world.last().heads, 1) << "the connection goes on";
  EXPECT_FALSE(world.answer(good).closed);
}

Fields with(const char* name, const char* value) {
  Fields fields = H2Client::get();
  for (auto& [own, old] : fields) {
    if (own == name) {
      old = value;
      return fields;
    }
  }
  fields.push_back({name, value});
  return fields;
}
Fields without(const char* name) {
  Fields fields = H2Client::get();
  std::erase_if(fields, [&](const auto& field) { return field.first == name; });
  return fields;
}
Fields twice(const char* name, const char* value) {
  Fields fields = H2Client::get();
  fields.insert(fields.begin(), {name, value});
  return fields;
}

INSTANTIATE_TEST_SUITE_P(
    Heads, H2Smuggling,
    testing::Values(
        Smuggled{"te", with("transfer-encoding", "chunked")},
        Smuggled{"connection", with("connection", "keep-alive")},
        Smuggled{"upgrade", with("upgrade", "websocket")}, Smuggled{"te_gzip", with("te", "gzip")},
        Smuggled{"crlf", with("x-a", "1\r\nHost: b")}, Smuggled{"lf", with("x-a", "1\n2")},
        Smuggled{"space_name", with("x a", "1")}, Smuggled{"colon_name", with("x:a", "1")},
        Smuggled{"path_space", with(":path", "/a b")},
        Smuggled{"path_crlf", with(":path", "/ HTTP/1.1\r\nX: y")},
        Smuggled{"path_absolute", with(":path", "http://b/")},
        Smuggled{"path_empty", with(":path", "")}, Smuggled{"path_star", with(":path", "*")},
        Smuggled{"method_space", with(":method", "GET /x")},
        Smuggled{"method_trace", with(":method", "TRACE")},
        Smuggled{"authority_bad", with(":authority", "a b")},
        Smuggled{"authority_user", with(":authority", "u@b")},
        Smuggled{"host_differs", with("host", "other")}, Smuggled{"scheme", with(":scheme", "ftp")},
        Smuggled{"no_path", without(":path")}, Smuggled{"no_method", without(":method")},
        Smuggled{"no_scheme", without(":scheme")}, Smuggled{"no_host", without(":authority")},
        Smuggled{"two_methods", twice(":method", "POST")},
        Smuggled{"two_paths", twice(":path", "/b")}, Smuggled{"status", with(":status", "200")},
        Smuggled{"late_pseudo",
                 {{"x-a", "1"},
                  {":method", "GET"},
                  {":scheme", "http"},
                  {":authority", "a"},
                  {":path", "/"}}},
        Smuggled{"length_without_body", with("content-length", "5")},
        Smuggled{"length_sign", with("content-length", "+0")},
        Smuggled{"connect", {{":method", "CONNECT"}, {":authority", "a:80"}}}),
    [](const auto& param) { return param.param.what; });

TEST(H2ServerCodec, MoreDataThanTheLengthResetsTheStream) {
  H2Settings settings;
  settings.stream_error_on_invalid_message = true;
  World world(settings);
  Fields fields = with("content-length", "3");
  fields[0].second = "POST";
  const int32_t id = world.client.request(fields, false);
  world.client.more(id, "abcdef", false);
  world.pump();
  EXPECT_TRUE(world.answer(id).closed);
  EXPECT_TRUE(world.last().reset.has_value());
  EXPECT_TRUE(world.last().gone);
}

TEST(H2ServerCodec, AMalformedMessageEndsTheConnectionUnlessToldOtherwise) {
  World world;
  world.client.request(with("connection", "close"));
  world.pump();
  EXPECT_TRUE(world.over);
  EXPECT_EQ(world.client.goaway_code, static_cast<uint32_t>(NGHTTP2_PROTOCOL_ERROR));
  EXPECT_EQ(world.counts[H2Counter::RxMessagingError], 1);
}

TEST(H2ServerCodec, TooLargeAHeadIs431) {
  H2Settings settings;
  settings.rules.max_head_bytes = 1000;
  World world(settings);
  const int32_t id = world.client.request(with("x-big", std::string(2000, 'x').c_str()));
  world.pump();
  EXPECT_EQ(world.answer(id).status(), "431");
  EXPECT_EQ(world.counts[H2Counter::HeaderOverflow], 1);
  EXPECT_EQ(world.last().heads, 0);
}

TEST(H2ServerCodec, AnAnswerWaitsForTheWindowAndItsProducerForIt) {
  World world({}, 10000);
  world.client.hold_windows = true;
  const int32_t id = world.client.request(H2Client::get());
  const int32_t other = world.client.request(H2Client::get());
  world.pump();
  world.seen[0]->open();
  world.seen[0]->encoder->encodeData(std::string(50000, 'a'), false);
  EXPECT_FALSE(world.seen[0]->full);
  world.seen[0]->encoder->encodeData(std::string(100000, 'a'), false);
  EXPECT_TRUE(world.seen[0]->full);
  world.pump();
  EXPECT_EQ(world.answer(id).body.size(), 10000u);
  world.seen[1]->answer("quick");
  world.pump();
  EXPECT_EQ(world.answer(other).body, "quick") << "one stalled stream stops no other";
  world.client.hold_windows = false;
  world.client.giveBack(id, 10000);
  world.pump();
  EXPECT_FALSE(world.seen[0]->full);
  world.seen[0]->encoder->encodeData({}, true);
  world.pump();
  EXPECT_EQ(world.answer(id).body.size(), 150000u);
  EXPECT_TRUE(world.seen[0]->gone);
}

TEST(H2ServerCodec, TrailersWaitForTheDataBeforeThem) {
  World world({}, 1000);
  world.client.hold_windows = true;
  const int32_t id = world.client.request(H2Client::get());
  world.pump();
  world.last().open();
  world.last().encoder->encodeData(std::string(1500, 'a'), false);
  {
    HeaderMap trailers;
    trailers.add("grpc-status", "5");
    world.last().encoder->encodeTrailers(trailers);
    trailers.clear();
    trailers.add("not-sent", "x");  // the caller's map is the caller's again
  }
  world.pump();
  EXPECT_FALSE(world.answer(id).closed);
  world.client.hold_windows = false;
  world.client.giveBack(id, 1000);
  world.pump();
  EXPECT_EQ(world.answer(id).body.size(), 1500u);
  EXPECT_EQ(world.answer(id).field(1, "grpc-status"), "5");
  EXPECT_TRUE(world.answer(id).closed);
}

TEST(H2ServerCodec, AStreamThatDoesNotReadGetsNoMoreThanItsWindow) {
  H2Settings settings;
  settings.initial_stream_window = 65536;
  World world(settings);
  Fields post = H2Client::get();
  post[0].second = "POST";
  const int32_t slow = world.client.request(post, false);
  const int32_t quick = world.client.request(post, false);
  world.pump();
  world.seen[0]->encoder->readDisable(true);
  world.client.more(slow, std::string(300000, 's'), true);
  world.client.more(quick, std::string(300000, 'q'), true);
  world.pump();
  EXPECT_LE(world.seen[0]->body.size(), 65536u);
  EXPECT_EQ(world.seen[1]->body.size(), 300000u);
  world.seen[0]->encoder->readDisable(false);
  world.pump();
  EXPECT_EQ(world.seen[0]->body.size(), 300000u);
}

TEST(H2ServerCodec, AnAnswerBeforeTheEndOfTheRequestEndsTheStream) {
  World world;
  Fields post = H2Client::get();
  post[0].second = "POST";
  const int32_t id = world.client.request(post, false);
  world.pump();
  world.last().answer("enough", 413);
  world.pump();
  EXPECT_TRUE(world.answer(id).closed);
  EXPECT_EQ(world.answer(id).code, static_cast<uint32_t>(NGHTTP2_NO_ERROR));
  EXPECT_TRUE(world.last().gone);
  EXPECT_FALSE(world.last().reset.has_value());
}

TEST(H2ServerCodec, AResetIsToldOnceAndOursIsNot) {
  World world;
  const int32_t a = world.client.request(H2Client::get());
  const int32_t b = world.client.request(H2Client::get());
  world.pump();
  world.client.reset(a);
  world.pump();
  EXPECT_EQ(world.seen[0]->reset, ResetReason::RemoteReset);
  EXPECT_EQ(world.ended, 1);
  world.seen[1]->encoder->reset(ResetReason::LocalReset);
  world.pump();
  EXPECT_TRUE(world.answer(b).closed);
  EXPECT_EQ(world.answer(b).code, static_cast<uint32_t>(NGHTTP2_INTERNAL_ERROR));
  EXPECT_EQ(world.ended, 1);
}

TEST(H2ServerCodec, DrainingLosesNoRequestThatWasOnItsWay) {
  World world;
  const int32_t before = world.client.request(H2Client::get());
  world.pump();
  world.codec->drain();
  // Sent before the notice arrived.
  const int32_t crossing = world.client.request(H2Client::get());
  world.codec->dispatch(world.client.output());
  world.pump();
  ASSERT_EQ(world.client.goaway_last.size(), 2u);
  EXPECT_EQ(world.client.goaway_last[0], INT32_MAX);
  EXPECT_EQ(world.client.goaway_last[1], crossing);
  EXPECT_FALSE(world.over);
  for (const auto& seen : world.seen) seen->answer("ok");
  world.pump();
  EXPECT_EQ(world.answer(before).body, "ok");
  EXPECT_EQ(world.answer(crossing).body, "ok");
  EXPECT_TRUE(world.over);
}

TEST(H2ServerCodec, EveryOctetMayComeAlone) {
  World world;
  Fields post = with("x-long", std::string(500, 'v').c_str());
  post[0].second = "POST";
  const int32_t id = world.client.request(post, false);
  world.client.more(id, "body", true);
  for (const char octet : world.client.output()) world.codec->dispatch({&octet, 1});
  ASSERT_EQ(world.seen.size(), 1u);
  EXPECT_EQ(world.last().body, "body");
  EXPECT_EQ(world.last().head_.headers.find("x-long")->size(), 500u);
  EXPECT_GT(world.heads_started, 0);
}

// --- floods: each ends with ENHANCE_YOUR_CALM and its counter ---

struct Flood {
  const char* what;
  H2Counter counter;
  std::string (*frames)(int i);
  int most;
};
class H2Flood : public testing::TestWithParam<Flood> {};

// Of the GOAWAY that is the last frame.
uint32_t goAwayCode(std::string_view wire) {
  if (wire.size() < 17 || wire[wire.size() - 17 + 3] != 7) return 0;
  return static_cast<unsigned char>(wire.back());
}

TEST_P(H2Flood, EndsTheConnection) {
  World world;
  const int32_t id = world.client.request(
      {{":method", "POST"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}}, false);
  world.pump();
  ASSERT_EQ(id, 1);
  int sent = 0;
  for (; sent < GetParam().most && !world.over; ++sent) {
    world.codec->dispatch(GetParam().frames(sent));
  }
  EXPECT_TRUE(world.over) << "after " << sent;
  EXPECT_EQ(world.counts[GetParam().counter], 1);
  EXPECT_EQ(goAwayCode(world.sink.text), static_cast<uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
  EXPECT_TRUE(world.seen[0]->gone) << "its stream is told";
}

// GET / of example.com, from the static table; END_HEADERS and END_STREAM.
std::string indexedGet(int i) {
  return h2Frame(1, 5, static_cast<uint32_t>(3 + 2 * i),
                 "\x82\x84\x86\x41\x01"
                 "a");
}

INSTANTIATE_TEST_SUITE_P(
    Frames, H2Flood,
    testing::Values(Flood{"rapid_reset", H2Counter::PrematureResets,
                          [](int i) {
                            return indexedGet(i) + h2Frame(3, 0, static_cast<uint32_t>(3 + 2 * i),
                                                           std::string("\0\0\0\x08", 4));
                          },
                          2000},
                    Flood{"empty_data", H2Counter::InboundEmptyFramesFlood,
                          [](int) { return h2Frame(0, 0, 1, ""); }, 10},
                    Flood{"settings", H2Counter::OutboundControlFlood,
                          [](int) { return h2Frame(4, 0, 0, ""); }, 200},
                    Flood{"ping", H2Counter::OutboundControlFlood,
                          [](int) { return h2Frame(6, 0, 0, "12345678"); }, 30000},
                    Flood{"priority", H2Counter::InboundPriorityFramesFlood,
                          [](int) { return h2Frame(2, 0, 1, std::string("\0\0\0\0\0", 5)); }, 300},
                    Flood{"window_update", H2Counter::InboundWindowUpdateFramesFlood,
                          [](int) { return h2Frame(8, 0, 0, std::string("\0\0\0\x01", 4)); }, 50},
                    Flood{"continuation", H2Counter::HeaderOverflow,
                          [](int i) {
                            return i == 0 ? h2Frame(1, 0, 3, "\x82") : h2Frame(9, 0, 3, "\x90");
                          },
                          50}),
    [](const auto& param) { return param.param.what; });

TEST(H2ServerCodec, AcknowledgementsForAClientThatDoesNotReadAreBounded) {
  World world;
  world.codec->onSinkFull(true);
  for (int i = 0; i < 1100 && !world.over; ++i) world.codec->dispatch(h2Frame(6, 0, 0, "12345678"));
  EXPECT_TRUE(world.over);
  EXPECT_EQ(world.counts[H2Counter::OutboundControlFlood], 1);
}

TEST(H2ServerCodec, StreamsAboveTheLimitAreRefused) {
  H2Settings settings;
  settings.max_concurrent_streams = 2;
  World world(settings);
  for (int i = 0; i < 3; ++i) world.codec->dispatch(indexedGet(i));
  EXPECT_EQ(world.seen.size(), 2u);
  EXPECT_TRUE(world.over) << "it had acknowledged the limit";
}

// nghttp2 drops it and tells nobody (RFC 9113 section 5.1).
TEST(H2ServerCodec, DataOnAStreamThatTheClientEndedIsAnError) {
  for (const bool reset : {true, false}) {
    World world;
    const int32_t id = world.client.request(H2Client::get(), !reset);
    world.pump();
    if (reset) {
      world.client.reset(id);
      world.pump();
    } else {
      world.last().answer("all");
      world.pump();
    }
    ASSERT_TRUE(world.last().gone);
    world.raw(h2Frame(0, 1, static_cast<uint32_t>(id), "late"));
    EXPECT_TRUE(world.over);
    EXPECT_EQ(world.client.goaway_code, static_cast<uint32_t>(NGHTTP2_STREAM_CLOSED));
  }
}

TEST(H2ServerCodec, DataBehindAResetInOneReadIsAnError) {
  World world;
  const int32_t id = world.client.request(H2Client::get(), false);
  world.pump();
  const auto stream = static_cast<uint32_t>(id);
  world.raw(h2Frame(3, 0, stream, std::string("\0\0\0\x08", 4)) + h2Frame(0, 1, stream, "x"));
  EXPECT_TRUE(world.over);
}

// What it had sent before it heard of our reset is no fault, but for a flood of nothing.
TEST(H2ServerCodec, DataOnAStreamThatWeResetIsDropped) {
  World world;
  const int32_t id = world.client.request(H2Client::get(), false);
  world.pump();
  world.last().encoder->reset(ResetReason::LocalReset);
  world.pump();
  const auto stream = static_cast<uint32_t>(id);
  for (int i = 0; i < 100; ++i) world.raw(h2Frame(0, 0, stream, "late"));
  EXPECT_FALSE(world.over);
  for (int i = 0; i < 3; ++i) world.raw(h2Frame(0, 0, stream, ""));
  EXPECT_TRUE(world.over);
  EXPECT_EQ(world.counts[H2Counter::InboundEmptyFramesFlood], 1);
}

TEST(H2ServerCodec, AMethodThatHttp1DoesNotKnowIs501) {
  World world;
  world.client.request(with(":method", "FROB"));
  world.pump();
  EXPECT_EQ(world.last().refused, 501);
  world.client.request(with(":method", "PROPFIND"));
  world.pump();
  EXPECT_EQ(world.last().heads, 1);
}

TEST(Preface, IsToldFromEveryRequest) {
  EXPECT_EQ(judgePreface("P"), Preface::MaybeHttp2);
  EXPECT_EQ(judgePreface("PO"), Preface::Http1);
  EXPECT_EQ(judgePreface("PRI * HTTP/2.0\r"), Preface::MaybeHttp2);
  EXPECT_EQ(judgePreface(kH2Preface), Preface::Http2);
  EXPECT_EQ(judgePreface("PRI * HTTP/1.1\r\n"), Preface::Http1);
}

}  // namespace
}  // namespace convoy::http
