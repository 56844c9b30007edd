// control: the worker's end of the control socket: turns the master's messages into calls on
// Worker, in the order of common/ipc/messages.h, and refuses what comes out of order. Owned by
// Worker; its loop.
#pragma once

#include <string>

#include "common/ipc/channel.h"
#include "common/ipc/host_stats.h"
#include "common/net/event_loop.h"

namespace convoy::worker {

class ControlCallbacks {
 public:
  virtual ~ControlCallbacks() = default;
  // Each returns "" or why it cannot: then Fatal is sent and the process ends with exit code 70.
  virtual std::string onConfig(const ipc::ConfigPayload& payload, std::string canonical_json,
                               base::UniqueFd slab) = 0;
  virtual std::string onListeners(const ipc::ListenersPayload& payload,
                                  std::vector<base::UniqueFd> fds) = 0;
  virtual std::string onLogs(const ipc::LogsPayload& payload, std::vector<base::UniqueFd> fds) = 0;
  virtual std::string onEndpoints(const ipc::EndpointsPayload& payload) = 0;
  virtual void onStartAccept() = 0;
  virtual void onStopAccept(const ipc::StopAcceptPayload& payload) = 0;
  virtual std::string onAdopt(const ipc::AdoptPayload& payload,
                              std::vector<base::UniqueFd> fds) = 0;
  virtual void onRelease(const ipc::ReleasePayload& payload) = 0;
  virtual std::string onSentinel(base::UniqueFd outbox, base::UniqueFd table) = 0;
  virtual std::string onLimits(const ipc::LimitsPayload& payload, base::UniqueFd page) = 0;
  virtual std::string onTicketKeys(const std::string& keys) = 0;
  virtual std::string onSecrets(std::string canonical_json) = 0;
  virtual std::string onHealth(bool failed) = 0;
  virtual std::string onInherit(base::UniqueFd inbox) = 0;
  virtual std::string onSuccessor(const ipc::SuccessorPayload& payload, base::UniqueFd outbox) = 0;
  virtual void onDrain(const ipc::DrainPayload& payload) = 0;
  virtual ipc::HostStatsToldPayload onHostStats(const ipc::HostStatsPayload& payload) = 0;
  virtual void onExit() = 0;
  virtual void onMasterGone() = 0;
};

class Control final : private ipc::ChannelCallbacks {
 public:
  Control(net::EventLoop& loop, base::UniqueFd fd, ControlCallbacks& callbacks);
  void hello(const std::string& build);
  void send(ipc::MessageType type, const std::string& payload = "{}");
  // Tells the master why and ends the process.
  [[noreturn]] void fatal(int exit_code, const std::string& text);
  bool flush(int timeout_ms) { return channel_.flush(timeout_ms); }

 private:
  void onMessage(ipc::Message message) override;
  void onChannelClosed(const std::string& reason) override;
  std::string apply(ipc::Message& message);

  ControlCallbacks& callbacks_;
  ipc::Channel channel_;
};

}  // namespace convoy::worker
