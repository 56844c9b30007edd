// daemon: what a service manager is told and what it gives us: sd_notify datagrams (our own, no
// libsystemd), the watchdog interval, and listening sockets of a .socket unit (LISTEN_FDS). Without
// the environment variables all of it does nothing. Master; no loop: sending never blocks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/json.h"
#include "common/base/unique_fd.h"
#include "master/inherited.h"

namespace convoy::master {

class Notifier {
 public:
  // `address` is $NOTIFY_SOCKET: a path, or '@' and an abstract name; "" = nobody listens.
  explicit Notifier(std::string address);
  // Takes the variables out of the environment, so that no worker inherits them.
  static Notifier fromEnvironment();
  // For a program that takes our place.
  Json::Value save() const;
  static Notifier restore(const Json::Value& saved);

  bool enabled() const { return fd_.valid(); }
  void ready(const std::string& status) const;     // READY=1
  void reloading(uint64_t monotonic_us) const;     // RELOADING=1 and MONOTONIC_USEC in ONE datagram
  void stopping(const std::string& status) const;  // STOPPING=1
  void status(const std::string& status) const;
  void watchdog() const;                            // WATCHDOG=1
  void extendTimeout(uint64_t microseconds) const;  // while draining
  // FDSTORE=1 with the descriptor, FDSTOREREMOVE=1. False: its queue is full, try again later.
  bool storeSocket(const std::string& name, int fd) const;
  bool forgetSocket(const std::string& name) const;
  // How often systemd wants to hear WATCHDOG=1, in ms; 0 = never.
  uint64_t watchdogMs() const { return watchdog_ms_; }

 private:
  // False: not now. An error that time does not mend is true.
  bool send(const std::string& text, int fd = -1) const;
  std::string address_;
  base::UniqueFd fd_;
  uint64_t watchdog_ms_ = 0;
};

// The sockets 3, 4, ... that $LISTEN_FDS promises to $LISTEN_PID == getpid(), moved away from their
// numbers, non-blocking and close-on-exec, with their names. Clears the variables.
std::vector<InheritedSocket> takeListenFds();

}  // namespace convoy::master
