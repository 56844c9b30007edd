#include "worker/upstream/attempt.h"

#include "common/base/check.h"

namespace convoy::worker {

using stats::ClusterStat;

Attempt::~Attempt() {
  abort();
}

void Attempt::start(Cluster& cluster, HostPtr host, bool fresh, http::Protocol downstream,
                    uint64_t now_us, Priority priority, const PoolKey& key) {
  DCHECK(state_ == State::Idle);
  cluster_ = &cluster;
  host_ = std::move(host);
  state_ = State::Waiting;
  started_us_ = now_us;
  response_started_ = false;
  request_ended_ = false;
  transport_failure_.clear();
  wire_sent_ = wire_received_ = 0;
  http2_ = !key.raw && cluster.speaksHttp2(downstream);
  pool_ = cluster.poolOf(*host_, http2_, priority, key);
  ++host_->active_requests;
  pool_->request(*this, fresh);
}

bool Attempt::resumeTunnel(Cluster& cluster, HostPtr host, base::UniqueFd fd) {
  DCHECK(state_ == State::Idle);
  UpstreamConnection* connection = cluster.poolOf(*host, false)->adoptTunnel(std::move(fd));
  if (connection == nullptr) return false;
  cluster_ = &cluster;
  host_ = std::move(host);
  priority_ = Priority::Default;
  ++host_->active_requests;
  ++host_->numbers->rq_active;
  cluster.stats().inc(ClusterStat::upstream_rq_active);
  connection_ = connection;
  sent_before_ = received_before_ = wire_sent_ = wire_received_ = 0;
  state_ = State::Active;
  response_started_ = true;
  request_ended_ = false;
  encoder_ = &connection->resumeTunnel(*this, *this);
  return true;
}

void Attempt::moved() {
  DCHECK(state_ == State::Active);
  UpstreamConnection* connection = connection_;
  finish();
  connection->moved();
}

void Attempt::onPoolReady(UpstreamConnection& connection) {
  state_ = State::Active;
  connection_ = &connection;
  sent_before_ = connection.connection().bytesWritten();
  received_before_ = connection.connection().bytesRead();
  cluster_->onReached(*host_);
  ++host_->numbers->rq_total;
  ++host_->numbers->rq_active;
  cluster_->stats().inc(ClusterStat::upstream_rq_total);
  cluster_->stats().inc(ClusterStat::upstream_rq_active);
  encoder_ = &connection.newStream(*this, *this);
  callbacks_.onAttemptReady();
}

void Attempt::onPoolFailure(http::ResetReason reason) {
  DCHECK(state_ == State::Waiting);
  if (reason == http::ResetReason::ConnectionFailure) {
    transport_failure_ = pool_->transportFailure();
  }
  if (reason != http::ResetReason::Overflow) cluster_->onNoAnswer(*host_, 503);
  finish();
  callbacks_.onAttemptFailed(reason, false);
}

void Attempt::abort() {
  if (state_ == State::Idle) return;
  if (state_ == State::Waiting) {
    leaveQueue();
    cluster_->stats().inc(ClusterStat::upstream_rq_cancelled);
    finish();
    return;
  }
  cluster_->stats().inc(ClusterStat::upstream_rq_tx_reset);
  UpstreamConnection* connection = connection_;
  http::RequestEncoder* encoder = encoder_;
  finish();
  connection->abort(*encoder);
}

void Attempt::timedOut() {
  if (state_ == State::Idle || response_started_) return;
  ++host_->numbers->rq_timeout;
  cluster_->onNoAnswer(*host_, 504);
}

void Attempt::clear() {
  abort();
  cluster_ = nullptr;
  host_.reset();
  pool_.reset();
}

void Attempt::readDisable(bool disable) {
  if (state_ != State::Active) return;
  encoder_->readDisable(disable);
}

void Attempt::sendHeaders(const http::RequestHead& head, bool end) {
  request_ended_ = end;
  encoder_->encodeHeaders(head, end);
}

void Attempt::sendData(std::string_view data, bool end) {
  request_ended_ = end;
  encoder_->encodeData(data, end);
}

net::Connection* Attempt::requestSink() {
  const bool open = state_ == State::Active && !request_ended_ && encoder_->raw();
  return open ? &connection_->connection() : nullptr;
}

void Attempt::sentRelayed(size_t size, bool end) {
  request_ended_ = end;
  encoder_->encodeRelayed(size, end);
}

void Attempt::sendTrailers(const http::HeaderMap& trailers) {
  request_ended_ = true;
  encoder_->encodeTrailers(trailers);
}

void Attempt::onInformational() {
  callbacks_.onUpstreamInformational();
}

void Attempt::onHeaders(bool end) {
  response_started_ = true;
  cluster_->onAnswer(*host_, callbacks_.responseHead().status);
  ++host_->numbers->timed;
  const uint64_t now = cluster_->context().loop.nowUs();
  host_->numbers->time_us += now - started_us_;
  if (end) finishResponse();
  callbacks_.onUpstreamHeaders(end, now);
}

void Attempt::onData(std::string_view data, bool end) {
  if (end) finishResponse();
  callbacks_.onUpstreamData(data, end);
}

void Attempt::onRelayed(size_t size, bool end) {
  if (end) finishResponse();
  callbacks_.onUpstreamRelayed(size, end);
}

void Attempt::onTrailers(http::HeaderMap& trailers) {
  finishResponse();
  callbacks_.onUpstreamTrailers(trailers);
}

void Attempt::onReset(http::ResetReason reason) {
  // A stream that was refused has not been looked at, whatever connection it was on.
  const bool refused = reason == http::ResetReason::Refused;
  const bool stale = refused || (!response_started_ && connection_->reused() &&
                                 (reason == http::ResetReason::ConnectionTermination ||
                                  (reason == http::ResetReason::RemoteReset && !http2_)));
  countReset(reason);
  // A kept connection that the host closed just then says nothing of the host; nor does what it was
  // not asked.
  const bool asked =
      reason != http::ResetReason::LocalReset && reason != http::ResetReason::NoTunnels;
  if (!stale && asked) cluster_->onNoAnswer(*host_, 503);
  finish();
  callbacks_.onAttemptFailed(reason, stale);
}

void Attempt::countReset(http::ResetReason reason) {
  if (reason != http::ResetReason::LocalReset && reason != http::ResetReason::NoTunnels) {
    cluster_->stats().inc(ClusterStat::upstream_rq_rx_reset);
  }
}

void Attempt::finishResponse() {
  UpstreamConnection* connection = connection_;
  http::RequestEncoder* encoder = encoder_;
  const bool cut = !request_ended_;
  finish();
  // Answered before it had the whole request: what is left of it would desynchronise the
  // connection.
  if (cut) connection->abort(*encoder);
}

// Leaves the connection to its codec: the pool takes it back when the request side has ended too.
void Attempt::finish() {
  if (state_ == State::Active) {
    cluster_->breaker().release(Limit::Requests, priority_);
    cluster_->stats().sub(ClusterStat::upstream_rq_active);
    --host_->numbers->rq_active;
  }
  if (connection_ != nullptr) {
    if (http2_) {
      const http::StreamWire wire = encoder_->wire();
      wire_sent_ = wire.sent;
      wire_received_ = wire.received;
    } else {
      wire_sent_ = connection_->connection().bytesWritten() - sent_before_;
      wire_received_ = connection_->connection().bytesRead() - received_before_;
    }
    connection_->detachFlow();
  }
  --host_->active_requests;
  state_ = State::Idle;
  connection_ = nullptr;
  encoder_ = nullptr;
}

}  // namespace convoy::worker
