// Upgrades towards an upstream of HTTP/2 (RFC 8441).
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "common/http/h2_codec.h"
#include "common/net/event_loop.h"
#include "common/net/poller.h"
#include "tests/fakes/h2_server.h"

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

struct Seen final : ResponseDecoder {
  ResponseHead& head() override { return head_; }
  base::Arena& arena() override { return arena_; }
  void onInformational() override {}
  void onHeaders(bool end) override {
    ++heads;
    ended |= end;
  }
  void onData(std::string_view data, bool end) override {
    body.append(data);
    ended |= end;
  }
  void onTrailers(HeaderMap&) override { ended = true; }
  void onReset(ResetReason why) override {
    ++resets;
    reason = why;
  }
  base::Arena arena_;
  ResponseHead head_;
  std::string body;
  int heads = 0, resets = 0;
  bool ended = false;
  ResetReason reason = ResetReason::LocalReset;
};

struct Silent final : ClientCallbacks, H2Observer {
  void onStreamComplete(bool) override {}
  void onProtocolError(const ProtocolError&) override {}
  void onReadDisable(bool) override {}
  void count(H2Counter) override {}
};

class H2Upgrades : public ::testing::Test {
 protected:
  H2Upgrades() {
    ask_.method = Method::Get;
    ask_.method_name = "GET";
    ask_.scheme = "http";
    ask_.authority = "a.example";
    ask_.path = "/chat";
    ask_.upgrade = "websocket";
    ask_.headers.add("sec-websocket-version", "13");
  }
  void turn() {
    loop_.poller().wait(0);
    loop_.poller().dispatch();
  }
  // Until both have said all they have to say.
  void exchange() {
    for (bool more = true; more;) {
      turn();
      const std::string ours = std::exchange(sink_.text, {});
      EXPECT_TRUE(server_.input(ours));
      const std::string theirs = server_.output();
      codec_->dispatch(theirs);
      more = !ours.empty() || !theirs.empty();
    }
  }
  RequestEncoder& begin() {
    RequestEncoder& encoder = codec_->newStream(seen_);
    encoder.encodeHeaders(ask_, false);
    return encoder;
  }

  net::EventLoop loop_;
  Sink sink_;
  Silent silent_;
  H2Settings settings_;
  fakes::H2Server server_;
  Seen seen_;
  RequestHead ask_;
  std::unique_ptr<ClientCodec> codec_ =
      makeH2ClientCodec({sink_, loop_, silent_}, silent_, settings_);
};

TEST_F(H2Upgrades, IsAConnectWithItsProtocolAndBecomesATunnel) {
  server_.sendSettings(true);
  exchange();
  RequestEncoder& encoder = begin();
  exchange();
  const fakes::H2Server::Request& asked = server_.requests[1];
  EXPECT_EQ(asked.field(":method"), "CONNECT");
  EXPECT_EQ(asked.field(":protocol"), "websocket");
  EXPECT_EQ(asked.field(":scheme"), "http");
  EXPECT_EQ(asked.field(":authority"), "a.example");
  EXPECT_EQ(asked.field(":path"), "/chat");
  EXPECT_EQ(asked.field("sec-websocket-version"), "13");
  server_.respond(1, {{":status", "200"}, {"x-by", "server"}});
  server_.more(1, "hello", false);
  exchange();
  EXPECT_EQ(seen_.head_.status, 101);
  EXPECT_EQ(seen_.head_.upgrade, "websocket");
  EXPECT_EQ(seen_.body, "hello");
  encoder.encodeData("ping", true);
  server_.more(1, "", true);
  exchange();
  EXPECT_EQ(server_.requests[1].body, "ping");
  EXPECT_TRUE(server_.requests[1].ended);
  EXPECT_TRUE(seen_.ended);
  EXPECT_EQ(codec_->openStreams(), 0u);
}

TEST_F(H2Upgrades, WaitsForTheSettingsWithTheDataBehindIt) {
  RequestEncoder& encoder = begin();
  encoder.encodeData("early", false);
  turn();
  fakes::H2Server other;
  EXPECT_TRUE(other.input(sink_.text));
  EXPECT_TRUE(other.requests.empty());
  server_.sendSettings(true);
  exchange();
  EXPECT_EQ(server_.requests[1].field(":protocol"), "websocket");
  EXPECT_EQ(server_.requests[1].body, "early");
}

TEST_F(H2Upgrades, IsNotSentToAServerThatHasNotOfferedIt) {
  server_.sendSettings(false);
  exchange();
  begin();
  exchange();
  EXPECT_TRUE(server_.requests.empty());
  EXPECT_EQ(seen_.resets, 1);
  EXPECT_EQ(seen_.reason, ResetReason::NoTunnels);
  EXPECT_EQ(codec_->openStreams(), 0u);
}

TEST_F(H2Upgrades, ThatWaitedIsGivenUpWhenTheSettingsSayNo) {
  begin();
  Seen other;
  codec_->newStream(other).encodeHeaders(ask_, false);
  server_.sendSettings(false);
  exchange();
  EXPECT_EQ(seen_.resets, 1);
  EXPECT_EQ(other.reason, ResetReason::NoTunnels);
  EXPECT_TRUE(server_.requests.empty());
}

TEST_F(H2Upgrades, ThatWaitedAndWasAbortedIsNotSent) {
  begin().reset(ResetReason::LocalReset);
  server_.sendSettings(true);
  exchange();
  EXPECT_TRUE(server_.requests.empty());
  EXPECT_EQ(seen_.resets, 0);
}

TEST_F(H2Upgrades, ARefusalIsAnOrdinaryAnswer) {
  server_.sendSettings(true);
  begin();
  exchange();
  server_.respond(1, {{":status", "404"}});
  server_.more(1, "no", true);
  exchange();
  EXPECT_EQ(seen_.head_.status, 404);
  EXPECT_EQ(seen_.head_.upgrade, "");
  EXPECT_EQ(seen_.body, "no");
}

}  // namespace
}  // namespace convoy::http
