#include "master/signals.h"

#include <csignal>

namespace convoy::master {

Intention intentionOf(int signal, bool stopping) {
  switch (signal) {
    case SIGHUP:
      return Intention::Reload;
    case SIGTERM:
    case SIGQUIT:
      return stopping ? Intention::StopNow : Intention::StopGraceful;
    case SIGUSR1:
      return Intention::ReopenLogs;
    case SIGUSR2:
      return Intention::Upgrade;
    case SIGTTIN:
      return Intention::WorkersUp;
    case SIGTTOU:
      return Intention::WorkersDown;
    case SIGCHLD:
      return Intention::ReapChildren;
    default:
      return Intention::StopNow;
  }
}

Signals::Signals(net::EventLoop& loop, std::function<void(Intention)> callback)
    : callback_(std::move(callback)) {
  std::signal(SIGPIPE, SIG_IGN);
  for (int signal :
       {SIGHUP, SIGTERM, SIGQUIT, SIGINT, SIGUSR1, SIGUSR2, SIGTTIN, SIGTTOU, SIGCHLD}) {
    watchers_.push_back(loop.watchSignal(signal, [this, signal] { onSignal(signal); }));
  }
}

void Signals::onSignal(int signal) {
  const Intention intention = intentionOf(signal, stopping_);
  if (intention == Intention::StopGraceful) stopping_ = true;
  callback_(intention);
}

}  // namespace convoy::master
