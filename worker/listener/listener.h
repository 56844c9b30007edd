// listener: one configured listener in this worker: its acceptor(s) and the filter chains that take
// what they accept. Beside its own sockets it polls those of a slot that this worker adopted, until
// they are released. Owned by Worker; worker loop.
#pragma once

#include <memory>
#include <sys/types.h>
#include <vector>

#include "common/config/model/listener.h"
#include "worker/context.h"
#include "worker/descriptors.h"
#include "worker/http/conn_manager.h"
#include "worker/listener/acceptor.h"
#include "worker/listener/chain_match.h"
#include "worker/listener/client_origin.h"
#include "worker/listener/socket_inspector.h"
#include "worker/network/gate.h"
#include "worker/network/small_manager.h"
#include "worker/network/tcp_proxy.h"

namespace convoy::worker {

class Listener final : public AcceptCallbacks, private RoomWaiter, private InspectorCallbacks {
 public:
  Listener(WorkerContext& context, const config::Listener& config, size_t index);
  ~Listener() override;

  // A socket of `slot`, this worker's or an adopted one; polled at once if the listener accepts.
  void addSocket(base::UniqueFd fd, uint32_t slot);
  // The worker of `slot` polls its sockets itself again: what is queued there is left to it.
  void release(uint32_t slot);
  void startAccepting();
  // Takes what waits in the queues of its sockets now; a no-op for those not being polled.
  void acceptQueued();
  void stopAccepting();
  bool accepting() const { return accepting_; }
  // Without a master (orphan.h). True: every socket belongs to another living one than `former`.
  bool allSocketsTaken(pid_t former) const;
  // Those of another master are closed, the others take no new handshakes.
  void refuseNew(pid_t former);
  void closeSockets();
  // A connection from the worker that we succeed.
  void adopt(ipc::Handoff handoff);
  // Draining: offers connections to the successor. False: it is full, the rest goes later.
  bool handOver();
  // Those that have been idle since `before_us`.
  void closeIdle(uint64_t before_us);
  CutCounts closeAll();  // the deadline
  // The same listener with other certificates, for connections from now on.
  void rekey(const config::Listener& config);
  size_t connectionCount() const;

 private:
  // One of the three managers each.
  struct Chain {
    std::unique_ptr<Gate> gate;  // null: all are let in. Outlives what it has let in
    std::unique_ptr<HttpManager> http;
    std::unique_ptr<TcpManager> tcp;
    std::unique_ptr<SmallManager> small;
  };
  void onAccepted(base::UniqueFd fd, const net::Address& peer, const net::Address& local) override;
  void onAcceptPaused(int error) override;
  bool roomToAccept() override;
  void onRoom() override;
  void onInspected(SocketInspector& inspector, End end) override;
  void inspect(base::UniqueFd fd, const net::Address& peer, const net::Address& local);
  void dispatchInspected(const SocketInspector& inspector, base::UniqueFd fd);
  void countInspection(const SocketInspector& inspector, End end);
  ClientOriginPtr originOf(const SocketInspector& inspector) const;
  void dispatch(base::UniqueFd fd, const ConnectionTraits& connection, ClientOriginPtr origin);
  bool passes(size_t chain, base::UniqueFd& fd, const ConnectionTraits& connection,
              const ClientOrigin* origin);
  void refuse(base::UniqueFd fd);
  void closeParked();
  bool shallLogPause();

  WorkerContext& context_;
  const size_t index_;
  const config::Listener& config_;
  stats::StatBlock<stats::ListenerStat> stats_;
  const bool inspects_;
  struct Polled {
    uint32_t slot;
    std::unique_ptr<Acceptor> acceptor;
  };
  std::vector<Polled> polled_;
  bool accepting_ = false;
  const ChainMatch match_;
  std::vector<Chain> chains_;
  std::vector<std::unique_ptr<SocketInspector>> inspectors_;
  uint64_t last_pause_log_ms_ = 0;
};

}  // namespace convoy::worker
