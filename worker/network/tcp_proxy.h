// tcp_proxy: bytes between a client and one host of a cluster, both ways, with half-close, idle
// timeout and back-pressure. TcpManager is the configured filter and owns its sessions. Worker
// loop.
//
//   TcpSession:
//     Connecting --connected--> Open --FIN from one side--> HalfOpen --FIN from the other-->
//     Closing
//        | attempts failed                | reset: Closed             | idle timeout         |
//        +--------> Closing <-------------+---------------------------+      queues out: Closed
//
// While draining, an Open or HalfOpen session stops reading until both directions are empty and
// then moves to the successor with both sockets (worker/handover); its counters and its log line go
// on there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/model/listener.h"
#include "common/ipc/handoff.h"
#include "common/net/connection.h"
#include "common/stats/stat_tables.h"
#include "worker/access_log/logger.h"
#include "worker/context.h"
#include "worker/listener/client_origin.h"
#include "worker/listener/tls_terminator.h"
#include "worker/network/gate.h"
#include "worker/record.h"
#include "worker/upstream/cluster.h"

namespace convoy::worker {

class TcpSession;

class TcpManager {
 public:
  // Of one filter chain of the listener.
  TcpManager(WorkerContext& context, const config::Listener& listener, size_t listener_index,
             size_t chain = 0);
  ~TcpManager();

  void accept(base::UniqueFd fd, const net::Address& peer, const net::Address& local,
              ClientOriginPtr origin = nullptr);
  // A session from the worker that we succeed; counts it as open, not as new.
  void adopt(ipc::Handoff handoff);
  // Draining: gives away what is empty. False: some wait for the outbox.
  bool handOver();
  CutCounts closeAll();  // after what is queued
  TlsTerminator& tls() { return tls_; }
  // What it has let in is to tell it of its end. Null: all are let in.
  void setGate(Gate* gate) { gate_ = gate; }
  // One that the gate did not let in: counted and logged, as Envoy's last filter has seen it, too.
  void refused(const net::Address& peer, const net::Address& local, const ClientOrigin* origin);
  size_t connectionCount() const { return sessions_.size(); }

 private:
  friend class TcpSession;
  TcpSession& add(base::UniqueFd fd, const net::Address& peer, const net::Address& local,
                  ClientOriginPtr origin);
  void remove(TcpSession& session);
  Cluster* chooseCluster(const TcpSession& session);

  WorkerContext& context_;
  const size_t listener_index_;
  const config::Listener& listener_;
  const config::TcpProxy& config_;
  const bool sni_cluster_;
  AccessLogger access_logger_;
  TlsTerminator tls_;
  Gate* gate_ = nullptr;
  stats::StatBlock<stats::TcpStat> tcp_stats_;
  stats::StatBlock<stats::ListenerStat> listener_stats_;
  std::vector<std::unique_ptr<TcpSession>> sessions_;
};

class TcpSession final : public net::DeferredDeletable {
 public:
  enum class State : uint8_t { Connecting, Open, HalfOpen, Closing, Closed };
  TcpSession(TcpManager& manager, base::UniqueFd fd, const net::Address& peer,
             const net::Address& local, ClientOriginPtr origin);
  ~TcpSession() override;
  void start();
  void resume(ipc::Handoff& handoff);
  void close(bool reset);

 private:
  friend class TcpManager;
  // One side's events, passed to the session with the side they came from.
  class Side final : public net::ConnectionCallbacks {
   public:
    Side(TcpSession& session, bool upstream) : session_(session), upstream_(upstream) {}
    void onConnected() override {
      upstream_ ? session_.onUpstreamConnected() : session_.onSecured();
    }
    void onRead(std::string_view bytes) override { session_.onRead(upstream_, bytes); }
    net::Relay relay() override { return session_.relay(upstream_); }
    void onRelayed(size_t size) override { session_.onRelayed(upstream_, size); }
    void onReadEof() override { session_.onEof(upstream_); }
    void onAboveHigh() override { session_.onFull(upstream_, true); }
    void onBelowLow() override { session_.onFull(upstream_, false); }
    void onClosed(net::CloseReason reason) override { session_.onClosed(upstream_, reason); }

   private:
    TcpSession& session_;
    bool upstream_;
  };

  enum class Move : uint8_t { Moved, Later, Stays };
  Move move();
  void moved();
  void holdReading(bool hold);
  std::string encodeState() const;
  bool decodeState(std::string_view state);
  bool rulesWait() const;
  void begin();
  void connect();
  void connectFailed(bool timeout);
  void onUpstreamConnected();
  void onSecured();
  void onRead(bool upstream, std::string_view bytes);
  net::Relay relay(bool upstream);
  void onRelayed(bool upstream, size_t size);
  void onEof(bool upstream);
  void onFull(bool upstream, bool full);
  void onClosed(bool upstream, net::CloseReason reason);
  void onIdle();
  void limitDuration(uint64_t already_ms);
  void cancelTimers();
  void onDuration();
  void onLogInterval();
  void logLine();
  void touch();
  void countBytes();
  void dropUpstream();
  void releasePermit();
  void abandon();
  void finishWhenClosed();
  void finish();

  TcpManager& manager_;
  State state_ = State::Connecting;
  uint32_t index_ = 0;
  uint32_t attempts_ = 0;
  bool holds_permit_ = false;
  bool downstream_eof_ = false;
  bool upstream_eof_ = false;
  bool secured_ = false;
  bool reading_held_ = false;  // on its way to the successor
  uint64_t counted_down_rx_ = 0, counted_down_tx_ = 0;
  uint64_t counted_up_rx_ = 0, counted_up_tx_ = 0;
  uint64_t upstream_start_us_ = 0;
  uint64_t active_us_ = 0;  // the last byte
  net::Address peer_;
  net::Address local_;
  ClientOriginPtr origin_;  // null: nothing but the addresses is known
  Record record_;
  Cluster* cluster_ = nullptr;  // null if handed over and the new configuration has it no more
  ClusterStats upstream_stats_;
  std::string former_cluster_;
  std::string transport_failure_;
  HostPtr host_;
  Side down_side_{*this, false};
  Side up_side_{*this, true};
  net::Connection down_;
  std::unique_ptr<net::Connection> up_;
  net::MemberTimer<TcpSession, &TcpSession::onIdle> idle_timer_{*this};
  using DurationTimer = net::MemberTimer<TcpSession, &TcpSession::onDuration>;
  using LogTimer = net::MemberTimer<TcpSession, &TcpSession::onLogInterval>;
  std::unique_ptr<DurationTimer> duration_timer_;  // null unless configured
  std::unique_ptr<LogTimer> log_timer_;
};

}  // namespace convoy::worker
