// signals: each signal becomes an Intention, handled at one place in the master
// (Master::onIntention), in the loop, never inside a signal handler. Owned by the Master.
//
//   HUP  Reload          TERM QUIT  StopGraceful, the second time StopNow     INT  StopNow
//   USR1 ReopenLogs      CHLD       ReapChildren                              PIPE ignored
//   TTIN TTOU USR2       WorkersUp, WorkersDown, Upgrade
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "common/net/event_loop.h"

namespace convoy::master {

enum class Intention : uint8_t {
  Reload,
  StopGraceful,
  StopNow,
  ReopenLogs,
  ReapChildren,
  WorkersUp,
  WorkersDown,
  Upgrade,
};

// `stopping`: a graceful stop was already asked for.
Intention intentionOf(int signal, bool stopping);

class Signals {
 public:
  Signals(net::EventLoop& loop, std::function<void(Intention)> callback);

 private:
  void onSignal(int signal);
  std::function<void(Intention)> callback_;
  bool stopping_ = false;
  std::vector<std::unique_ptr<net::Watcher>> watchers_;
};

}  // namespace convoy::master
