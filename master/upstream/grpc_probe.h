// grpc_probe: a host is well if its grpc.health.v1.Health says SERVING (Check, over HTTP/2). Part
// of probe; the master's loop.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/arena.h"
#include "common/http/h2_codec.h"
#include "master/upstream/probe_line.h"

namespace convoy::master {

// A HealthCheckRequest for `service`, framed as gRPC frames a message.
std::string grpcHealthRequest(std::string_view service);
// What a framed HealthCheckResponse says: its status (1: SERVING), or -1 if it is none.
int grpcHealthStatus(std::string_view body);

class GrpcProbe final : public ProbeLine,
                        private http::ClientCallbacks,
                        private http::ResponseDecoder,
                        private http::H2Observer {
 public:
  GrpcProbe(net::EventLoop& loop, const config::HealthCheck& check, ProbeTarget target);
  ~GrpcProbe() override { abort(); }

 private:
  static constexpr size_t kMostBytes = 64 * 1024;

  void ask() override;
  void reset() override { codec_.reset(); }
  void dropped() override;

  // net::ConnectionCallbacks
  void onRead(std::string_view bytes) override;
  // http::ClientCallbacks
  void onStreamComplete(bool) override {}
  void onProtocolError(const http::ProtocolError& error) override;
  void onReadDisable(bool) override {}
  void onGoAway() override;
  // http::ResponseDecoder
  http::ResponseHead& head() override { return response_; }
  base::Arena& arena() override { return arena_; }
  void onInformational() override {}
  void onHeaders(bool end) override;
  void onData(std::string_view data, bool end) override;
  void onTrailers(http::HeaderMap& trailers) override;
  void onReset(http::ResetReason) override;
  // http::H2Observer
  void count(http::H2Counter) override {}

  void judge(const http::HeaderMap& said);

  http::H2Settings settings_;
  http::RequestHead request_;
  http::ResponseHead response_;
  base::Arena arena_;
  std::string body_;
  std::unique_ptr<http::ClientCodec> codec_;
};

}  // namespace convoy::master
