#include <string>

#include <gtest/gtest.h>

#include "common/http/h1_codec.h"
#include "tests/fakes/count_allocations.h"

namespace convoy::http {
namespace {

struct Sink final : net::ByteSink {
  void write(std::string_view bytes) override { text.append(bytes); }
  void write(std::string_view head, std::string_view body) override {
    text.append(head);
    text.append(body);
  }
  std::string text;
};

// A connection and its stream in one, with what happened as text.
struct Server final : ServerCallbacks, RequestDecoder {
  explicit Server(const H1Settings& s = {})
      : settings(s), codec(makeH1ServerCodec(sink, *this, settings)) {}

  RequestDecoder& newStream(ResponseEncoder& e) override {
    encoder = &e;
    head_.clear();
    arena_.reset();
    return *this;
  }
  void onProtocolError(const ProtocolError& e, ResponseEncoder& enc, bool) override {
    encoder = &enc;
    refused = e.status;
  }
  void onHeadStarted() override { ++heads_started; }
  void onStreamComplete(bool keep_alive) override {
    ++complete;
    kept = keep_alive;
  }
  void onReadDisable(bool disable) override { paused += disable ? 1 : -1; }
  RequestHead& head() override { return head_; }
  base::Arena& arena() override { return arena_; }
  void onHeaders(bool end) override {
    ++requests;
    if (end && answer_at_end) answer(true);
  }
  void onData(std::string_view data, bool end) override {
    body.append(data);
    ended |= end;
    if (end && answer_at_end) answer(true);
  }
  void onTrailers(HeaderMap&) override {}
  void onReset(ResetReason) override {}

  void answer(bool end, int status = 200) {
    ResponseHead response;
    response.status = status;
    response.upgrade = head_.upgrade;
    response.body = status == 101 ? BodyKind::None : BodyKind::Length;
    encoder->encodeHeaders(response, end);
  }

  H1Settings settings;
  Sink sink;
  RequestHead head_;
  base::Arena arena_;
  ResponseEncoder* encoder = nullptr;
  std::string body;
  bool answer_at_end = false, ended = false, kept = false;
  int requests = 0, complete = 0, paused = 0, refused = 0, heads_started = 0;
  std::unique_ptr<ServerCodec> codec;
};

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

std::string post(size_t length) {
  return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

TEST(H1ServerCodec, AnAnswerInsideTheLastDataCompletesOnce) {
  Server server;
  server.answer_at_end = true;
  server.codec->dispatch(post(5) + "hello");
  EXPECT_EQ(server.complete, 1);
  EXPECT_TRUE(server.codec->betweenMessages());
  EXPECT_EQ(server.codec->unparsed(), "");
}

TEST(H1ServerCodec, APipelinedRequestWaitsForTheResponseBeforeIt) {
  Server server;
  server.codec->dispatch(std::string(kGet) + std::string(kGet));
  EXPECT_EQ(server.requests, 1);
  EXPECT_EQ(server.codec->unparsed(), kGet);
  server.answer(true);
  EXPECT_EQ(server.requests, 2);
  EXPECT_EQ(server.codec->unparsed(), "");
}

TEST(H1ServerCodec, OnHoldTheNextRequestIsKeptAsBytesUntilItIsWantedAgain) {
  Server server;
  server.codec->dispatch(std::string(kGet) + std::string(kGet));
  server.codec->hold(true);
  server.answer(true);
  server.codec->dispatch("GET /third");
  EXPECT_EQ(server.requests, 1);
  EXPECT_TRUE(server.codec->betweenMessages());
  EXPECT_EQ(server.codec->unparsed(), std::string(kGet) + "GET /third");
  server.codec->hold(false);
  EXPECT_EQ(server.requests, 2);
}

TEST(H1ServerCodec, BytesThatAnotherCodecHeldMakeTheSameRequest) {
  Server before, after;
  before.codec->dispatch("GET /a HTTP/1.1\r\nHo");
  EXPECT_TRUE(before.codec->betweenMessages());
  after.codec->dispatch(before.codec->unparsed());
  after.codec->dispatch("st: a\r\n\r\n");
  EXPECT_EQ(after.requests, 1);
  EXPECT_EQ(after.head_.path, "/a");
}

TEST(H1ServerCodec, ATunnelGoesOnInAnotherCodec) {
  Server server;
  EXPECT_FALSE(server.codec->inTunnel());
  ResponseEncoder& encoder = server.codec->resumeTunnel(server);
  EXPECT_TRUE(server.codec->inTunnel());
  server.codec->dispatch("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(server.body, "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(server.requests, 0);
  encoder.encodeData("raw", false);
  EXPECT_EQ(server.sink.text, "raw");
  encoder.encodeData({}, true);
  EXPECT_EQ(server.complete, 1);
  EXPECT_FALSE(server.kept);
}

TEST(H1ServerCodec, ManyPipelinedRequestsDoNotRecurse) {
  Server server;
  server.answer_at_end = true;
  std::string many;
  for (int i = 0; i < 100000; ++i) many += kGet;
  server.codec->dispatch(many);
  EXPECT_EQ(server.requests, 100000);
  EXPECT_EQ(server.complete, 100000);
}

TEST(H1ServerCodec, AClientThatPipelinesTooMuchIsPaused) {
  Server server;
  server.codec->dispatch(kGet);
  server.codec->dispatch(std::string(65 * 1024, 'x'));
  EXPECT_EQ(server.paused, 1);
  server.encoder->closeAfterResponse();
  server.answer(true);
  EXPECT_EQ(server.paused, 0);  // lingering reads what still comes
  EXPECT_FALSE(server.kept);
}

TEST(H1ServerCodec, TheRestOfASmallUploadIsDroppedAfterAnEarlyAnswer) {
  Server server;
  server.codec->dispatch(post(10) + "hello");
  server.answer(true);
  EXPECT_EQ(server.complete, 0);
  server.codec->dispatch("world" + std::string(kGet));
  EXPECT_EQ(server.complete, 1);
  EXPECT_EQ(server.requests, 2);
  EXPECT_EQ(server.body, "hello");
}

TEST(H1ServerCodec, AnEofWhileAnUploadIsDroppedEndsTheStream) {
  Server server;
  server.codec->dispatch(post(10) + "hello");
  server.answer(true);
  server.codec->onEof();
  EXPECT_EQ(server.complete, 1);
  EXPECT_FALSE(server.kept);
}

TEST(H1ServerCodec, AnEarlyAnswerToALargeUploadSaysClose) {
  Server server;
  server.codec->dispatch(post(10'000'000) + "hello");
  server.answer(true);
  EXPECT_NE(server.sink.text.find("connection: close\r\n"), std::string::npos);
  EXPECT_FALSE(server.kept);
}

TEST(H1ServerCodec, ExpectContinueIsAFactAndNotAField) {
  Server server;
  server.codec->dispatch(
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
  EXPECT_TRUE(server.head_.expects_continue);
  EXPECT_FALSE(server.head_.headers.has(HeaderId::Expect));
  ResponseHead head;
  head.status = 100;
  server.encoder->encodeInformational(head);
  EXPECT_EQ(server.sink.text, "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST(H1ServerCodec, TheHostIsFoundUnderItsThreeNames) {
  Server server;
  server.codec->dispatch("GET / HTTP/1.1\r\nHOST: Example.ORG:80\r\n\r\n");
  EXPECT_EQ(server.head_.authority, "example.org:80");
  for (const std::string_view name : {"host", ":authority"}) {
    ASSERT_NE(server.head_.find(name), nullptr);
    EXPECT_EQ(*server.head_.find(name), "example.org:80");
  }
  EXPECT_EQ(server.head_.headers.count(HeaderId::Host), 0u);
}

TEST(H1ServerCodec, AChunkedAnswerThatEndsWithItsHeadIsWhole) {
  Server server;
  server.codec->dispatch(kGet);
  ResponseHead head;
  head.body = BodyKind::Chunked;
  server.encoder->encodeHeaders(head, true);
  EXPECT_EQ(server.sink.text, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n");
}

TEST(H1ServerCodec, NoBodyFollowsA204) {
  Server server;
  server.codec->dispatch(kGet);
  ResponseHead head;
  head.status = 204;
  head.body = BodyKind::Chunked;
  server.encoder->encodeHeaders(head, false);
  server.encoder->encodeData("hello", true);
  EXPECT_EQ(server.sink.text, "HTTP/1.1 204 No Content\r\n\r\n");
}

constexpr std::string_view kUpgrade =
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";

TEST(H1ServerCodec, BytesBehindAnUpgradeRequestReachTheTunnel) {
  H1Settings settings;
  settings.allow_upgrade = true;
  Server server(settings);
  server.codec->dispatch(std::string(kUpgrade) + "early");
  EXPECT_EQ(server.body, "");
  server.answer(false, 101);
  server.codec->dispatch("late");
  EXPECT_EQ(server.body, "earlylate");
}

TEST(H1ServerCodec, AnEofBeforeThe101ReachesTheTunnel) {
  H1Settings settings;
  settings.allow_upgrade = true;
  Server server(settings);
  server.codec->dispatch(std::string(kUpgrade) + "early");
  server.codec->onEof();
  server.answer(false, 101);
  EXPECT_EQ(server.body, "early");
  EXPECT_TRUE(server.ended);
}

TEST(H1ServerCodec, ConnectIsATunnelOnceItIsAnswered) {
  H1Settings settings;
  settings.allow_connect = true;
  Server server(settings);
  server.codec->dispatch("CONNECT A.example:443 HTTP/1.1\r\nHost: b\r\n\r\nearly");
  EXPECT_EQ(server.head_.authority, "a.example:443");
  EXPECT_EQ(server.head_.upgrade, kConnectUpgrade);
  EXPECT_EQ(server.body, "");
  server.answer(false, 200);
  EXPECT_EQ(server.sink.text, "HTTP/1.1 200 OK\r\n\r\n");
  server.codec->dispatch("late");
  EXPECT_EQ(server.body, "earlylate");
}

TEST(H1ServerCodec, ConnectWithALengthIsRefused) {
  H1Settings settings;
  settings.allow_connect = true;
  Server server(settings);
  server.codec->dispatch("CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(server.refused, 400);
}

TEST(H1ServerCodec, OnlyATypeThatIsKnownAsksForAnUpgrade) {
  H1Settings settings;
  settings.allow_upgrade = true;
  settings.upgrade_types = {"spdy/3.1"};
  const auto upgradeOf = [&](const std::string& method, const std::string& type) {
    Server server(settings);
    server.codec->dispatch(
        method + " / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: " + type + "\r\n\r\n");
    return std::string(server.head_.upgrade);
  };
  EXPECT_EQ(upgradeOf("POST", "SPDY/3.1"), "SPDY/3.1");
  EXPECT_EQ(upgradeOf("GET", "WebSocket"), "websocket");
  EXPECT_EQ(upgradeOf("POST", "websocket"), "");
  EXPECT_EQ(upgradeOf("GET", "other"), "");
}

TEST(H1ServerCodec, NothingIsParsedAfterStop) {
  Server server;
  server.codec->stop();
  server.codec->dispatch(kGet);
  server.codec->onEof();
  EXPECT_EQ(server.requests + server.heads_started, 0);
}

TEST(H1ServerCodec, InTheSteadyStateARequestAllocatesNothing) {
  Server server;
  server.answer_at_end = true;
  const std::string request =
      "POST /a HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\nContent-Length: 5\r\n\r\nhello";
  for (int i = 0; i < 10; ++i) server.codec->dispatch(request);
  server.sink.text.clear();
  server.body.clear();
  const uint64_t before = fakes::allocationCount();
  for (int i = 0; i < 5; ++i) server.codec->dispatch(request);
  EXPECT_EQ(fakes::allocationCount(), before);
  EXPECT_EQ(server.complete, 15);
}

}  // namespace
}  // namespace convoy::http
