#include "master/upstream/grpc_probe.h"

#include <optional>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "common/net/socket.h"
#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

using Kind = ProbeResult::Kind;

TEST(GrpcHealth, ARequestIsAFramedMessageWithTheService) {
  EXPECT_EQ(grpcHealthRequest(""), std::string(5, '\0'));
  EXPECT_EQ(grpcHealthRequest("ab"), std::string("\0\0\0\0\x04\x0a\x02"
                                                 "ab",
                                                 9));
}

TEST(GrpcHealth, AnAnswerIsAFramedMessageWithAStatus) {
  EXPECT_EQ(grpcHealthStatus(std::string("\0\0\0\0\x02\x08\x01", 7)), 1);
  EXPECT_EQ(grpcHealthStatus(std::string("\0\0\0\0\x00", 5)), 0);
  // A field of a later version, then the status.
  EXPECT_EQ(grpcHealthStatus(std::string("\0\0\0\0\x05\x12\x01x\x08\x02", 10)), 2);
}

TEST(GrpcHealth, WhatIsNoMessageHasNoStatus) {
  for (const std::string& bad :
       {std::string(), std::string("\x01\0\0\0\0", 5), std::string("\0\0\0\0\x09\x08\x01", 7),
        std::string("\0\0\0\0\x01\x08", 6), std::string("\0\0\0\0\x03\x12\x7fx", 8)}) {
    EXPECT_EQ(grpcHealthStatus(bad), -1);
  }
}

// A gRPC server of one connection at a time, on the loop of the test.
class HealthServer : private net::ConnectionCallbacks,
                     private http::ServerCallbacks,
                     private http::RequestDecoder,
                     private http::H2Observer {
 public:
  explicit HealthServer(net::EventLoop& loop) : loop_(loop) {
    net::ListenOptions options;
    listening_ = std::move(*net::listenOn(*net::Address::fromIp("127.0.0.1", 0), options));
    accept_ = loop_.createTimer([this] { acceptOne(); });
    accept_->start(1);
  }
  uint16_t port() const { return net::Address::localOf(listening_.get())->port(); }
  std::string status = "0";  // grpc-status
  char serving = 1;          // of the message
  std::string path, body;    // of the last request
  std::string authority;
  int connections = 0;

 private:
  void acceptOne() {
    accept_->start(1);
    base::UniqueFd fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) return;
    ++connections;
    net::ConnectionCallbacks& callbacks = *this;
    connection_ = std::make_unique<net::Connection>(loop_, std::move(fd), callbacks);
    http::ServerCallbacks& server = *this;
    http::H2Observer& observer = *this;
    settings_.rules.forward_trailers = true;
    codec_ = http::makeH2ServerCodec({*connection_, loop_, observer}, server, settings_);
    connection_->start(true);
  }
  void onRead(std::string_view bytes) override { codec_->dispatch(bytes); }
  void onReadEof() override { connection_->close(net::Connection::Close::Now); }
  void onClosed(net::CloseReason) override {}
  http::RequestDecoder& newStream(http::ResponseEncoder& encoder) override {
    encoder_ = &encoder;
    request_.clear();
    body.clear();
    return *this;
  }
  void onProtocolError(const http::ProtocolError&, http::ResponseEncoder&, bool) override {}
  void onHeadStarted() override {}
  void onStreamComplete(bool) override {}
  void onReadDisable(bool) override {}
  http::RequestHead& head() override { return request_; }
  base::Arena& arena() override { return arena_; }
  void onHeaders(bool) override {
    path = request_.path;
    authority = request_.authority;
  }
  void onData(std::string_view data, bool end) override {
    body += data;
    if (end) answer();
  }
  void onTrailers(http::HeaderMap&) override {}
  void onReset(http::ResetReason) override {}
  void count(http::H2Counter) override {}
  void answer() {
    http::ResponseHead head;
    head.status = 200;
    head.headers.add("content-type", "application/grpc");
    encoder_->encodeHeaders(head, false);
    encoder_->encodeData(std::string("\0\0\0\0\x02\x08", 6) + serving, false);
    http::HeaderMap trailers;
    trailers.add(http::HeaderId::GrpcStatus, status);
    encoder_->encodeTrailers(trailers);
  }

  net::EventLoop& loop_;
  base::UniqueFd listening_;
  std::unique_ptr<net::Timer> accept_;
  std::unique_ptr<net::Connection> connection_;
  http::H2Settings settings_;
  std::unique_ptr<http::ServerCodec> codec_;
  http::ResponseEncoder* encoder_ = nullptr;
  http::RequestHead request_;
  base::Arena arena_;
};

class GrpcProbeTest : public ::testing::Test {
 protected:
  GrpcProbeTest() {
    check_.kind = config::HealthCheck::Kind::Grpc;
    check_.timeout_ms = 5000;
    check_.grpc_service = "s";
  }
  ProbeResult ask() {
    if (probe_ == nullptr) {
      probe_ =
          makeProbe(loop_, check_, {*net::Address::fromIp("127.0.0.1", server_.port()), "service"});
    }
    std::optional<ProbeResult> result;
    probe_->start([&](const ProbeResult& r) { result = r; });
    EXPECT_TRUE(turnUntil(loop_, [&] { return result.has_value(); }));
    return result.value_or(ProbeResult{Kind::Network, false, "(no report)"});
  }

  net::EventLoop loop_;
  HealthServer server_{loop_};
  config::HealthCheck check_;
  std::unique_ptr<Probe> probe_;
};

TEST_F(GrpcProbeTest, AServingHostIsWellAndKeepsItsConnection) {
  EXPECT_EQ(ask().kind, Kind::Success);
  EXPECT_EQ(ask().kind, Kind::Success);
  EXPECT_EQ(server_.connections, 1);
  EXPECT_EQ(server_.path, "/grpc.health.v1.Health/Check");
  EXPECT_EQ(server_.authority, "service");
  EXPECT_EQ(server_.body, grpcHealthRequest("s"));
}

TEST_F(GrpcProbeTest, AHostThatDoesNotServeIsNot) {
  server_.serving = 2;
  const ProbeResult result = ask();
  EXPECT_EQ(result.kind, Kind::Failure);
  EXPECT_EQ(result.why, "it does not say SERVING");
}

TEST_F(GrpcProbeTest, AnErrorIsAFailure) {
  server_.status = "5";
  EXPECT_EQ(ask().why, "grpc-status 5");
  server_.status = "0";
  EXPECT_EQ(ask().kind, Kind::Success);
}

}  // namespace
}  // namespace convoy::master
