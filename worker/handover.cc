#include "worker/handover.h"

#include <algorithm>

#include "common/base/log.h"

namespace convoy::worker {

struct Handover::Inbox {
  base::UniqueFd socket;
  std::unique_ptr<net::FdWatcher> watcher;
};

Handover::Handover(net::EventLoop& loop, HandoverCallbacks& callbacks)
    : loop_(loop), callbacks_(callbacks) {
  // By time and not by EPOLLOUT: a socket is writable although too many descriptors are in flight.
  retry_ = loop.createTimer([this] {
    if (state_ == State::Full) state_ = State::Open;
    callbacks_.onSweep();
  });
  inbox_retry_ = loop.createTimer([this] {
    for (auto& inbox : inboxes_) inbox->watcher->setEvents(net::kReadable);
  });
}

Handover::~Handover() = default;

void Handover::setSuccessor(base::UniqueFd socket, const ipc::SuccessorPayload& payload) {
  outbox_ = std::move(socket);
  listeners_ = payload.listeners;
  removed_clusters_ = payload.removed_clusters;
  state_ = State::Open;
  full_since_ms_ = 0;
  retry_->start(0);
}

void Handover::dropSuccessor() {
  if (state_ == State::None) return;
  state_ = State::None;
  outbox_.reset();
  listeners_.clear();
  retry_->start(0);
}

bool Handover::hasCluster(std::string_view name) const {
  return std::find(removed_clusters_.begin(), removed_clusters_.end(), name) ==
         removed_clusters_.end();
}

Handover::Result Handover::give(size_t listener, ipc::Handoff& handoff,
                                std::initializer_list<int> fds) {
  if (!canMove(listener) || handoff.leftover.size() > ipc::kMaxLeftover) return Result::Stays;
  handoff.listener = listeners_[listener];
  return send(handoff, fds);
}

uint64_t& Handover::counterOf(ipc::Handoff::Kind kind) {
  switch (kind) {
    case ipc::Handoff::Kind::Http:
      return given_.http;
    case ipc::Handoff::Kind::Tcp:
      return given_.tcp;
    case ipc::Handoff::Kind::Upgrade:
      return given_.upgrade;
    case ipc::Handoff::Kind::Upstream:
      return given_.upstream;
  }
  return given_.http;
}

bool Handover::stuck() const {
  return full_since_ms_ != 0 && loop_.nowMs() - full_since_ms_ >= kStuckMs;
}

Handover::Result Handover::send(ipc::Handoff& handoff, std::initializer_list<int> fds) {
  if (state_ == State::None) return Result::Stays;
  if (state_ == State::Full) return stuck() ? Result::Stays : Result::Later;
  for (int fd : fds) handoff.fds.emplace_back(fd);
  const ipc::SendResult sent = ipc::sendHandoff(outbox_.get(), handoff);
  for (base::UniqueFd& fd : handoff.fds) static_cast<void>(fd.release());
  switch (sent) {
    case ipc::SendResult::Sent:
      full_since_ms_ = 0;
      ++counterOf(handoff.kind);
      return Result::Moved;
    case ipc::SendResult::Full:
      state_ = State::Full;
      if (full_since_ms_ == 0) full_since_ms_ = loop_.nowMs();
      retry_->start(stuck() ? kStuckMs : kRetryMs);
      return stuck() ? Result::Stays : Result::Later;
    case ipc::SendResult::TooBig:
      return Result::Stays;
    case ipc::SendResult::Broken:
      dropSuccessor();
      return Result::Stays;
  }
  return Result::Stays;
}

void Handover::sweepSoon() {
  if (sweep_posted_) return;
  sweep_posted_ = true;
  loop_.post([this] {
    sweep_posted_ = false;
    callbacks_.onSweep();
  });
}

void Handover::addInbox(base::UniqueFd socket) {
  auto inbox = std::make_unique<Inbox>();
  inbox->socket = std::move(socket);
  Inbox* raw = inbox.get();
  inbox->watcher =
      loop_.watchFd(raw->socket.get(), net::kReadable, [this, raw](uint32_t) { readInbox(*raw); });
  inboxes_.push_back(std::move(inbox));
}

void Handover::readInbox(Inbox& inbox) {
  for (int i = 0; i < kPerWake; ++i) {
    // Received without a free descriptor, a connection would be lost: it waits with its sender.
    if (!callbacks_.roomForHandoff()) {
      for (auto& each : inboxes_) each->watcher->setEvents(0);
      inbox_retry_->start(kRetryMs);
      return;
    }
    ipc::Handoff handoff;
    switch (ipc::receiveHandoff(inbox.socket.get(), &handoff)) {
      case ipc::ReceiveResult::Received:
        callbacks_.onHandoff(std::move(handoff));
        break;
      case ipc::ReceiveResult::Nothing:
        return;
      case ipc::ReceiveResult::End:
        return end(inbox);
      case ipc::ReceiveResult::Malformed:
        base::logger("main").error("a handed-over connection does not parse: closed");
        break;
    }
  }
}

void Handover::end(Inbox& inbox) {
  const auto it = std::find_if(inboxes_.begin(), inboxes_.end(),
                               [&inbox](const auto& each) { return each.get() == &inbox; });
  if (it == inboxes_.end()) return;
  inbox.watcher->setEvents(0);
  // This is the watcher's own callback.
  loop_.post([gone = std::shared_ptr<Inbox>(std::move(*it))] { gone->watcher.reset(); });
  inboxes_.erase(it);
}

}  // namespace convoy::worker
