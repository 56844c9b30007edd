// How a TCP session leaves for the successor, and how it goes on there.
#include "common/base/log.h"
#include "worker/handover.h"
#include "worker/network/tcp_proxy.h"

namespace convoy::worker {

using stats::ClusterStat;
using stats::ListenerStat;

// Where the worker before us stopped. What the two ends have said since is in the kernel, an end of
// file included.
void TcpSession::resume(ipc::Handoff& handoff) {
  WorkerContext& context = manager_.context_;
  record_.start_us = handoff.created_us;
  active_us_ = handoff.active_us;
  if (!decodeState(handoff.state)) {
    base::logger("listener").error("a handed-over TCP connection does not parse: closed");
    close(true);
    return;
  }
  up_ = std::make_unique<net::Connection>(context.loop, std::move(handoff.fds[1]), up_side_);
  if (cluster_ != nullptr) up_->setWatermark(cluster_->config().per_connection_buffer_limit_bytes);
  state_ = State::Open;
  if (cluster_ != nullptr) cluster_->breaker().take(Limit::Connections, Priority::Default);
  holds_permit_ = cluster_ != nullptr;
  upstream_stats_.inc(ClusterStat::upstream_cx_active);
  upstream_stats_.inc(ClusterStat::upstream_rq_active);
  ++host_->numbers->cx_active;
  ++host_->numbers->rq_active;
  idle_timer_.set(context.loop.wheel(),
                  remainingMs(manager_.config_.idle_timeout_ms, active_us_, context.loop.nowUs()));
  limitDuration((context.loop.nowUs() - record_.start_us) / 1000);
  if (!up_->start(false) || !down_.start(false)) close(true);
}

std::string TcpSession::encodeState() const {
  ipc::WireWriter out;
  out.text(record_.upstream_cluster);
  ipc::putAddress(out, host_->address);
  out.text(host_->hostname);
  out.u64(static_cast<uint64_t>(record_.start_wall_us));
  out.u64(record_.bytes_received);
  out.u64(record_.bytes_sent);
  out.u64(upstream_start_us_);
  out.u32(record_.attempts);
  out.u32(record_.flags);
  return out.bytes();
}

bool TcpSession::decodeState(std::string_view state) {
  ipc::WireReader in(state);
  const std::string_view cluster = in.text();
  host_ = std::make_shared<Host>();
  host_->address = ipc::getAddress(in);
  host_->hostname = in.text();
  record_.start_wall_us = static_cast<int64_t>(in.u64());
  record_.bytes_received = in.u64();
  record_.bytes_sent = in.u64();
  upstream_start_us_ = in.u64();
  record_.attempts = attempts_ = in.u32();
  record_.flags = in.u32();
  record_.upstream_remote = &host_->address;
  record_.upstream_host_name = host_->hostname;
  cluster_ = manager_.context_.clusters->find(cluster);
  if (cluster_ != nullptr) {
    upstream_stats_ = cluster_->stats();
    record_.upstream_cluster = cluster_->config().name;
    if (auto known = cluster_->numbersOf(host_->address)) host_->numbers = std::move(known);
  } else {
    former_cluster_ = cluster;
    record_.upstream_cluster = former_cluster_;
  }
  return in.done();
}

TcpSession::Move TcpSession::move() {
  Handover* handover = manager_.context_.handover;
  if (state_ != State::Open && state_ != State::HalfOpen) return Move::Stays;
  const bool plain = down_.transport() == nullptr && up_->transport() == nullptr;
  if (!plain || handover == nullptr || manager_.listener_.chainCount() != 1 ||
      !handover->canMove(manager_.listener_index_)) {
    holdReading(false);
    return Move::Stays;
  }
  // A busy session would never be empty: its two ends wait until it is.
  holdReading(true);
  down_.flush();
  up_->flush();
  if (!down_.movable() || !up_->movable()) return Move::Stays;
  ipc::Handoff handoff;
  handoff.kind = ipc::Handoff::Kind::Tcp;
  handoff.peer = peer_;
  handoff.local = local_;
  if (origin_ != nullptr) handoff.origin = origin_->encode();
  handoff.created_us = record_.start_us;
  handoff.active_us = active_us_;
  handoff.state = encodeState();
  switch (handover->give(manager_.listener_index_, handoff, {down_.fd(), up_->fd()})) {
    case Handover::Result::Moved:
      moved();
      return Move::Moved;
    case Handover::Result::Later:
      return Move::Later;
    case Handover::Result::Stays:
      holdReading(false);
      return Move::Stays;
  }
  return Move::Stays;
}

void TcpSession::holdReading(bool hold) {
  if (hold == reading_held_) return;
  reading_held_ = hold;
  down_.readDisable(hold);
  up_->readDisable(hold);
}

// It lives on elsewhere: no end for any counter, and no log line.
void TcpSession::moved() {
  state_ = State::Closed;
  cancelTimers();
  countBytes();
  down_.releaseFd();
  up_->releaseFd();
  releasePermit();
  upstream_stats_.sub(ClusterStat::upstream_cx_active);
  upstream_stats_.sub(ClusterStat::upstream_rq_active);
  --host_->numbers->cx_active;
  --host_->numbers->rq_active;
  manager_.listener_stats_.sub(ListenerStat::downstream_cx_active);
  manager_.remove(*this);
}

}  // namespace convoy::worker
