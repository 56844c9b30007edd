// conn_pool: the connections of this worker to one host in one protocol: idle ones
// last-in-first-out (warm caches, and a pool that shrinks by itself), and requests that wait for
// one. HTTP/1.1: one request at a time per connection; HTTP/2: as many as the host allows, on the
// first that has room (Idle: it has none now). Owned by its Host; lives until the host is gone and
// its last connection closed.
//
//   UpstreamConnection:
//     Connecting --connected--> Idle --newStream--> Busy --response and request ended--> Idle
//         |  failed/timeout      |  EOF, byte, idle timeout     |  not reusable, reset, EOF
//         +----------------------+------------> Closed <--------+
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/config/model/cluster.h"
#include "common/http/h1_codec.h"
#include "common/http/h2_codec.h"
#include "common/ipc/handoff.h"
#include "common/net/connection.h"
#include "worker/upstream/host.h"

namespace convoy::worker {

using config::Priority;

class Cluster;
class ConnPool;
class Handover;
class UpstreamConnection;

// A request that wants a connection. Intrusive: queueing allocates nothing. Destroying one that is
// queued takes it out.
class PoolWaiter {
 public:
  virtual ~PoolWaiter() { leaveQueue(); }
  // May be called from inside ConnPool::request. The connection is idle and now this waiter's, and
  // one of the cluster's max_requests: when its request is over it says so to the breaker.
  virtual void onPoolReady(UpstreamConnection& connection) = 0;
  virtual void onPoolFailure(http::ResetReason reason) = 0;

 protected:
  void leaveQueue();

 private:
  friend class ConnPool;
  ConnPool* pool_ = nullptr;
  PoolWaiter* prev_ = nullptr;
  PoolWaiter* next_ = nullptr;
};

// What the owner of a stream on an upstream connection hears besides the decoder's calls.
class UpstreamFlowCallbacks {
 public:
  virtual ~UpstreamFlowCallbacks() = default;
  // The upstream takes no more (true) or takes again (false).
  virtual void onUpstreamFull(bool full) = 0;
  // Where data of the response may go without coming by here; null: nowhere.
  virtual net::Connection* responseSink() = 0;
};

class UpstreamConnection final : public net::ConnectionCallbacks,
                                 public http::ClientCallbacks,
                                 public net::DeferredDeletable {
 public:
  enum class State : uint8_t { Connecting, Idle, Busy, Closed };

  UpstreamConnection(ConnPool& pool, base::UniqueFd fd);
  // One that is connected already and in use: a tunnel from the worker that we succeed.
  struct Adopted {};
  UpstreamConnection(ConnPool& pool, base::UniqueFd fd, Adopted);
  ~UpstreamConnection() override;
  bool start();

  // REQUIRES: handed out by the pool, no stream open.
  http::RequestEncoder& newStream(http::ResponseDecoder& decoder, UpstreamFlowCallbacks& flow);
  http::RequestEncoder& resumeTunnel(http::ResponseDecoder& decoder, UpstreamFlowCallbacks& flow);
  // Its socket lives on in another process: not a close for any counter.
  void moved();
  // The stream's owner goes away: nothing more is reported to it.
  void detachFlow() { flow_ = nullptr; }
  // Gives an unused connection back (the waiter changed its mind).
  void release();
  // Aborts whatever is going on; the connection is closed.
  void abort();
  // Aborts one stream of several, or as abort().
  void abort(http::RequestEncoder& stream);
  bool multiplexed() const;

  net::Connection& connection() { return conn_; }
  // Carried a request before the present one: an early EOF may be the keep-alive race.
  bool reused() const { return requests_ > 1; }
  State state() const { return state_; }

  // net::ConnectionCallbacks
  void onConnected() override;
  void onRead(std::string_view bytes) override;
  net::Relay relay() override;
  void onRelayed(size_t size) override { codec_->relayed(size); }
  void onReadEof() override;
  void onAboveHigh() override;
  void onBelowLow() override;
  void onClosed(net::CloseReason reason) override;
  // http::ClientCallbacks
  void onStreamComplete(bool reusable) override;
  void onProtocolError(const http::ProtocolError& error) override;
  void onReadDisable(bool disable) override { conn_.readDisable(disable); }
  void onCapacity() override;
  void onGoAway() override;

 private:
  friend class ConnPool;
  void startHttp2();
  bool hasRoom() const;
  void closeNow(bool remote);
  void onIdleTimeout();
  bool expired() const;
  void closeExpired();
  void watchIdle();
  void countBytes();

  ConnPool& pool_;
  std::shared_ptr<ConnPool> keep_pool_;  // the pool outlives its connections
  State state_ = State::Connecting;
  uint32_t index_ = 0;  // in pool_.all_
  uint32_t requests_ = 0;
  uint64_t created_us_;
  uint64_t idle_since_ms_ = 0;
  uint64_t counted_rx_ = 0;
  uint64_t counted_tx_ = 0;
  UpstreamFlowCallbacks* flow_ = nullptr;
  http::RequestEncoder* encoder_ = nullptr;  // of the open stream
  net::Connection conn_;
  std::unique_ptr<http::ClientCodec> codec_;
  net::MemberTimer<UpstreamConnection, &UpstreamConnection::onIdleTimeout> idle_timer_{*this};
};

class ConnPool : public std::enable_shared_from_this<ConnPool> {
 public:
  // `sessions`: of TLS, to begin with; null for none.
  ConnPool(Cluster& cluster, Host& host, bool http2, Priority priority, const PoolKey& key = {},
           std::shared_ptr<net::TlsSessions> sessions = nullptr);
  ~ConnPool();

  // Gives an idle connection at once, or queues and dials. `fresh`: never an idle one (a retry
  // after the keep-alive race). Fails at once with Overflow when a circuit breaker is open.
  void request(PoolWaiter& waiter, bool fresh);
  // A tunnel's connection from another process, and the request that runs through it. Null if the
  // kernel refuses to watch it.
  UpstreamConnection* adoptTunnel(base::UniqueFd fd);
  // An idle one from another process; closed if the kernel refuses to watch it.
  void adoptIdle(ipc::Handoff& handoff);
  // Draining: idle ones go to the successor. False: the outbox is full.
  bool handOverIdle(Handover& handover);
  void closeIdle();
  bool closeOneIdle();  // false: none is
  // Why the last connection that failed did, beyond its reason; "" if there is nothing to say.
  const std::string& transportFailure() const { return transport_failure_; }
  size_t idleCount() const { return idle_.size(); }
  size_t size() const { return all_.size(); }

 private:
  friend class UpstreamConnection;
  friend class PoolWaiter;
  bool dial();
  UpstreamConnection* adopt(base::UniqueFd fd);
  void enqueue(PoolWaiter& waiter);
  void enqueueFirst(PoolWaiter& waiter);
  void unlink(PoolWaiter& waiter);
  void becameIdle(UpstreamConnection& connection);
  bool useRoom(PoolWaiter& waiter);
  void serveWaiters();
  // How many requests a connection that is being made will take, as far as is known.
  size_t perDial() const { return http2_ ? kStreamsPerDial : 1; }
  bool begin(PoolWaiter& waiter);
  void overflow(PoolWaiter& waiter);
  void ready(PoolWaiter& waiter, UpstreamConnection& connection);
  void added(std::unique_ptr<UpstreamConnection> connection);
  void removed(UpstreamConnection& connection);
  void connectFailed(http::ResetReason reason);
  void dialForPending();
  void abortAll(UpstreamConnection::State state);
  bool mayConnect();

  uint64_t idleTimeoutMs() const;

  // Behind a PROXY header: nobody else can use what its client has left.
  static constexpr uint64_t kProxiedIdleMs = 10000;
  static constexpr size_t kStreamsPerDial = 100;
  Cluster& cluster_;
  const bool http2_;
  const Priority priority_;
  net::Address address_;
  std::string hostname_;
  const std::string preface_;      // the PROXY header that its connections begin with
  const std::string server_name_;  // PoolKey's
  const std::shared_ptr<ipc::HostNumbers> numbers_;  // of the host
  std::shared_ptr<net::TlsSessions> tls_sessions_;
  std::string transport_failure_;
  std::vector<std::unique_ptr<UpstreamConnection>> all_;
  std::vector<UpstreamConnection*> idle_;
  PoolWaiter* first_ = nullptr;
  PoolWaiter* last_ = nullptr;
  size_t pending_ = 0;
  size_t connecting_ = 0;
};

}  // namespace convoy::worker
