#include "worker/network/small_manager.h"

#include "worker/descriptors.h"

namespace convoy::worker {

using Close = net::Connection::Close;
using stats::ListenerStat;

// --- SmallManager ---

SmallManager::SmallManager(WorkerContext& context, const config::Listener& listener,
                           size_t listener_index, size_t chain)
    : context_(context),
      listener_(listener),
      response_(std::get_if<config::NetworkDirectResponse>(&listener.chain(chain).terminal)),
      tls_(context, listener, listener_index, chain),
      stats_(context.cells(context.directory.listener(listener_index))) {}

SmallManager::~SmallManager() {
  while (!sessions_.empty()) sessions_.back()->close(Close::Reset);
}

void SmallManager::accept(base::UniqueFd fd, const net::Address& peer, const net::Address& local,
                          ClientOriginPtr origin) {
  auto session =
      std::make_unique<SmallSession>(*this, std::move(fd), peer, local, std::move(origin));
  SmallSession& added = *session;
  added.index_ = static_cast<uint32_t>(sessions_.size());
  sessions_.push_back(std::move(session));
  stats_.inc(ListenerStat::downstream_cx_active);
  stats_.inc(ListenerStat::downstream_cx_total);
  ++context_.slab->header().connections;
  tls_.secure(added.conn_);
  added.start();
}

CutCounts SmallManager::closeAll() {
  CutCounts counts;
  for (size_t i = sessions_.size(); i-- > 0;) {
    if (i >= sessions_.size()) continue;
    ++counts.tcp;
    sessions_[i]->close(Close::Flush);
  }
  return counts;
}

void SmallManager::remove(SmallSession& session) {
  std::unique_ptr<SmallSession> own = std::move(sessions_[session.index_]);
  if (session.index_ + 1 != sessions_.size()) {
    sessions_[session.index_] = std::move(sessions_.back());
    sessions_[session.index_]->index_ = session.index_;
  }
  sessions_.pop_back();
  stats_.inc(ListenerStat::downstream_cx_destroy);
  stats_.sub(ListenerStat::downstream_cx_active);
  stats_.observe(ListenerStat::downstream_cx_length_ms, context_.loop.nowUs() - session.start_us_);
  if (gate_ != nullptr) gate_->leave();
  --context_.slab->header().connections;
  if (context_.descriptors != nullptr) context_.descriptors->clientClosed();
  context_.loop.deferDelete(std::move(own));
}

// --- SmallSession ---

SmallSession::SmallSession(SmallManager& manager, base::UniqueFd fd, const net::Address& peer,
                           const net::Address& local, ClientOriginPtr origin)
    : manager_(manager),
      peer_(peer),
      local_(local),
      origin_(std::move(origin)),
      start_us_(manager.context_.loop.nowUs()),
      conn_(manager.context_.loop, std::move(fd), *this) {
  conn_.setWatermark(manager.listener_.per_connection_buffer_limit_bytes);
}

void SmallSession::start() {
  const bool plain = conn_.transport() == nullptr;
  if (!conn_.start(true)) return finish();
  if (plain && !finished_) answer();
}

void SmallSession::answer() {
  if (manager_.response_ == nullptr) return;
  conn_.write(manager_.response_->body);
  close(Close::Flush);
}

void SmallSession::onConnected() {
  secured_ = true;
  net::Transport& transport = *conn_.transport();
  manager_.tls_.succeeded(transport);
  Gate* gate = manager_.gate_;
  const net::Address& direct = directPeer(origin_.get(), peer_);
  if (gate != nullptr && !gate->permitsSecured(peer_, direct, local_, transport)) {
    return close(Close::Now);
  }
  answer();
}

void SmallSession::onRead(std::string_view bytes) {
  if (manager_.response_ == nullptr) conn_.write(bytes);
}

void SmallSession::onReadEof() {
  if (!finished_ && conn_.isOpen()) close(Close::Flush);
}

void SmallSession::onClosed(net::CloseReason reason) {
  if (conn_.transport() != nullptr && !secured_) manager_.tls_.failed(*conn_.transport(), reason);
  finish();
}

void SmallSession::close(Close how) {
  conn_.close(how);
  if (conn_.state() == net::Connection::State::Closed) finish();
}

void SmallSession::finish() {
  if (finished_) return;
  finished_ = true;
  manager_.remove(*this);
}

}  // namespace convoy::worker
