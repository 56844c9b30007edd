#include <string>

#include <gtest/gtest.h>

#include "common/http/h1_codec.h"

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

struct Client final : ClientCallbacks, ResponseDecoder {
  Client() : codec(makeH1ClientCodec(sink, *this, settings)) { begin(); }

  void begin(bool end = true) {
    RequestHead request;
    request.method = Method::Get;
    request.method_name = "GET";
    request.path = "/";
    request.authority = "a";
    encoder = &codec->newStream(*this);
    encoder->encodeHeaders(request, end);
  }
  void onStreamComplete(bool reusable) override {
    ++complete;
    kept = reusable;
  }
  void onProtocolError(const ProtocolError& e) override { error = e.detail; }
  void onReadDisable(bool disable) override { paused += disable ? 1 : -1; }
  ResponseHead& head() override { return head_; }
  base::Arena& arena() override { return arena_; }
  void onInformational() override { ++informational; }
  void onHeaders(bool) override { status = head_.status; }
  void onData(std::string_view data, bool) override { body.append(data); }
  void onTrailers(HeaderMap&) override {}
  void onReset(ResetReason reason) override {
    ++resets;
    reset = reason;
  }

  H1Settings settings;
  Sink sink;
  ResponseHead head_;
  base::Arena arena_;
  RequestEncoder* encoder = nullptr;
  std::string body, error;
  int complete = 0, paused = 0, informational = 0, status = 0, resets = 0;
  bool kept = false;
  ResetReason reset = ResetReason::LocalReset;
  std::unique_ptr<ClientCodec> codec;
};

TEST(H1ClientCodec, AWholeResponseBehindACutInterimOneIsNotLeftWaiting) {
  Client client;
  client.codec->dispatch("HTTP/1.1 103 Early Hints\r\n\r");
  client.codec->dispatch("\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(client.informational, 1);
  EXPECT_EQ(client.status, 200);
  EXPECT_EQ(client.body, "hi");
  EXPECT_EQ(client.complete, 1);
}

RequestHead connectTo(std::string_view authority) {
  RequestHead request;
  request.method = Method::Connect;
  request.method_name = "CONNECT";
  request.authority = authority;
  request.upgrade = kConnectUpgrade;
  return request;
}

TEST(H1ClientCodec, ASuccessOfConnectIsATunnelWhateverItSaysOfALength) {
  Client client;
  client.codec->dispatch("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  client.sink.text.clear();
  client.encoder = &client.codec->newStream(client);
  client.encoder->encodeHeaders(connectTo("a:1"), false);
  EXPECT_EQ(client.sink.text, "CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n");
  client.codec->dispatch("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nmore than two");
  EXPECT_EQ(client.head_.upgrade, kConnectUpgrade);
  EXPECT_EQ(client.body, "more than two");
}

TEST(H1ClientCodec, AFailureOfConnectIsAnOrdinaryResponse) {
  Client client;
  client.codec->dispatch("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  client.encoder = &client.codec->newStream(client);
  client.encoder->encodeHeaders(connectTo("a:1"), false);
  client.codec->dispatch("HTTP/1.1 407 Who\r\nContent-Length: 2\r\n\r\nno");
  EXPECT_EQ(client.head_.upgrade, "");
  EXPECT_EQ(client.body, "no");
}

TEST(H1ClientCodec, ARawConnectionIsTheAnswerAndCarriesOnlyTheTunnel) {
  Client client;
  client.codec->dispatch("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  client.sink.text.clear();
  RequestHead request = connectTo("a:1");
  request.to_raw = true;
  client.encoder = &client.codec->newStream(client);
  client.encoder->encodeHeaders(request, false);
  EXPECT_EQ(client.status, 200);
  client.encoder->encodeData("out", false);
  client.codec->dispatch("HTTP/1.1 in");
  EXPECT_EQ(client.sink.text, "out");
  EXPECT_EQ(client.body, "HTTP/1.1 in");
}

TEST(H1ClientCodec, AConnectionCarriesOneExchangeAfterTheOther) {
  Client client;
  for (int i = 1; i <= 3; ++i) {
    client.codec->dispatch("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(client.complete, i);
    EXPECT_TRUE(client.kept);
    client.begin();
  }
}

TEST(H1ClientCodec, BytesWithoutARequestAreAnError) {
  Client client;
  client.codec->dispatch("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  client.codec->dispatch("HTTP/1.1 200 OK\r\n");
  EXPECT_EQ(client.error, "bytes_after_response");
  EXPECT_EQ(client.resets, 0);
}

TEST(H1ClientCodec, BytesBehindAWholeResponseSpoilOnlyTheConnection) {
  Client client;
  client.codec->dispatch("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiX");
  EXPECT_EQ(client.body, "hi");
  EXPECT_FALSE(client.kept);
  EXPECT_EQ(client.error, "");
}

TEST(H1ClientCodec, AResponseBeforeTheEndOfTheRequestWaitsForIt) {
  Client client;
  client.codec->dispatch("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  client.begin(false);
  client.codec->dispatch("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.complete, 1);
  client.encoder->encodeData("", true);
  EXPECT_EQ(client.complete, 2);
}

TEST(H1ClientCodec, AnEofInsideABodyResetsTheStream) {
  Client client;
  client.codec->dispatch("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
  client.codec->onEof();
  EXPECT_EQ(client.resets, 1);
  EXPECT_EQ(client.reset, ResetReason::ConnectionTermination);
  EXPECT_EQ(client.complete, 0);
}

TEST(H1ClientCodec, APausedStreamIsUnpausedAtItsEnd) {
  Client client;
  client.encoder->readDisable(true);
  client.encoder->readDisable(true);
  EXPECT_EQ(client.paused, 2);
  client.codec->dispatch("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.paused, 0);
}

}  // namespace
}  // namespace convoy::http
