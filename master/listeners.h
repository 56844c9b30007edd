// listeners: the listening sockets, by address. The master binds each once and keeps it open for as
// long as any generation uses it: a socket that is open in some process never loses a connection.
// One SO_REUSEPORT socket per worker slot; unix sockets, inherited ones and those with
// enable_reuse_port false are one socket that all slots share.
//
//   ListenerSockets --weak--> BoundAddress <--shared-- ListenerSet (one per generation)
//
// A generation holds its ListenerSet; when the last generation that uses an address is gone, its
// sockets are closed (and a unix path removed); soon after a reload dropped it, it is retired.
// Bound, never accepted from, in the master.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/config/model/bootstrap.h"
#include "common/net/address.h"
#include "common/net/socket.h"
#include "master/inheritance.h"
#include "master/inherited.h"

namespace convoy::master {

class BoundAddress {
 public:
  // `own_group`: the sockets are an SO_REUSEPORT group that we made and nobody else is in, in the
  // order in which they began to listen. Only such a group can grow and be steered.
  BoundAddress(net::Address address, std::vector<base::UniqueFd> sockets, bool own_group = false);
  ~BoundAddress();  // closes; unlinks a unix path
  BoundAddress(const BoundAddress&) = delete;
  BoundAddress& operator=(const BoundAddress&) = delete;
  int socketOf(uint32_t slot) const;
  // Those that the worker of `slot` polls when there are `slots` workers: its own and, of more
  // sockets than workers, its share of the rest; of fewer, one that it shares.
  std::vector<int> socketsOf(uint32_t slot, uint32_t slots) const;
  // Opens sockets until there is one for each of `slots`. They get no connection before steer():
  // a reload that fails leaves none behind in them. One that cannot grow is shared by the workers.
  base::Status grow(uint32_t slots, const net::ListenOptions& options);
  // New connections go to the first `slots` sockets; those beyond stay open (closing a member of a
  // live group loses connections) and are polled for stragglers.
  void steer(uint32_t slots);
  // As the service manager calls them; empty if we bound them ourselves.
  const std::vector<std::string>& inheritedNames() const { return inherited_names_; }
  void setInheritedNames(std::vector<std::string> names) { inherited_names_ = std::move(names); }
  Json::Value save(Bequest& bequest) const;
  static std::shared_ptr<BoundAddress> restore(const Json::Value& saved);  // null: malformed
  bool ownGroup() const { return own_group_; }
  uint32_t active() const { return active_; }
  // No configuration wants it any more (retirement.h): new clients are kept waiting, those under
  // way come into the queue, which workers go on emptying. A unix path is gone at once.
  void refuse();
  void readmit();  // after refuse(): wanted again
  // After refuse(), when the queue is empty: connections are refused from now on, accepted ones are
  // not touched. The sockets stay open in workers that drain, so close() alone would not do it.
  void retire();
  // False: what wants this address binds it anew.
  bool reusable() const { return !retired_ && !path_removed_; }
  bool retired() const { return retired_; }
  const net::Address& address() const { return address_; }  // with the port the kernel chose
  const std::vector<base::UniqueFd>& sockets() const { return sockets_; }

 private:
  void removePath();

  net::Address address_;
  std::vector<base::UniqueFd> sockets_;  // one per slot, or one for all
  std::vector<std::string> inherited_names_;
  bool own_group_;
  uint32_t active_;  // that many get new connections
  bool retired_ = false;
  bool path_removed_ = false;  // it may be another's by now
};

class ListenerSet {
 public:
  struct Entry {
    uint32_t index;  // into Bootstrap::listeners; one with additional addresses has more entries
    bool http;
    std::shared_ptr<BoundAddress> bound;
  };
  explicit ListenerSet(std::vector<Entry> entries) : entries_(std::move(entries)) {}
  const std::vector<Entry>& entries() const { return entries_; }
  // Options that follow the configuration rather than the address. At commit only: a reload that
  // fails must leave the sockets of the running generation as they are.
  void applyOptions() const;
  bool has(const BoundAddress* bound) const;
  // Indices (into Bootstrap::listeners) of those whose address `other` has not.
  std::vector<uint32_t> missingIn(const ListenerSet& other) const;
  void steer(uint32_t slots) const;

 private:
  std::vector<Entry> entries_;
};

class ListenerSockets {
 public:
  ListenerSockets(uint32_t slots, std::vector<InheritedSocket> inherited);
  // How many workers the configurations have that are bound from now on.
  void setSlots(uint32_t slots) { slots_ = slots; }
  // What was inherited and no configuration took.
  std::vector<InheritedSocket> takeUnused() { return inherited_.takeRest(); }
  // Binds what is not bound yet. On failure the new ones are closed again; the error names every
  // listener that could not be bound, with its line in `config_name`.
  base::Result<std::shared_ptr<const ListenerSet>> bind(const config::Bootstrap& bootstrap,
                                                        const std::string& config_name);
  // For a program that takes our place: all addresses in use; there they come back in that order.
  // `names`: what the service manager calls their sockets.
  using NamesOf = std::function<std::vector<std::string>(const BoundAddress&)>;
  Json::Value save(const std::vector<const BoundAddress*>& addresses, const NamesOf& names,
                   Bequest& bequest) const;
  base::Status restore(const Json::Value& saved, std::vector<std::shared_ptr<BoundAddress>>* out);

 private:
  base::Result<std::shared_ptr<BoundAddress>> acquire(const config::Listener& listener,
                                                      const config::SocketAddress& wanted);
  base::Result<std::shared_ptr<BoundAddress>> bindNew(const net::ListenOptions& options,
                                                      const net::Address& address);
  bool nobodyElseListens(const net::Address& address, const net::ListenOptions& options);
  std::shared_ptr<BoundAddress> takeInherited(const net::Address& address);

  uint32_t slots_;
  InheritedSockets inherited_;
  std::map<std::string, std::weak_ptr<BoundAddress>> bound_;
};

base::Result<net::Address> toAddress(const config::SocketAddress& address);

}  // namespace convoy::master
