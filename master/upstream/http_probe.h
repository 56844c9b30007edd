// http_probe: a host is well if it answers a request with an expected status (and service name, and
// body, where the check has them). Part of probe; the master's loop.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/base/arena.h"
#include "common/http/h1_codec.h"
#include "common/http/h2_codec.h"
#include "master/upstream/probe_line.h"

namespace convoy::master {

class HttpProbe final : public ProbeLine,
                        private http::ClientCallbacks,
                        private http::ResponseDecoder,
                        private http::H2Observer {
 public:
  HttpProbe(net::EventLoop& loop, const config::HealthCheck& check, ProbeTarget target);
  ~HttpProbe() override { abort(); }

 private:
  void ask() override;
  void reset() override;
  void dropped() override;
  void judge(bool reusable);

  // net::ConnectionCallbacks
  void onRead(std::string_view bytes) override;
  void onReadEof() override;
  // http::ClientCallbacks
  void onStreamComplete(bool reusable) override;
  void onProtocolError(const http::ProtocolError& error) override;
  void onReadDisable(bool) override {}
  // http::ResponseDecoder
  http::ResponseHead& head() override { return response_; }
  base::Arena& arena() override { return arena_; }
  void onInformational() override {}
  void onHeaders(bool end) override;
  void onData(std::string_view data, bool end) override;
  void onTrailers(http::HeaderMap&) override;
  void onReset(http::ResetReason) override;
  // http::H2Observer
  void count(http::H2Counter) override {}

  http::H1Settings settings_;
  http::H2Settings h2_settings_;
  std::string length_;
  http::RequestHead request_;
  http::ResponseHead response_;
  base::Arena arena_;
  std::string body_;
  std::unique_ptr<http::ClientCodec> codec_;
};

}  // namespace convoy::master
