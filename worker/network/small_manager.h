// small_manager: the filter chains that end with echo or direct_response: connections that need no
// upstream. Owned by its Listener; worker loop. They are never handed over: while draining they go
// on until they end by themselves.
//
//   SmallSession:  Open --answer written, or the client's end--> Closing --sent--> (removed)
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "common/config/model/listener.h"
#include "common/net/connection.h"
#include "common/stats/stat_tables.h"
#include "worker/context.h"
#include "worker/listener/client_origin.h"
#include "worker/listener/tls_terminator.h"
#include "worker/network/gate.h"

namespace convoy::worker {

class SmallSession;

class SmallManager {
 public:
  SmallManager(WorkerContext& context, const config::Listener& listener, size_t listener_index,
               size_t chain);
  ~SmallManager();
  void accept(base::UniqueFd fd, const net::Address& peer, const net::Address& local,
              ClientOriginPtr origin);
  CutCounts closeAll();
  TlsTerminator& tls() { return tls_; }
  // What it has let in is to tell it of its end. Null: all are let in.
  void setGate(Gate* gate) { gate_ = gate; }
  size_t connectionCount() const { return sessions_.size(); }

 private:
  friend class SmallSession;
  void remove(SmallSession& session);

  WorkerContext& context_;
  const config::Listener& listener_;
  const config::NetworkDirectResponse* response_;  // null: echo
  TlsTerminator tls_;
  Gate* gate_ = nullptr;
  stats::StatBlock<stats::ListenerStat> stats_;
  std::vector<std::unique_ptr<SmallSession>> sessions_;
};

class SmallSession final : public net::ConnectionCallbacks, public net::DeferredDeletable {
 public:
  SmallSession(SmallManager& manager, base::UniqueFd fd, const net::Address& peer,
               const net::Address& local, ClientOriginPtr origin);
  void start();
  void close(net::Connection::Close how);

  void onConnected() override;
  void onRead(std::string_view bytes) override;
  void onReadEof() override;
  void onAboveHigh() override { conn_.readDisable(true); }
  void onBelowLow() override { conn_.readDisable(false); }
  void onClosed(net::CloseReason reason) override;

 private:
  friend class SmallManager;
  void answer();
  void finish();

  SmallManager& manager_;
  const net::Address peer_, local_;
  const ClientOriginPtr origin_;
  uint64_t start_us_;
  uint32_t index_ = 0;
  bool secured_ = false;
  bool finished_ = false;
  net::Connection conn_;
};

}  // namespace convoy::worker
