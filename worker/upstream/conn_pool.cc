#include "worker/upstream/conn_pool.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/net/socket.h"
#include "worker/descriptors.h"
#include "worker/handover.h"
#include "worker/upstream/cluster.h"

namespace convoy::worker {

using stats::ClusterStat;

void PoolWaiter::leaveQueue() {
  if (pool_ != nullptr) pool_->unlink(*this);
}

// --- UpstreamConnection ---

UpstreamConnection::UpstreamConnection(ConnPool& pool, base::UniqueFd fd)
    : pool_(pool),
      keep_pool_(pool.shared_from_this()),
      created_us_(pool.cluster_.context().loop.nowUs()),
      conn_(pool.cluster_.context().loop, std::move(fd), *this,
            pool.cluster_.config().connect_timeout_ms) {
  conn_.setWatermark(pool.cluster_.config().per_connection_buffer_limit_bytes);
  if (!pool.http2_) codec_ = http::makeH1ClientCodec(conn_, *this, pool.cluster_.h1Settings());
}

UpstreamConnection::UpstreamConnection(ConnPool& pool, base::UniqueFd fd, Adopted)
    : pool_(pool),
      keep_pool_(pool.shared_from_this()),
      state_(State::Busy),
      requests_(1),
      created_us_(pool.cluster_.context().loop.nowUs()),
      conn_(pool.cluster_.context().loop, std::move(fd), *this) {
  conn_.setWatermark(pool.cluster_.config().per_connection_buffer_limit_bytes);
  codec_ = http::makeH1ClientCodec(conn_, *this, pool.cluster_.h1Settings());
}

UpstreamConnection::~UpstreamConnection() = default;

bool UpstreamConnection::start() {
  return conn_.start(false);
}

http::RequestEncoder& UpstreamConnection::newStream(http::ResponseDecoder& decoder,
                                                    UpstreamFlowCallbacks& flow) {
  DCHECK(state_ == State::Busy);
  if (multiplexed()) return codec_->newStream(decoder);  // each says itself when it is full
  flow_ = &flow;
  encoder_ = &codec_->newStream(decoder);
  return *encoder_;
}

http::RequestEncoder& UpstreamConnection::resumeTunnel(http::ResponseDecoder& decoder,
                                                       UpstreamFlowCallbacks& flow) {
  DCHECK(state_ == State::Busy);
  flow_ = &flow;
  encoder_ = &codec_->resumeTunnel(decoder);
  return *encoder_;
}

void UpstreamConnection::moved() {
  flow_ = nullptr;
  if (encoder_ != nullptr) encoder_->reset(http::ResetReason::LocalReset);
  encoder_ = nullptr;
  idle_timer_.cancel();
  countBytes();
  conn_.releaseFd();
  auto pool = keep_pool_;
  pool->removed(*this);
}

void UpstreamConnection::release() {
  flow_ = nullptr;
  --requests_;
  pool_.becameIdle(*this);
}

void UpstreamConnection::abort() {
  flow_ = nullptr;
  // Whoever read this stream has stopped listening: the codec must not call it again.
  if (encoder_ != nullptr) encoder_->reset(http::ResetReason::LocalReset);
  encoder_ = nullptr;
  if (state_ != State::Closed) closeNow(false);
}

void UpstreamConnection::onConnected() {
  ClusterStats& stats = pool_.cluster_.stats();
  stats.observe(ClusterStat::upstream_cx_connect_ms,
                pool_.cluster_.context().loop.nowUs() - created_us_);
  pool_.cluster_.tls().succeeded(conn_);
  --pool_.connecting_;
  if (pool_.http2_) return startHttp2();
  pool_.becameIdle(*this);
}

bool UpstreamConnection::multiplexed() const {
  return pool_.http2_;
}

void UpstreamConnection::startHttp2() {
  Cluster& cluster = pool_.cluster_;
  state_ = State::Idle;
  watchIdle();
  conn_.gatherWrites();
  codec_ = http::makeH2ClientCodec({conn_, cluster.context().loop, cluster.h2Observer()}, *this,
                                   cluster.h2Settings());
  pool_.serveWaiters();
}

bool UpstreamConnection::hasRoom() const {
  const uint32_t most = pool_.cluster_.config().max_requests_per_connection;
  const bool open = state_ == State::Idle || state_ == State::Busy;
  return open && conn_.isOpen() && (most == 0 || requests_ < most) && !expired() &&
         codec_->capacity() > 0;
}

// A stream ended, or the host said how many there may be.
void UpstreamConnection::onCapacity() {
  if (state_ == State::Closed) return;
  countBytes();
  if (codec_->openStreams() == 0 && state_ == State::Busy) {
    const config::Cluster& config = pool_.cluster_.config();
    if (config.max_requests_per_connection != 0 &&
        requests_ >= config.max_requests_per_connection) {
      pool_.cluster_.stats().inc(ClusterStat::upstream_cx_max_requests);
      closeNow(false);
      return;
    }
    if (expired()) return closeExpired();
    state_ = State::Idle;
    watchIdle();
  }
  pool_.serveWaiters();
}

void UpstreamConnection::onGoAway() {
  if (state_ != State::Closed) closeNow(true);
}

void UpstreamConnection::abort(http::RequestEncoder& stream) {
  if (!multiplexed()) return abort();
  stream.reset(http::ResetReason::LocalReset);
}

void UpstreamConnection::onRead(std::string_view bytes) {
  if (state_ == State::Idle && !multiplexed()) {
    // Bytes nobody asked for: the connection cannot be trusted with a request any more.
    pool_.cluster_.stats().inc(ClusterStat::upstream_cx_protocol_error);
    closeNow(true);
    return;
  }
  codec_->dispatch(bytes);
}

net::Relay UpstreamConnection::relay() {
  if (state_ != State::Busy || flow_ == nullptr) return {};  // HTTP/2 has no flow_
  const uint64_t most = codec_->rawBytes();
  return most == 0 ? net::Relay{} : net::Relay{flow_->responseSink(), most};
}

void UpstreamConnection::onReadEof() {
  if (state_ == State::Busy) codec_->onEof();
  if (state_ != State::Closed) closeNow(true);
}

void UpstreamConnection::onAboveHigh() {
  pool_.cluster_.stats().inc(ClusterStat::upstream_flow_control_backed_up_total);
  if (multiplexed()) return codec_->onSinkFull(true);
  if (flow_ != nullptr) flow_->onUpstreamFull(true);
}

void UpstreamConnection::onBelowLow() {
  pool_.cluster_.stats().inc(ClusterStat::upstream_flow_control_drained_total);
  if (multiplexed()) return codec_->onSinkFull(false);
  if (flow_ != nullptr) flow_->onUpstreamFull(false);
}

void UpstreamConnection::onClosed(net::CloseReason reason) {
  if (state_ == State::Closed) return;
  if (state_ == State::Connecting) {
    ClusterStats& stats = pool_.cluster_.stats();
    const bool timeout = reason == net::CloseReason::ConnectTimeout;
    // Envoy: a timeout is one of the failures.
    stats.inc(ClusterStat::upstream_cx_connect_fail);
    if (timeout) stats.inc(ClusterStat::upstream_cx_connect_timeout);
    ++pool_.numbers_->cx_connect_fail;
    pool_.cluster_.tls().failed(conn_);
    pool_.transport_failure_ = conn_.transport() == nullptr ? "" : conn_.transport()->failure();
    --pool_.connecting_;
    auto pool = keep_pool_;
    closeNow(true);
    pool->connectFailed(timeout ? http::ResetReason::ConnectionTimeout
                                : http::ResetReason::ConnectionFailure);
    return;
  }
  if (state_ == State::Busy) {
    codec_->onConnectionClosed(reason == net::CloseReason::RemoteEof
                                   ? http::ResetReason::ConnectionTermination
                                   : http::ResetReason::RemoteReset);
  }
  if (state_ != State::Closed) closeNow(true);
}

void UpstreamConnection::onStreamComplete(bool reusable) {
  if (state_ == State::Closed) return;
  flow_ = nullptr;
  encoder_ = nullptr;
  countBytes();
  const config::Cluster& config = pool_.cluster_.config();
  if (config.max_requests_per_connection != 0 && requests_ >= config.max_requests_per_connection) {
    pool_.cluster_.stats().inc(ClusterStat::upstream_cx_max_requests);
    reusable = false;
  }
  // Request bytes still queued: the upstream answered early and does not read; do not reuse.
  if (!reusable || conn_.aboveHigh() || !conn_.isOpen()) {
    closeNow(false);
    return;
  }
  if (expired()) return closeExpired();
  pool_.becameIdle(*this);
}

// max_connection_duration: what is under way ends, nothing new begins.
bool UpstreamConnection::expired() const {
  const uint64_t most_ms = pool_.cluster_.config().max_connection_duration_ms;
  return most_ms != 0 && pool_.cluster_.context().loop.nowUs() - created_us_ >= most_ms * 1000;
}

void UpstreamConnection::closeExpired() {
  pool_.cluster_.stats().inc(ClusterStat::upstream_cx_max_duration_reached);
  closeNow(false);
}

void UpstreamConnection::watchIdle() {
  const config::Cluster& config = pool_.cluster_.config();
  net::EventLoop& loop = pool_.cluster_.context().loop;
  uint64_t wait_ms = pool_.idleTimeoutMs();
  if (config.max_connection_duration_ms != 0) {
    const uint64_t age_ms = (loop.nowUs() - created_us_) / 1000;
    const uint64_t left_ms =
        config.max_connection_duration_ms - std::min(age_ms, config.max_connection_duration_ms);
    if (wait_ms == 0 || left_ms < wait_ms) wait_ms = left_ms + 1;
  }
  idle_timer_.set(loop.wheel(), wait_ms);
}

void UpstreamConnection::onProtocolError(const http::ProtocolError&) {
  pool_.cluster_.stats().inc(ClusterStat::upstream_cx_protocol_error);
  if (state_ != State::Closed) closeNow(false);
}

void UpstreamConnection::onIdleTimeout() {
  if (state_ != State::Idle) return;
  if (expired()) return closeExpired();
  pool_.cluster_.stats().inc(ClusterStat::upstream_cx_idle_timeout);
  closeNow(false);
}

void UpstreamConnection::countBytes() {
  ClusterStats& stats = pool_.cluster_.stats();
  stats.add(ClusterStat::upstream_cx_rx_bytes_total, conn_.bytesRead() - counted_rx_);
  stats.add(ClusterStat::upstream_cx_tx_bytes_total, conn_.bytesWritten() - counted_tx_);
  counted_rx_ = conn_.bytesRead();
  counted_tx_ = conn_.bytesWritten();
}

void UpstreamConnection::closeNow(bool remote) {
  const bool busy = state_ == State::Busy;
  countBytes();
  ClusterStats& stats = pool_.cluster_.stats();
  stats.inc(ClusterStat::upstream_cx_destroy);
  stats.inc(remote ? ClusterStat::upstream_cx_destroy_remote
                   : ClusterStat::upstream_cx_destroy_local);
  if (busy) {
    stats.inc(ClusterStat::upstream_cx_destroy_with_active_rq);
    stats.inc(remote ? ClusterStat::upstream_cx_destroy_remote_with_active_rq
                     : ClusterStat::upstream_cx_destroy_local_with_active_rq);
  }
  stats.observe(ClusterStat::upstream_cx_length_ms,
                pool_.cluster_.context().loop.nowUs() - created_us_);
  // Not a time: a request counts as a millisecond, the unit of the buckets.
  stats.observe(ClusterStat::upstream_rq_per_cx, uint64_t{requests_} * 1000);
  idle_timer_.cancel();
  const bool was_connecting = state_ == State::Connecting;
  auto pool = keep_pool_;
  if (multiplexed() && codec_ != nullptr) {
    if (!remote) codec_->sayGoodbye();
    conn_.close(net::Connection::Close::Now);
    pool->removed(*this);
    // Its streams may begin again on another connection: not on this one.
    codec_->onConnectionClosed(http::ResetReason::ConnectionTermination);
    pool->dialForPending();
    return;
  }
  conn_.close(net::Connection::Close::Now);
  // A waiter that the connection limit held back may dial now; one whose dial just failed may not.
  const bool dial = !was_connecting;
  pool->removed(*this);
  if (dial) pool->dialForPending();
}

// --- ConnPool ---

ConnPool::ConnPool(Cluster& cluster, Host& host, bool http2, Priority priority, const PoolKey& key,
                   std::shared_ptr<net::TlsSessions> sessions)
    : cluster_(cluster),
      http2_(http2),
      priority_(priority),
      address_(host.address),
      hostname_(host.hostname),
      preface_(key.proxy_header),
      server_name_(key.server_name),
      numbers_(host.numbers),
      tls_sessions_(std::move(sessions)) {}

uint64_t ConnPool::idleTimeoutMs() const {
  const uint64_t configured = cluster_.config().idle_timeout_ms;
  if (preface_.empty()) return configured;
  return configured == 0 ? kProxiedIdleMs : std::min(configured, kProxiedIdleMs);
}

ConnPool::~ConnPool() {
  DCHECK(first_ == nullptr);
}

void ConnPool::request(PoolWaiter& waiter, bool fresh) {
  if (http2_ && !fresh && useRoom(waiter)) return;
  if (!fresh && !idle_.empty()) {
    if (!begin(waiter)) return;
    UpstreamConnection* connection = idle_.back();
    idle_.pop_back();
    return ready(waiter, *connection);
  }
  if (!cluster_.breaker().acquire(Limit::Pending, priority_)) return overflow(waiter);
  cluster_.stats().inc(ClusterStat::upstream_rq_pending_total);
  enqueue(waiter);
  dialForPending();
}

void ConnPool::overflow(PoolWaiter& waiter) {
  cluster_.stats().inc(ClusterStat::upstream_rq_pending_overflow);
  waiter.onPoolFailure(http::ResetReason::Overflow);
}

// False: there are max_requests already, and the waiter has been told.
bool ConnPool::begin(PoolWaiter& waiter) {
  if (cluster_.breaker().acquire(Limit::Requests, priority_)) return true;
  overflow(waiter);
  return false;
}

void ConnPool::ready(PoolWaiter& waiter, UpstreamConnection& connection) {
  connection.idle_timer_.cancel();
  connection.state_ = UpstreamConnection::State::Busy;
  ++connection.requests_;
  waiter.onPoolReady(connection);
}

// HTTP/2: on the first connection that takes another request. False: none does.
bool ConnPool::useRoom(PoolWaiter& waiter) {
  for (auto& connection : all_) {
    if (!connection->hasRoom()) continue;
    if (begin(waiter)) ready(waiter, *connection);
    return true;
  }
  return false;
}

void ConnPool::serveWaiters() {
  while (first_ != nullptr) {
    PoolWaiter& waiter = *first_;
    unlink(waiter);
    if (useRoom(waiter)) continue;
    cluster_.breaker().take(Limit::Pending, priority_);
    enqueueFirst(waiter);
    break;
  }
  dialForPending();
}

void ConnPool::dialForPending() {
  if (!cluster_.dials()) return;
  ClusterStats& stats = cluster_.stats();
  while (connecting_ * perDial() < pending_) {
    // A pool without any connection may always make one, or its requests would wait for nothing.
    if (!mayConnect()) {
      stats.inc(ClusterStat::upstream_cx_overflow);
      if (!all_.empty()) return;
      cluster_.breaker().take(Limit::Connections, priority_);
    }
    if (!dial()) {
      cluster_.breaker().release(Limit::Connections, priority_);
      stats.inc(ClusterStat::upstream_cx_connect_fail);
      ++numbers_->cx_connect_fail;
      connectFailed(http::ResetReason::ConnectionFailure);
      return;
    }
  }
}

bool ConnPool::mayConnect() {
  if (cluster_.breaker().acquire(Limit::Connections, priority_)) return true;
  // Clients choose the keys: what one has left idle gives way, or the limit would mean nothing.
  const bool keyed = !preface_.empty() || !server_name_.empty();
  return keyed && all_.empty() && cluster_.closeOneKeyed() &&
         cluster_.breaker().acquire(Limit::Connections, priority_);
}

bool ConnPool::dial() {
  auto fd = cluster_.connectTo(address_);
  if (!fd.ok()) return false;
  auto connection = std::make_unique<UpstreamConnection>(*this, std::move(*fd));
  connection->conn_.setPreface(preface_);
  cluster_.tls().secure(connection->conn_, {hostname_, server_name_}, tls_sessions_, http2_);
  if (!connection->start()) return false;
  ClusterStats& stats = cluster_.stats();
  stats.inc(ClusterStat::upstream_cx_total);
  stats.inc(http2_ ? ClusterStat::upstream_cx_http2_total : ClusterStat::upstream_cx_http1_total);
  stats.inc(ClusterStat::upstream_cx_active);
  ++numbers_->cx_total;
  added(std::move(connection));
  ++connecting_;
  return true;
}

UpstreamConnection* ConnPool::adopt(base::UniqueFd fd) {
  auto connection =
      std::make_unique<UpstreamConnection>(*this, std::move(fd), UpstreamConnection::Adopted{});
  if (!connection->start()) return nullptr;
  cluster_.breaker().take(Limit::Connections, priority_);
  cluster_.stats().inc(ClusterStat::upstream_cx_active);
  added(std::move(connection));
  return all_.back().get();
}

UpstreamConnection* ConnPool::adoptTunnel(base::UniqueFd fd) {
  UpstreamConnection* connection = adopt(std::move(fd));
  if (connection != nullptr) cluster_.breaker().take(Limit::Requests, priority_);
  return connection;
}

void ConnPool::added(std::unique_ptr<UpstreamConnection> connection) {
  connection->index_ = static_cast<uint32_t>(all_.size());
  all_.push_back(std::move(connection));
  ++numbers_->cx_active;
  Descriptors* descriptors = cluster_.context().descriptors;
  if (descriptors != nullptr) descriptors->pooledOpened();
}

void ConnPool::adoptIdle(ipc::Handoff& handoff) {
  UpstreamConnection* connection = adopt(std::move(handoff.fds[0]));
  if (connection == nullptr) return;
  connection->created_us_ = handoff.created_us;
  connection->requests_ = handoff.requests;
  becameIdle(*connection);
  if (connection->state_ != UpstreamConnection::State::Idle) return;
  connection->idle_since_ms_ = handoff.active_us / 1000;
  net::EventLoop& loop = cluster_.context().loop;
  connection->idle_timer_.set(loop.wheel(), remainingMs(cluster_.config().idle_timeout_ms,
                                                        handoff.active_us, loop.nowUs()));
}

bool ConnPool::handOverIdle(Handover& handover) {
  // HTTP/2 cannot move, and the successor has no place for another priority's.
  if (http2_ || priority_ != Priority::Default) {
    closeIdle();
    return true;
  }
  for (size_t i = idle_.size(); i-- > 0;) {
    UpstreamConnection& connection = *idle_[i];
    if (!connection.conn_.movable()) continue;
    ipc::WireWriter state;
    state.text(cluster_.config().name);
    ipc::putAddress(state, address_);
    ipc::Handoff handoff;
    handoff.kind = ipc::Handoff::Kind::Upstream;
    handoff.created_us = connection.created_us_;
    handoff.active_us = connection.idle_since_ms_ * 1000;
    handoff.requests = connection.requests_;
    handoff.state = state.bytes();
    switch (handover.giveUpstream(handoff, connection.conn_.fd())) {
      case Handover::Result::Moved:
        connection.moved();
        break;
      case Handover::Result::Later:
        return false;
      case Handover::Result::Stays:
        return true;
    }
  }
  return true;
}

void ConnPool::enqueue(PoolWaiter& waiter) {
  waiter.pool_ = this;
  waiter.prev_ = last_;
  waiter.next_ = nullptr;
  (last_ != nullptr ? last_->next_ : first_) = &waiter;
  last_ = &waiter;
  ++pending_;
  cluster_.stats().inc(ClusterStat::upstream_rq_pending_active);
  ++numbers_->rq_pending_active;
}

void ConnPool::enqueueFirst(PoolWaiter& waiter) {
  waiter.pool_ = this;
  waiter.prev_ = nullptr;
  waiter.next_ = first_;
  (first_ != nullptr ? first_->prev_ : last_) = &waiter;
  first_ = &waiter;
  ++pending_;
  cluster_.stats().inc(ClusterStat::upstream_rq_pending_active);
  ++numbers_->rq_pending_active;
}

void ConnPool::unlink(PoolWaiter& waiter) {
  (waiter.prev_ != nullptr ? waiter.prev_->next_ : first_) = waiter.next_;
  (waiter.next_ != nullptr ? waiter.next_->prev_ : last_) = waiter.prev_;
  waiter.pool_ = nullptr;
  --pending_;
  cluster_.breaker().release(Limit::Pending, priority_);
  cluster_.stats().sub(ClusterStat::upstream_rq_pending_active);
  --numbers_->rq_pending_active;
}

void ConnPool::becameIdle(UpstreamConnection& connection) {
  while (first_ != nullptr) {
    PoolWaiter& waiter = *first_;
    unlink(waiter);
    if (begin(waiter)) return ready(waiter, connection);
  }
  connection.state_ = UpstreamConnection::State::Idle;
  connection.idle_since_ms_ = cluster_.context().loop.nowMs();
  connection.watchIdle();
  idle_.push_back(&connection);
}

void ConnPool::removed(UpstreamConnection& connection) {
  if (connection.state_ == UpstreamConnection::State::Idle && !http2_) {
    idle_.erase(std::find(idle_.begin(), idle_.end(), &connection));
  }
  connection.state_ = UpstreamConnection::State::Closed;
  cluster_.breaker().release(Limit::Connections, priority_);
  cluster_.stats().sub(ClusterStat::upstream_cx_active);
  --numbers_->cx_active;
  std::unique_ptr<UpstreamConnection> own = std::move(all_[connection.index_]);
  if (connection.index_ + 1 != all_.size()) {
    all_[connection.index_] = std::move(all_.back());
    all_[connection.index_]->index_ = connection.index_;
  }
  all_.pop_back();
  Descriptors* descriptors = cluster_.context().descriptors;
  if (descriptors != nullptr) descriptors->pooledClosed();
  cluster_.context().loop.deferDelete(std::move(own));
}

void ConnPool::connectFailed(http::ResetReason reason) {
  // As many waiters fail as have no connection under way any more: one dial was made for each.
  while (pending_ > connecting_ * perDial() && first_ != nullptr) {
    PoolWaiter& waiter = *first_;
    unlink(waiter);
    cluster_.stats().inc(ClusterStat::upstream_rq_pending_failure_eject);
    waiter.onPoolFailure(reason);
  }
}

bool ConnPool::closeOneIdle() {
  for (const auto& connection : all_) {
    if (connection->state_ != UpstreamConnection::State::Idle) continue;
    connection->abort();
    return true;
  }
  return false;
}

void ConnPool::closeIdle() {
  while (!idle_.empty()) idle_.back()->abort();
  if (http2_) abortAll(UpstreamConnection::State::Idle);
  if (!cluster_.dials()) abortAll(UpstreamConnection::State::Connecting);
}

void ConnPool::abortAll(UpstreamConnection::State state) {
  for (size_t i = all_.size(); i-- > 0;) {
    if (i < all_.size() && all_[i]->state_ == state) all_[i]->abort();
  }
}

}  // namespace convoy::worker
