// tls_terminator: TLS of one filter chain: its context, and the counters of its handshakes. Owned
// by the chain's HttpManager or TcpManager; worker loop.
#pragma once

#include <memory>

#include "common/config/model/listener.h"
#include "common/net/connection.h"
#include "common/net/tls_context.h"
#include "common/stats/stat_tables.h"
#include "worker/context.h"

namespace convoy::worker {

class TlsTerminator {
 public:
  TlsTerminator(WorkerContext& context, const config::Listener& listener, size_t listener_index,
                size_t chain);
  bool enabled() const { return tls_ != nullptr; }
  // Other certificates for the same chain. What cannot be used leaves the old ones.
  void rekey(const config::Listener& listener, size_t chain);
  // Before start(): a no-op unless enabled.
  void secure(net::Connection& connection) const;
  // The handshake of one of ours is over, well or not. REQUIRES: it has a transport.
  void succeeded(const net::Transport& transport);
  void failed(const net::Transport& transport, net::CloseReason reason);

 private:
  void countStaple(const net::Transport& transport);
  std::shared_ptr<const net::TlsContext> tls_;
  WorkerContext& context_;
  uint64_t timeout_ms_ = 0;
  stats::StatBlock<stats::ListenerStat> stats_;
  stats::StatBlock<stats::ListenerTlsStat> tls_stats_;  // REQUIRES: enabled()
};

}  // namespace convoy::worker
