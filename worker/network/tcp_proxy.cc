#include "worker/network/tcp_proxy.h"

#include <algorithm>
#include <utility>

#include "common/net/socket.h"
#include "worker/descriptors.h"
#include "worker/route/hash_policy.h"
#include "worker/upstream/proxy_origination.h"

namespace convoy::worker {

namespace {

bool usesSniCluster(const config::FilterChain& chain) {
  return std::any_of(chain.filters.begin(), chain.filters.end(), [](const auto& filter) {
    return std::holds_alternative<config::SniCluster>(filter);
  });
}

// Where a session counts whose cluster the configuration has no more.
ClusterStats nowhere() {
  static uint64_t cells[stats::StatTable<stats::ClusterStat>::cells()];
  return ClusterStats(cells);
}

}  // namespace

using stats::ClusterStat;
using stats::ListenerStat;
using stats::TcpStat;

// --- TcpManager ---

TcpManager::TcpManager(WorkerContext& context, const config::Listener& listener,
                       size_t listener_index, size_t chain)
    : context_(context),
      listener_index_(listener_index),
      listener_(listener),
      config_(*listener.chain(chain).tcp()),
      sni_cluster_(usesSniCluster(listener.chain(chain))),
      access_logger_(config_.access_log, *context.sinks, context.random),
      tls_(context, listener, listener_index, chain),
      tcp_stats_(context.cells(context.directory.tcp(listener_index, chain))),
      listener_stats_(context.cells(context.directory.listener(listener_index))) {}

TcpManager::~TcpManager() {
  while (!sessions_.empty()) sessions_.back()->close(true);
}

TcpSession& TcpManager::add(base::UniqueFd fd, const net::Address& peer, const net::Address& local,
                            ClientOriginPtr origin) {
  auto session = std::make_unique<TcpSession>(*this, std::move(fd), peer, local, std::move(origin));
  TcpSession& added = *session;
  added.index_ = static_cast<uint32_t>(sessions_.size());
  sessions_.push_back(std::move(session));
  listener_stats_.inc(ListenerStat::downstream_cx_active);
  ++context_.slab->header().connections;
  return added;
}

void TcpManager::accept(base::UniqueFd fd, const net::Address& peer, const net::Address& local,
                        ClientOriginPtr origin) {
  TcpSession& session = add(std::move(fd), peer, local, std::move(origin));
  tcp_stats_.inc(TcpStat::downstream_cx_total);
  listener_stats_.inc(ListenerStat::downstream_cx_total);
  tls_.secure(session.down_);
  session.start();
}

void TcpManager::refused(const net::Address& peer, const net::Address& local,
                         const ClientOrigin* origin) {
  tcp_stats_.inc(TcpStat::downstream_cx_total);
  if (!access_logger_.enabled()) return;
  Record record;
  record.start_us = record.end_us = context_.loop.nowUs();
  record.start_wall_us = context_.loop.clock().wallUs();
  record.connection_id = context_.next_connection_id++;
  record.downstream_remote = &peer;
  record.downstream_direct_remote = &directPeer(origin, peer);
  record.origin = origin;
  record.downstream_local = &local;
  const Gate::Refusal& refusal = gate_->refusal();
  if (refusal.flag != Flag::Count) record.setFlag(refusal.flag);
  record.termination_details = refusal.details;
  record.log_type = "TcpConnectionEnd";
  access_logger_.log(FormatContext{record, context_.hostname, context_.loop.clock()});
}

void TcpManager::adopt(ipc::Handoff handoff) {
  if (gate_ != nullptr) gate_->take();
  ClientOriginPtr origin = handoff.origin.empty() ? nullptr : ClientOrigin::decode(handoff.origin);
  TcpSession& session =
      add(std::move(handoff.fds[0]), handoff.peer, handoff.local, std::move(origin));
  session.resume(handoff);
}

bool TcpManager::handOver() {
  for (size_t i = sessions_.size(); i-- > 0;) {
    if (i >= sessions_.size()) continue;
    if (sessions_[i]->move() == TcpSession::Move::Later) return false;
  }
  return true;
}

CutCounts TcpManager::closeAll() {
  CutCounts counts;
  for (size_t i = sessions_.size(); i-- > 0;) {
    if (i >= sessions_.size() || sessions_[i]->state_ >= TcpSession::State::Closing) continue;
    ++counts.tcp;
    sessions_[i]->close(false);
  }
  return counts;
}

Cluster* TcpManager::chooseCluster(const TcpSession& session) {
  if (sni_cluster_ && session.origin_ != nullptr && !session.origin_->server_name.empty()) {
    return context_.clusters->find(session.origin_->server_name);
  }
  if (config_.weighted_clusters.empty()) return context_.clusters->find(config_.cluster);
  uint64_t total = 0;
  for (const auto& weighted : config_.weighted_clusters) total += weighted.weight;
  uint64_t at = total == 0 ? 0 : context_.random.below(total);
  for (const auto& weighted : config_.weighted_clusters) {
    if (at < weighted.weight) return context_.clusters->find(weighted.name);
    at -= weighted.weight;
  }
  return nullptr;
}

void TcpManager::remove(TcpSession& session) {
  std::unique_ptr<TcpSession> own = std::move(sessions_[session.index_]);
  if (session.index_ + 1 != sessions_.size()) {
    sessions_[session.index_] = std::move(sessions_.back());
    sessions_[session.index_]->index_ = session.index_;
  }
  sessions_.pop_back();
  if (gate_ != nullptr) gate_->leave();
  --context_.slab->header().connections;
  if (context_.descriptors != nullptr) context_.descriptors->clientClosed();
  context_.loop.deferDelete(std::move(own));
}

// --- TcpSession ---

TcpSession::TcpSession(TcpManager& manager, base::UniqueFd fd, const net::Address& peer,
                       const net::Address& local, ClientOriginPtr origin)
    : manager_(manager),
      peer_(peer),
      local_(local),
      origin_(std::move(origin)),
      down_(manager.context_.loop, std::move(fd), down_side_) {
  net::EventLoop& loop = manager.context_.loop;
  record_.start_us = loop.nowUs();
  record_.start_wall_us = loop.clock().wallUs();
  active_us_ = record_.start_us;
  upstream_stats_ = nowhere();
  record_.connection_id = manager.context_.next_connection_id++;
  record_.downstream_remote = &peer_;
  record_.downstream_direct_remote = &directPeer(origin_.get(), peer_);
  record_.origin = origin_.get();
  record_.downstream_local = &local_;
  down_.setWatermark(manager.listener_.per_connection_buffer_limit_bytes);
}

TcpSession::~TcpSession() = default;

void TcpSession::start() {
  // Nothing is read before there is somewhere to put it; but an upstream that speaks first may.
  down_.readDisable(true);
  if (!down_.start(down_.transport() != nullptr)) {
    close(false);
    return;
  }
  if (state_ >= State::Closing) return;  // its handshake has failed
  record_.downstream_transport = down_.transport();
  limitDuration(0);
  if (!rulesWait()) begin();
}

// The rules ask for what the handshake will tell: no upstream before.
bool TcpSession::rulesWait() const {
  return !secured_ && down_.transport() != nullptr && manager_.gate_ != nullptr &&
         manager_.gate_->hasRules();
}

void TcpSession::begin() {
  cluster_ = manager_.chooseCluster(*this);
  if (cluster_ == nullptr) {
    manager_.tcp_stats_.inc(TcpStat::downstream_cx_no_route);
    record_.setFlag(Flag::NoClusterFound);
    close(false);
    return;
  }
  upstream_stats_ = cluster_->stats();
  record_.upstream_cluster = cluster_->config().name;
  connect();
}

// Also of one that has lasted `already_ms` in the process before us.
void TcpSession::limitDuration(uint64_t already_ms) {
  const config::TcpProxy& config = manager_.config_;
  net::TimerWheel& wheel = manager_.context_.loop.wheel();
  if (config.max_duration_ms != 0) {
    // Longer by up to so many percent, so that they do not all end at once.
    const uint64_t most_jitter = config.max_duration_ms * config.duration_jitter_percent / 100;
    const uint64_t jitter = most_jitter == 0 ? 0 : manager_.context_.random.below(most_jitter + 1);
    const uint64_t limit = config.max_duration_ms + jitter;
    duration_timer_ = std::make_unique<DurationTimer>(*this);
    duration_timer_->set(wheel, limit > already_ms ? limit - already_ms : 1);
  }
  if (config.log_interval_ms != 0 && manager_.access_logger_.enabled()) {
    log_timer_ = std::make_unique<LogTimer>(*this);
    log_timer_->set(wheel, config.log_interval_ms);
  }
}

void TcpSession::onDuration() {
  if (state_ >= State::Closing) return;
  manager_.tcp_stats_.inc(TcpStat::max_downstream_connection_duration);
  record_.setFlag(Flag::DurationTimeout);
  close(false);
}

void TcpSession::onLogInterval() {
  if (state_ >= State::Closing) return;
  record_.log_type = "TcpPeriodic";
  logLine();
  log_timer_->set(manager_.context_.loop.wheel(), manager_.config_.log_interval_ms);
}

// Not destroyed: one of them may be what calls.
void TcpSession::cancelTimers() {
  idle_timer_.cancel();
  if (duration_timer_ != nullptr) duration_timer_->cancel();
  if (log_timer_ != nullptr) log_timer_->cancel();
}

void TcpSession::logLine() {
  if (!manager_.access_logger_.enabled()) return;
  manager_.access_logger_.log(
      FormatContext{record_, manager_.context_.hostname, manager_.context_.loop.clock()});
}

void TcpSession::connect() {
  ClusterStats& stats = upstream_stats_;
  const bool hashed = manager_.config_.hash_source_ip;
  host_ = cluster_->chooseHost({hashed ? hashOfIp(peer_) : std::nullopt, attempts_});
  if (host_ == nullptr) {
    record_.setFlag(Flag::NoHealthyUpstream);
    close(false);
    return;
  }
  if (!cluster_->breaker().acquire(Limit::Connections, Priority::Default)) {
    stats.inc(ClusterStat::upstream_cx_overflow);
    record_.setFlag(Flag::UpstreamOverflow);
    close(false);
    return;
  }
  holds_permit_ = true;
  ++attempts_;
  record_.attempts = attempts_;
  record_.upstream_remote = &host_->address;
  record_.upstream_host_name = host_->hostname;
  upstream_start_us_ = manager_.context_.loop.nowUs();
  stats.inc(ClusterStat::upstream_cx_total);
  ++host_->numbers->cx_total;
  ++host_->numbers->cx_active;
  auto fd = cluster_->connectTo(host_->address);
  if (!fd.ok()) {
    stats.inc(ClusterStat::upstream_cx_active);
    connectFailed(false);
    return;
  }
  up_ = std::make_unique<net::Connection>(manager_.context_.loop, std::move(*fd), up_side_,
                                          cluster_->config().connect_timeout_ms);
  up_->setWatermark(cluster_->config().per_connection_buffer_limit_bytes);
  up_->setPreface(proxyHeader(cluster_->config(), peer_, local_, origin_.get()));
  cluster_->tls().secure(*up_, {host_->hostname}, host_->tls_sessions);
  stats.inc(ClusterStat::upstream_cx_active);
  if (!up_->start(false)) connectFailed(false);
}

void TcpSession::connectFailed(bool timeout) {
  ClusterStats& stats = upstream_stats_;
  // Envoy: a timeout is one of the failures.
  stats.inc(ClusterStat::upstream_cx_connect_fail);
  if (timeout) stats.inc(ClusterStat::upstream_cx_connect_timeout);
  ++host_->numbers->cx_connect_fail;
  if (up_ != nullptr) {
    cluster_->tls().failed(*up_);
    if (up_->transport() != nullptr) transport_failure_ = up_->transport()->failure();
    record_.upstream_failure = transport_failure_;
  }
  cluster_->onTcpFailed(*host_, timeout);
  dropUpstream();
  if (attempts_ < manager_.config_.max_connect_attempts) {
    connect();
    return;
  }
  record_.setFlag(Flag::UpstreamConnectionFailure);
  stats.inc(ClusterStat::upstream_cx_connect_attempts_exceeded);
  close(false);
}

void TcpSession::onUpstreamConnected() {
  cluster_->tls().succeeded(*up_);
  net::EventLoop& loop = manager_.context_.loop;
  upstream_stats_.observe(ClusterStat::upstream_cx_connect_ms, loop.nowUs() - upstream_start_us_);
  upstream_stats_.inc(ClusterStat::upstream_rq_total);
  upstream_stats_.inc(ClusterStat::upstream_rq_active);
  ++host_->numbers->rq_total;
  ++host_->numbers->rq_active;
  if (auto local = net::Address::localOf(up_->fd()); local.ok()) record_.upstream_local = *local;
  cluster_->onReached(*host_);
  cluster_->onTcpConnected(*host_);
  state_ = State::Open;
  touch();
  down_.readDisable(false);
  if (manager_.config_.log_on_connected) {
    record_.log_type = "TcpUpstreamConnected";
    logLine();
  }
}

void TcpSession::onSecured() {
  const bool waited = rulesWait();
  secured_ = true;
  net::Transport& transport = *down_.transport();
  manager_.tls_.succeeded(transport);
  if (!waited || state_ >= State::Closing) return;
  if (manager_.gate_->permitsSecured(peer_, *record_.downstream_direct_remote, local_, transport)) {
    begin();
  } else {
    record_.termination_details = manager_.gate_->refusal().details;
    close(false);
  }
}

void TcpSession::onRead(bool upstream, std::string_view bytes) {
  touch();
  if (upstream) {
    record_.bytes_sent += bytes.size();
    down_.write(bytes);
  } else {
    record_.bytes_received += bytes.size();
    up_->write(bytes);
  }
}

net::Relay TcpSession::relay(bool upstream) {
  if (state_ != State::Open && state_ != State::HalfOpen) return {};
  return {upstream ? &down_ : up_.get(), net::Relay::kNoLimit};
}

void TcpSession::onRelayed(bool upstream, size_t size) {
  touch();
  (upstream ? record_.bytes_sent : record_.bytes_received) += size;
}

void TcpSession::onEof(bool upstream) {
  if (state_ >= State::Closing) return;
  (upstream ? upstream_eof_ : downstream_eof_) = true;
  net::Connection& other = upstream ? down_ : *up_;
  other.shutdownWrite();
  state_ = State::HalfOpen;
  if (!upstream_eof_ || !downstream_eof_) return;
  // Both ended. What is still queued for the client goes out before the socket closes.
  close(false);
}

void TcpSession::onFull(bool upstream, bool full) {
  // A full side stops the reading of the other.
  if (upstream) {
    manager_.tcp_stats_.inc(full ? TcpStat::downstream_flow_control_paused_reading_total
                                 : TcpStat::downstream_flow_control_resumed_reading_total);
    down_.readDisable(full);
  } else if (up_ != nullptr) {
    upstream_stats_.inc(full ? ClusterStat::upstream_flow_control_paused_reading_total
                             : ClusterStat::upstream_flow_control_resumed_reading_total);
    up_->readDisable(full);
  }
}

void TcpSession::onClosed(bool upstream, net::CloseReason reason) {
  if (state_ == State::Closed) return;
  if (!upstream && down_.transport() != nullptr && !secured_) {
    manager_.tls_.failed(*down_.transport(), reason);
  }
  if (state_ == State::Closing) {
    finishWhenClosed();
    return;
  }
  if (upstream && state_ == State::Connecting) {
    connectFailed(reason == net::CloseReason::ConnectTimeout);
    return;
  }
  const bool reset = reason != net::CloseReason::RemoteEof && reason != net::CloseReason::Local;
  if (reset && upstream) record_.setFlag(Flag::UpstreamConnectionTermination);
  if (reset && !upstream) record_.setFlag(Flag::DownstreamConnectionTermination);
  close(reset);
}

void TcpSession::onIdle() {
  if (state_ >= State::Closing) return;
  manager_.tcp_stats_.inc(TcpStat::idle_timeout);
  record_.setFlag(Flag::StreamIdleTimeout);
  close(false);
}

void TcpSession::touch() {
  active_us_ = manager_.context_.loop.nowMs() * 1000;
  if (manager_.config_.idle_timeout_ms != 0) {
    idle_timer_.set(manager_.context_.loop.wheel(), manager_.config_.idle_timeout_ms);
  }
}

void TcpSession::countBytes() {
  auto& tcp = manager_.tcp_stats_;
  tcp.add(TcpStat::downstream_cx_rx_bytes_total, down_.bytesRead() - counted_down_rx_);
  tcp.add(TcpStat::downstream_cx_tx_bytes_total, down_.bytesWritten() - counted_down_tx_);
  counted_down_rx_ = down_.bytesRead();
  counted_down_tx_ = down_.bytesWritten();
  if (up_ == nullptr) return;
  ClusterStats& stats = upstream_stats_;
  stats.add(ClusterStat::upstream_cx_rx_bytes_total, up_->bytesRead() - counted_up_rx_);
  stats.add(ClusterStat::upstream_cx_tx_bytes_total, up_->bytesWritten() - counted_up_tx_);
  counted_up_rx_ = up_->bytesRead();
  counted_up_tx_ = up_->bytesWritten();
}

// Of max_connections.
void TcpSession::releasePermit() {
  if (std::exchange(holds_permit_, false)) {
    cluster_->breaker().release(Limit::Connections, Priority::Default);
  }
}

void TcpSession::dropUpstream() {
  ClusterStats& stats = upstream_stats_;
  countBytes();
  releasePermit();
  stats.sub(ClusterStat::upstream_cx_active);
  --host_->numbers->cx_active;
  stats.inc(ClusterStat::upstream_cx_destroy);
  if (up_ == nullptr) return;
  counted_up_rx_ = counted_up_tx_ = 0;
  up_->close(net::Connection::Close::Now);
  manager_.context_.loop.deferDelete(std::move(up_));
}

void TcpSession::close(bool reset) {
  if (state_ >= State::Closing) {
    if (reset) abandon();
    return;
  }
  if (state_ != State::Connecting) {
    upstream_stats_.sub(ClusterStat::upstream_rq_active);
    --host_->numbers->rq_active;
    upstream_stats_.observe(ClusterStat::upstream_cx_length_ms,
                            manager_.context_.loop.nowUs() - upstream_start_us_);
  }
  state_ = State::Closing;
  cancelTimers();
  if (reset) {
    abandon();
    return;
  }
  // What is queued for either side still goes out; each reports when it is through.
  if (up_ != nullptr) up_->close(net::Connection::Close::Flush);
  down_.close(net::Connection::Close::Flush);
  finishWhenClosed();
}

void TcpSession::abandon() {
  if (up_ != nullptr) up_->close(net::Connection::Close::Reset);
  down_.close(net::Connection::Close::Reset);
  finish();
}

void TcpSession::finishWhenClosed() {
  const bool up_closed = up_ == nullptr || up_->state() == net::Connection::State::Closed;
  if (up_closed && down_.state() == net::Connection::State::Closed) finish();
}

void TcpSession::finish() {
  if (state_ == State::Closed) return;
  state_ = State::Closed;
  countBytes();
  releasePermit();
  if (up_ != nullptr) {
    upstream_stats_.sub(ClusterStat::upstream_cx_active);
    --host_->numbers->cx_active;
    upstream_stats_.inc(ClusterStat::upstream_cx_destroy);
  }
  record_.end_us = manager_.context_.loop.nowUs();
  auto& listener = manager_.listener_stats_;
  listener.inc(ListenerStat::downstream_cx_destroy);
  listener.sub(ListenerStat::downstream_cx_active);
  listener.observe(ListenerStat::downstream_cx_length_ms, record_.end_us - record_.start_us);
  record_.log_type = "TcpConnectionEnd";
  logLine();
  manager_.remove(*this);
}

}  // namespace convoy::worker
