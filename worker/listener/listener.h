// listener: one configured listener in this worker: its acceptor(s) and the filter that takes what
// they accept. Owned by Worker; worker loop.
#pragma once

#include <memory>
#include <vector>

#include "common/config/model/listener.h"
#include "worker/context.h"
#include "worker/http/conn_manager.h"
#include "worker/listener/acceptor.h"
#include "worker/network/tcp_proxy.h"

namespace convoy::worker {

class Listener final : public AcceptCallbacks {
 public:
  Listener(WorkerContext& context, const config::Listener& config, size_t index);
  ~Listener() override;

  void addSocket(base::UniqueFd fd);
  void startAccepting();
  // Takes what waits in the queues of its sockets now; a no-op for those not being polled.
  void acceptQueued();
  void stopAccepting();
  // A connection from the worker that we succeed.
  void adopt(ipc::Handoff handoff);
  // Draining: offers connections to the successor. False: it is full, the rest goes later.
  bool handOver();
  void closeIdle();
  void closeAll();
  size_t connectionCount() const;

 private:
  void onAccepted(base::UniqueFd fd, const net::Address& peer, const net::Address& local) override;
  void onAcceptPaused(int error) override;

  WorkerContext& context_;
  const config::Listener& config_;
  stats::StatBlock<stats::ListenerStat> stats_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::unique_ptr<HttpManager> http_;
  std::unique_ptr<TcpManager> tcp_;
  uint64_t last_pause_log_ms_ = 0;
};

}  // namespace convoy::worker
