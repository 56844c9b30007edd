// fd_store: gives every listening socket to the service manager (sd_notify FDSTORE=1), which holds
// it while the server is restarted, even after a crash of the master: clients wait in the queues
// instead of being refused. Names are "l<i>.s<k>": i counts addresses and is never used again, not
// even by the next process; k counts the sockets of one. Does nothing without a service manager.
// Owned by the Master; its loop.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/net/event_loop.h"
#include "master/daemon.h"
#include "master/listeners.h"

namespace convoy::master {

class FdStore {
 public:
  FdStore(net::EventLoop& loop, const Notifier& notifier);
  // After READY: stores what it has not stored yet, and forgets what nobody uses any more.
  void keep(const ListenerSet& listeners);
  void forget(const BoundAddress& bound);
  void forgetName(const std::string& name);
  // By socket; empty if none of them is stored. An upgraded program gives them to its BoundAddress
  // again (setInheritedNames).
  std::vector<std::string> namesOf(const BoundAddress& bound) const;
  bool quiet() const { return pending_.empty(); }  // the service manager knows all that we do

 private:
  struct Entry {
    std::weak_ptr<BoundAddress> bound;
    std::vector<std::string> names;  // by socket
  };
  struct Pending {
    std::string name;
    std::weak_ptr<BoundAddress> bound;  // with `socket`: what is stored
    size_t socket = 0;
    bool remove = false;
  };
  void reserve(const std::string& name);
  Entry& entryOf(const std::shared_ptr<BoundAddress>& bound);
  void flush();
  bool sendOne(const Pending& pending) const;

  const Notifier& notifier_;
  uint32_t next_ = 0;
  std::map<const BoundAddress*, Entry> entries_;
  std::deque<Pending> pending_;
  std::unique_ptr<net::Timer> pace_;
};

}  // namespace convoy::master
