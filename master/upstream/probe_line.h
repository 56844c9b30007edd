// probe_line: what HTTP and TCP probes have in common: one check at a time, the connection that it
// uses, and a report that is made when nothing of the probe is on the stack any more. Part of
// probe; the master's loop.
//
//   Idle --start--> Connecting --connected--> Asking --answer--> Idle (connection kept or dropped)
//     \--start, connection kept--------------^   \--failure--> Idle (connection dropped)
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/net/connection.h"
#include "master/upstream/probe.h"

namespace convoy::master {

class ProbeLine : public Probe, protected net::ConnectionCallbacks {
 public:
  ProbeLine(net::EventLoop& loop, const config::HealthCheck& check, ProbeTarget target);
  ~ProbeLine() override;
  void start(Callback callback) final;
  void abort() final;

 protected:
  enum class State : uint8_t { Idle, Connecting, Asking };
  // A connection is there: ask.
  virtual void ask() = 0;
  // The connection is new: what was kept for the old one is worth nothing.
  virtual void reset() = 0;
  // The connection is gone at the end of this turn of the loop.
  virtual void dropped() {}
  void succeed(bool keep_connection);
  void fail(ProbeResult::Kind kind, std::string why, bool retriable, bool keep_connection);
  void drop();

  State state() const { return state_; }
  const config::HealthCheck& check() const { return check_; }
  const ProbeTarget& target() const { return target_; }
  net::EventLoop& loop() { return loop_; }
  net::Connection& connection() { return line_->connection; }

  // net::ConnectionCallbacks
  void onConnected() override;
  void onReadEof() override;
  void onClosed(net::CloseReason reason) override;

 private:
  void report(ProbeResult result, bool keep_connection);

  net::EventLoop& loop_;
  const config::HealthCheck& check_;
  const ProbeTarget target_;
  State state_ = State::Idle;
  Callback callback_;
  struct Line : net::DeferredDeletable {
    Line(net::EventLoop& loop, base::UniqueFd fd, net::ConnectionCallbacks& callbacks,
         uint64_t timeout_ms)
        : connection(loop, std::move(fd), callbacks, timeout_ms) {}
    net::Connection connection;
  };
  std::unique_ptr<Line> line_;  // null without a connection
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace convoy::master
