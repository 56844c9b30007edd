// attempt: one try to have one request answered by one host: waits for a connection, sends,
// receives, and reports. A stream embeds it and may start it again (the keep-alive race, later
// retries). Knows nothing of routes or of the downstream. Worker loop.
//
//   Idle --start--> Waiting --connection--> Active --response and request ended--> Idle
//                     | pool failure          | reset, abort
//                     +--------> Idle <-------+
#pragma once

#include <cstdint>
#include <string_view>

#include "common/http/codec.h"
#include "worker/upstream/cluster.h"
#include "worker/upstream/conn_pool.h"

namespace convoy::worker {

// The stream's side. All may be called from inside start(); each may abort() the attempt.
class AttemptCallbacks {
 public:
  virtual ~AttemptCallbacks() = default;
  // A connection is there: encode the request now.
  virtual void onAttemptReady() = 0;
  virtual http::ResponseHead& responseHead() = 0;
  virtual base::Arena& responseArena() = 0;
  virtual void onUpstreamInformational() = 0;
  virtual void onUpstreamHeaders(bool end, uint64_t now_us) = 0;
  virtual void onUpstreamData(std::string_view data, bool end) = 0;
  // Where data of the response may go without coming by here; null: nowhere.
  virtual net::Connection* responseSink() = 0;
  virtual void onUpstreamRelayed(size_t size, bool end) = 0;
  virtual void onUpstreamTrailers(http::HeaderMap& trailers) = 0;
  // The attempt is over without (or in the middle of) a response. `stale`: nothing of a response
  // came and the connection had served before, so the request may never have been read.
  virtual void onAttemptFailed(http::ResetReason reason, bool stale) = 0;
  virtual void onUpstreamFull(bool full) = 0;
};

class Attempt final : private PoolWaiter,
                      private http::ResponseDecoder,
                      private UpstreamFlowCallbacks {
 public:
  enum class State : uint8_t { Idle, Waiting, Active };
  explicit Attempt(AttemptCallbacks& callbacks) : callbacks_(callbacks) {}
  ~Attempt() override;

  // REQUIRES: state Idle. `fresh`: on a new connection.
  // `downstream`: what the client speaks, for a cluster that follows it. `now_us`: the time.
  // `key`: who else may use the connection.
  void start(Cluster& cluster, HostPtr host, bool fresh, http::Protocol downstream, uint64_t now_us,
             Priority priority = Priority::Default, const PoolKey& key = {});
  // Goes on with a tunnel from another process. REQUIRES: state Idle. False: nothing was begun.
  bool resumeTunnel(Cluster& cluster, HostPtr host, base::UniqueFd fd);
  // The tunnel lives on in another process. REQUIRES: state Active.
  void moved();
  // Stops without a report; an active upstream connection is closed.
  void abort();
  // The request took too long: its host is to blame if it has not answered at all.
  void timedOut();
  // Stops, and forgets cluster and host too.
  // Octets on the wire of the last attempt, both ends of its messages included.
  uint64_t wireSent() const { return wire_sent_; }
  uint64_t wireReceived() const { return wire_received_; }
  void clear();
  void readDisable(bool disable);  // of the response; no-op unless Active
  // The request's parts. REQUIRES: state Active.
  void sendHeaders(const http::RequestHead& head, bool end);
  void sendData(std::string_view data, bool end);
  void sendTrailers(const http::HeaderMap& trailers);
  // Where data of the request may go by itself; null: nowhere now. Then it is told to sentRelayed.
  net::Connection* requestSink();
  void sentRelayed(size_t size, bool end);

  State state() const { return state_; }
  const HostPtr& host() const { return host_; }
  Cluster* cluster() { return cluster_; }
  net::Connection* connection() {
    return connection_ == nullptr ? nullptr : &connection_->connection();
  }
  bool http2() const { return http2_; }  // the last one
  // Of the last failure: what the transport says of it; "" for nothing.
  const std::string& transportFailure() const { return transport_failure_; }
  bool responseStarted() const { return response_started_; }

 private:
  // PoolWaiter
  void onPoolReady(UpstreamConnection& connection) override;
  void onPoolFailure(http::ResetReason reason) override;
  // ResponseDecoder
  http::ResponseHead& head() override { return callbacks_.responseHead(); }
  base::Arena& arena() override { return callbacks_.responseArena(); }
  void onInformational() override;
  void onHeaders(bool end) override;
  void onData(std::string_view data, bool end) override;
  void onRelayed(size_t size, bool end) override;
  void onTrailers(http::HeaderMap& trailers) override;
  void onReset(http::ResetReason reason) override;
  void onEncoderFull(bool full) override { callbacks_.onUpstreamFull(full); }
  // UpstreamFlowCallbacks
  void onUpstreamFull(bool full) override { callbacks_.onUpstreamFull(full); }
  net::Connection* responseSink() override { return callbacks_.responseSink(); }

  void finish();
  void finishResponse();
  void countReset(http::ResetReason reason);

  AttemptCallbacks& callbacks_;
  State state_ = State::Idle;
  uint64_t sent_before_ = 0;  // by the connection, for others
  uint64_t received_before_ = 0;
  uint64_t wire_sent_ = 0;
  uint64_t wire_received_ = 0;
  uint64_t started_us_ = 0;
  bool response_started_ = false;
  bool http2_ = false;
  bool request_ended_ = false;
  Priority priority_ = Priority::Default;
  Cluster* cluster_ = nullptr;
  HostPtr host_;
  std::shared_ptr<ConnPool> pool_;  // the one that was asked last
  std::string transport_failure_;
  UpstreamConnection* connection_ = nullptr;
  http::RequestEncoder* encoder_ = nullptr;
};

}  // namespace convoy::worker
