#include "master/upstream/probe_line.h"

#include <utility>

#include "common/base/check.h"
#include "common/net/socket.h"

namespace convoy::master {

using Kind = ProbeResult::Kind;

ProbeLine::ProbeLine(net::EventLoop& loop, const config::HealthCheck& check, ProbeTarget target)
    : loop_(loop), check_(check), target_(std::move(target)) {}

ProbeLine::~ProbeLine() {
  abort();
}

void ProbeLine::start(Callback callback) {
  DCHECK(state_ == State::Idle);
  callback_ = std::move(callback);
  if (line_ != nullptr) {
    state_ = State::Asking;
    ask();
    return;
  }
  state_ = State::Connecting;
  reset();
  auto fd = net::connectTo(target_.address);
  if (!fd.ok()) return fail(Kind::Network, fd.error().context, false, false);
  net::ConnectionCallbacks& callbacks = *this;
  line_ = std::make_unique<Line>(loop_, std::move(*fd), callbacks, check_.timeout_ms);
  line_->connection.setPreface(check_.preface);
  if (target_.tls != nullptr) {
    line_->connection.secure(
        target_.tls->connect(target_.sni, target_.san_is_sni ? target_.sni : "", nullptr));
  }
  if (!line_->connection.start(false)) fail(Kind::Network, "no connection", false, false);
}

void ProbeLine::abort() {
  state_ = State::Idle;
  callback_ = nullptr;
  alive_ = std::make_shared<int>(0);
  drop();
}

// It may be on the stack: it goes at the end of this turn of the loop.
void ProbeLine::drop() {
  if (line_ == nullptr) return;
  std::unique_ptr<Line> line = std::move(line_);
  line->connection.close(net::Connection::Close::Now);
  dropped();
  loop_.deferDelete(std::move(line));
}

void ProbeLine::succeed(bool keep_connection) {
  report({}, keep_connection);
}

void ProbeLine::fail(Kind kind, std::string why, bool retriable, bool keep_connection) {
  report({kind, retriable, std::move(why)}, keep_connection);
}

void ProbeLine::report(ProbeResult result, bool keep_connection) {
  if (!keep_connection) drop();
  if (state_ == State::Idle) return;
  state_ = State::Idle;
  loop_.post([result = std::move(result), callback = std::exchange(callback_, nullptr),
              alive = std::weak_ptr<int>(alive_)] {
    if (!alive.expired()) callback(result);
  });
}

void ProbeLine::onConnected() {
  state_ = State::Asking;
  ask();
}

void ProbeLine::onReadEof() {
  fail(Kind::Network, "the connection was closed before an answer", false, false);
}

void ProbeLine::onClosed(net::CloseReason reason) {
  const bool connecting = state_ == State::Connecting;
  const bool late = reason == net::CloseReason::ConnectTimeout;
  const net::Transport* tls = line_ == nullptr ? nullptr : line_->connection.transport();
  if (connecting && tls != nullptr && !tls->failure().empty()) {
    return fail(Kind::Network, std::string(tls->failure()), false, false);
  }
  fail(Kind::Network,
       !connecting ? "the connection was reset"
       : late      ? "connecting timed out"
                   : "connecting failed",
       false, false);
}

}  // namespace convoy::master
