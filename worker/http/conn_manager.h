// conn_manager: HTTP on one listener. HttpManager is the configured filter (routes, limits,
// counters, logs) and owns its connections; HttpConnection is one client: socket, codec, timers,
// and the streams in progress (HTTP/1: one; none while idle, so an idle connection is small). The
// first octets say which protocol the client speaks. Worker loop.
//
//   HttpConnection:
//     Idle --first byte--> Head --head complete--> Stream --both sides ended--> Idle (or Closing)
//       | idle timeout, drain deadline   | headers timeout: 408      | reset, timeout
//       +---------------> Closing <------+---------------------------+
//   While draining, a connection between two requests is handed to the successor (worker/handover),
//   a busy one after its response. One that cannot move is left alone until its next response,
//   which says Connection: close, or the drain deadline: closing it would race with a request on
//   its way (lifecycle.md section 6). One of HTTP/2 stays here, says GOAWAY and closes after its
//   last stream. Only when the server stops, one that nobody has used for a while is closed
//   earlier.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <vector>

#include "common/config/model/listener.h"
#include "common/http/h1_codec.h"
#include "common/http/h2_codec.h"
#include "common/ipc/handoff.h"
#include "common/net/connection.h"
#include "common/stats/stat_tables.h"
#include "worker/access_log/logger.h"
#include "worker/context.h"
#include "worker/filters/filter_chain.h"
#include "worker/http/forwarded.h"
#include "worker/http/h2_stats.h"
#include "worker/http/shadow.h"
#include "worker/listener/client_origin.h"
#include "worker/listener/tls_terminator.h"
#include "worker/network/gate.h"
#include "worker/route/route_table.h"
#include "worker/sentinel/ledger.h"
#include "worker/upstream/cluster.h"
#include "worker/upstream/proxy_origination.h"

namespace convoy::worker {

class HttpConnection;
class LocalReplies;
class Stream;
class VhostStats;

class HttpManager {
 public:
  // Of one filter chain of the listener.
  HttpManager(WorkerContext& context, const config::Listener& listener, size_t listener_index,
              size_t chain = 0);
  ~HttpManager();

  void accept(base::UniqueFd fd, const net::Address& peer, const net::Address& local,
              ClientOriginPtr origin = nullptr);
  // A connection from the worker that we succeed; counts it as open, not as new.
  void adopt(ipc::Handoff handoff);
  // Draining: gives away what is between two requests. False: some wait for the outbox.
  bool handOver();
  bool canMove() const;
  // The drain deadline: close what is idle now, answer what is not with an error, end tunnels.
  CutCounts closeAll();
  // The server stops: those that have been idle since `before_us` go, the rest after its response.
  void closeIdle(uint64_t before_us);
  TlsTerminator& tls() { return tls_; }
  // What it has let in is to tell it of its end. Null: all are let in.
  void setGate(Gate* gate) { gate_ = gate; }
  void countRefused();
  size_t connectionCount() const { return connections_.size(); }

  WorkerContext& context() { return context_; }
  const config::HttpConnectionManager& config() const { return config_; }
  const http::H1Settings& h1Settings() const { return h1_; }
  const http::H2Settings& h2Settings() const { return h2_; }
  const RouteTable& routes() const { return *routes_; }
  const InternalAddresses& internalAddresses() const { return internal_addresses_; }
  ShadowSet& shadows() { return shadows_; }
  const LocalReplies* localReplies() const { return local_replies_.get(); }
  VhostStats* vhostStats() { return vhost_stats_.get(); }
  const FilterStates& filterStates() const { return filter_states_; }
  AccessLogger& accessLogger() { return access_logger_; }
  stats::StatBlock<stats::HttpStat>& httpStats() { return http_stats_; }
  http::H2Observer& h2Observer() { return h2_observer_; }
  stats::StatBlock<stats::ListenerStat>& listenerStats() { return listener_stats_; }
  stats::StatBlock<stats::ListenerHttpStat>& listenerHttpStats() { return listener_http_stats_; }
  const config::Listener& listener() const { return listener_; }

 private:
  friend class HttpConnection;
  HttpConnection& add(base::UniqueFd fd, const net::Address& peer, const net::Address& local,
                      ClientOriginPtr origin);
  void remove(HttpConnection& connection);
  std::shared_ptr<const net::Address> shared(const net::Address& local);

  WorkerContext& context_;
  const size_t listener_index_;
  const config::Listener& listener_;
  const config::HttpConnectionManager& config_;
  http::H1Settings h1_;
  http::H2Settings h2_;
  std::unique_ptr<const RouteTable> routes_;
  FilterStates filter_states_;
  ShadowSet shadows_;
  std::unique_ptr<const LocalReplies> local_replies_;  // null: answers of our own are as they are
  std::unique_ptr<VhostStats> vhost_stats_;            // null: nothing is counted there
  InternalAddresses internal_addresses_;
  AccessLogger access_logger_;
  TlsTerminator tls_;
  Gate* gate_ = nullptr;
  stats::StatBlock<stats::HttpStat> http_stats_;
  stats::StatBlock<stats::ListenerStat> listener_stats_;
  stats::StatBlock<stats::ListenerHttpStat> listener_http_stats_;
  DownstreamH2Observer h2_observer_;
  std::vector<std::unique_ptr<HttpConnection>> connections_;
  std::shared_ptr<const net::Address> last_local_;
};

class HttpConnection final : public net::ConnectionCallbacks,
                             public http::ServerCallbacks,
                             public net::DeferredDeletable {
 public:
  HttpConnection(HttpManager& manager, base::UniqueFd fd, const net::Address& peer,
                 const net::Address& local);
  ~HttpConnection() override;
  bool start();
  void resume(ipc::Handoff& handoff);

  bool idle() const { return stream_ == nullptr && !head_started_; }
  // After what is queued. Lingers, so that what the client may still send does not reset the
  // connection before it has read all.
  void closeGently(bool linger = true);
  void closeIfIdle(uint64_t before_us);
  void closeNow(bool reset);
  void expire(CutCounts& counts);  // the drain deadline

  HttpManager& manager() { return manager_; }
  net::Connection& connection() { return conn_; }
  const net::Address& peer() const { return peer_; }
  const net::Address& directPeer() const { return worker::directPeer(origin_.get(), peer_); }
  const ClientOrigin* origin() const { return origin_.get(); }
  PoolKey poolKeyFor(const Cluster& cluster, std::string_view server_name) const {
    return {proxyHeader(cluster.config(), peer_, *local_, origin_.get()), server_name};
  }
  const net::Address& local() const { return *local_; }
  uint64_t id() const { return id_; }
  uint32_t requests() const { return requests_; }
  // Of local_ratelimit: the bucket of this connection alone.
  uint64_t* rateWord() { return &rate_word_; }
  // Several streams at a time.
  bool multiplexed() const { return wire_ == Wire::Http2; }
  // The stream has reset itself; the others go on. REQUIRES: multiplexed().
  void dropStream(Stream& stream);
  // The stream's last response is over: whether this one may be followed by another.
  bool mustClose();
  // What the messages of a stream took on the wire, from the end of the one before.
  void measure(Record& record);
  // Before it is forwarded: whether it may run a second time if this worker dies in it.
  void onRequest(bool repeatable);
  void onAnswerUntilClose();

  // Not with TLS, whose state is in this process.
  bool canMove() const { return conn_.transport() == nullptr && manager_.canMove(); }

  // net::ConnectionCallbacks
  void onConnected() override;  // TLS: after its handshake
  void onRead(std::string_view bytes) override;
  net::Relay relay() override;
  void onRelayed(size_t size) override { codec().relayed(size); }
  void onReadEof() override;
  void onAboveHigh() override;
  void onBelowLow() override;
  void onClosed(net::CloseReason reason) override;
  // http::ServerCallbacks
  http::RequestDecoder& newStream(http::ResponseEncoder& encoder) override;
  void onProtocolError(const http::ProtocolError& error, http::ResponseEncoder& encoder,
                       bool stream_open) override;
  void onHeadStarted() override;
  void onStreamComplete(bool keep_alive) override;
  void onAnswerEnds(size_t rest) override;
  void onStreamEnded(http::RequestDecoder& stream) override;
  void onSessionOver(bool failed) override;
  void onReadDisable(bool disable) override;

 private:
  friend class HttpManager;
  enum class Move : uint8_t { Moved, Later, Stays };
  enum class Wire : uint8_t { Unknown, Http1, Http2 };
  void chooseWire(std::string_view bytes);
  void become(Wire wire);
  bool wantsToClose() const;
  void link(Stream& stream);
  void unlink(Stream& stream);
  void drain();
  Move move();
  Move moveTunnel();
  Move give(ipc::Handoff& handoff, std::initializer_list<int> fds);
  void moved();
  bool resumeTunnel(ipc::Handoff& handoff);
  void onIdleTimer();
  void onMaxDuration();
  void limitDuration(uint64_t ms);
  void enterLedger(const ipc::Handoff& handoff);
  LedgerLine::Progress progress() const;
  http::ServerCodec& codec();
  std::unique_ptr<http::ServerCodec> takeIdleCodec();
  bool betweenMessages() const { return codec_ == nullptr || codec_->betweenMessages(); }
  uint64_t consumed() const { return codec_ == nullptr ? consumed_ : codec_->consumed(); }
  void countBytes();
  void finish(bool remote);

  HttpManager& manager_;
  uint32_t index_ = 0;
  uint32_t requests_ = 0;
  bool head_started_ = false;
  bool max_duration_reached_ = false;
  bool finished_ = false;
  bool secured_ = false;
  bool eof_ = false;
  bool goes_away_ = false;  // HTTP/2: has said so
  Wire wire_ = Wire::Unknown;
  uint64_t id_;
  uint64_t created_us_;
  uint64_t active_us_;  // accepted, or the end of the last response
  uint64_t counted_rx_ = 0;
  uint64_t counted_tx_ = 0;
  uint64_t measured_rx_ = 0;  // by measure()
  uint64_t measured_tx_ = 0;
  uint64_t consumed_ = 0;  // of the codec that was given back
  uint64_t rate_word_ = 0;
  net::Address peer_;
  ClientOriginPtr origin_;                     // null: nothing but the addresses is known
  std::shared_ptr<const net::Address> local_;  // with others that came to the same
  net::Connection conn_;
  std::unique_ptr<http::ServerCodec> codec_;  // null while it rests
  std::unique_ptr<LedgerLine> line_;          // null without --sentinel
  Stream* stream_ = nullptr;                  // the first of a list; owned by the StreamPool
  net::MemberTimer<HttpConnection, &HttpConnection::onIdleTimer> idle_timer_{*this};
  using DurationTimer = net::MemberTimer<HttpConnection, &HttpConnection::onMaxDuration>;
  std::unique_ptr<DurationTimer> duration_timer_;  // null without max_connection_duration
};

}  // namespace convoy::worker
