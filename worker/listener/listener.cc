#include "worker/listener/listener.h"

#include <algorithm>
#include <cstring>

#include "common/base/log.h"
#include "common/net/socket_owner.h"
#include "common/net/syn_filter.h"
#include "worker/sentinel/ledger.h"
#include "worker/upstream/cluster.h"

namespace convoy::worker {

Listener::Listener(WorkerContext& context, const config::Listener& config, size_t index)
    : context_(context),
      index_(index),
      config_(config),
      stats_(context.cells(context.directory.listener(index))) {
  if (config.http() != nullptr) {
    http_ = std::make_unique<HttpManager>(context, config, index);
  } else {
    tcp_ = std::make_unique<TcpManager>(context, config, index);
  }
}

Listener::~Listener() {
  if (context_.descriptors != nullptr) context_.descriptors->forget(*this);
}

void Listener::addSocket(base::UniqueFd fd, uint32_t slot) {
  polled_.push_back({slot, std::make_unique<Acceptor>(context_.loop, std::move(fd), *this)});
  if (http_ != nullptr && context_.ledger != nullptr) {
    polled_.back().acceptor->setMark(&context_.ledger->header().accepting,
                                     static_cast<uint32_t>(index_));
  }
  if (accepting_) polled_.back().acceptor->resume();
}

void Listener::release(uint32_t slot) {
  std::erase_if(polled_, [slot](const Polled& polled) { return polled.slot == slot; });
}

void Listener::startAccepting() {
  accepting_ = true;
  for (Polled& polled : polled_) polled.acceptor->resume();
}

void Listener::acceptQueued() {
  for (Polled& polled : polled_) polled.acceptor->acceptQueued();
}

void Listener::stopAccepting() {
  accepting_ = false;
  for (Polled& polled : polled_) polled.acceptor->pause();
}

namespace {

bool isTaken(const Acceptor& acceptor, pid_t former) {
  const pid_t owner = net::ownerOf(acceptor.fd());
  return owner != 0 && owner != former;
}

}  // namespace

bool Listener::allSocketsTaken(pid_t former) const {
  return std::all_of(polled_.begin(), polled_.end(),
                     [former](const Polled& polled) { return isTaken(*polled.acceptor, former); });
}

void Listener::refuseNew(pid_t former) {
  std::erase_if(polled_,
                [former](const Polled& polled) { return isTaken(*polled.acceptor, former); });
  for (Polled& polled : polled_) {
    if (!polled.acceptor->isIp()) continue;
    const base::Status filtered = net::dropSyns(polled.acceptor->fd());
    if (!filtered.ok()) base::logger("listener").warn("{}", filtered.error().context);
  }
}

void Listener::closeSockets() {
  accepting_ = false;
  polled_.clear();
}

void Listener::adopt(ipc::Handoff handoff) {
  const bool is_http =
      handoff.kind == ipc::Handoff::Kind::Http || handoff.kind == ipc::Handoff::Kind::Upgrade;
  if (is_http && http_ != nullptr) return http_->adopt(std::move(handoff));
  const bool is_tcp = handoff.kind == ipc::Handoff::Kind::Tcp;
  if (is_tcp && tcp_ != nullptr) return tcp_->adopt(std::move(handoff));
  base::logger("listener")
      .error("{}: a handed-over connection of another kind: closed", config_.name);
}

bool Listener::handOver() {
  return http_ != nullptr ? http_->handOver() : tcp_->handOver();
}

void Listener::closeIdle(uint64_t before_us) {
  if (http_ != nullptr) http_->closeIdle(before_us);
}

CutCounts Listener::closeAll() {
  return http_ != nullptr ? http_->closeAll() : tcp_->closeAll();
}

size_t Listener::connectionCount() const {
  return http_ != nullptr ? http_->connectionCount() : tcp_->connectionCount();
}

void Listener::onAccepted(base::UniqueFd fd, const net::Address& peer, const net::Address& local) {
  if (http_ != nullptr) {
    http_->accept(std::move(fd), peer, local);
  } else {
    tcp_->accept(std::move(fd), peer, local);
  }
}

bool Listener::shallLogPause() {
  const uint64_t now = context_.loop.nowMs();
  if (last_pause_log_ms_ != 0 && now - last_pause_log_ms_ < 10000) return false;
  last_pause_log_ms_ = now;
  return true;
}

void Listener::onAcceptPaused(int error) {
  stats_.inc(stats::ListenerStat::downstream_cx_overflow);
  if (!shallLogPause()) return;
  base::logger("listener")
      .warn(
          "{}: accepting paused for {} ms: {}. Connections wait in the kernel's queue; raise "
          "LimitNOFILE (ulimit -n) if this repeats",
          config_.name, Acceptor::kPauseMs, std::strerror(error));
}

bool Listener::roomToAccept() {
  Descriptors* descriptors = context_.descriptors;
  if (descriptors == nullptr || descriptors->room()) return true;
  // Nobody uses these now, a client would.
  if (descriptors->idlePooled() != 0 && context_.clusters != nullptr) {
    context_.clusters->closeIdle();
    if (descriptors->room()) return true;
  }
  descriptors->wait(*this);
  stats_.inc(stats::ListenerStat::downstream_cx_overflow);
  if (shallLogPause()) {
    base::logger("listener")
        .warn(
            "{}: accepting paused: no descriptor is left for another connection. Connections wait "
            "in the kernel's queue until some end; raise LimitNOFILE (ulimit -n) if this repeats",
            config_.name);
  }
  return false;
}

void Listener::onRoom() {
  for (Polled& polled : polled_) polled.acceptor->retry();
}

}  // namespace convoy::worker
