#include "master/listeners.h"

#include <algorithm>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/net/socket_owner.h"
#include "common/net/syn_filter.h"
#include "master/steering.h"

namespace convoy::master {
namespace {

std::string place(const std::string& config_name, const config::Origin& origin) {
  if (origin.line == 0) return config_name;
  return config_name + ":" + std::to_string(origin.line) + ":" + std::to_string(origin.column);
}

net::Address withPort(const net::Address& address, uint16_t port) {
  auto changed = net::Address::fromIp(address.ip(), port);
  return changed.ok() ? *changed : address;
}

bool clientSpeaksFirst(const config::Listener& listener) {
  for (size_t i = 0; i < listener.chainCount(); ++i) {
    const config::FilterChain& chain = listener.chain(i);
    if (chain.http() == nullptr && !chain.tls) return false;
  }
  return true;
}

net::ListenOptions optionsFor(const config::Listener& listener,
                              const config::SocketAddress& address) {
  net::ListenOptions options;
  options.reuse_port = listener.enable_reuse_port;
  if (listener.tcp_backlog_size != 0) options.backlog = static_cast<int>(listener.tcp_backlog_size);
  options.defer_accept = clientSpeaksFirst(listener);
  options.unix_mode = address.mode;
  options.fast_open_queue = static_cast<int>(listener.fast_open_queue);
  options.freebind = listener.freebind;
  return options;
}

// Port 0 asks the kernel for a port: that listener is known by its name, so that a reload finds it.
std::string keyOf(const config::Listener& listener, const net::Address& address) {
  if (address.isIp() && address.port() == 0) return listener.name + " " + address.toString();
  return address.toString();
}

}  // namespace

base::Result<net::Address> toAddress(const config::SocketAddress& address) {
  if (address.is_pipe) return net::Address::fromUnixPath(address.path);
  return net::Address::fromIp(address.address, address.port_value);
}

BoundAddress::BoundAddress(net::Address address, std::vector<base::UniqueFd> sockets,
                           bool own_group)
    : address_(std::move(address)),
      sockets_(std::move(sockets)),
      own_group_(own_group),
      active_(static_cast<uint32_t>(sockets_.size())) {
  for (const base::UniqueFd& fd : sockets_) net::ownSocket(fd.get());
}

base::Status BoundAddress::grow(uint32_t slots, const net::ListenOptions& options) {
  if (!own_group_ || sockets_.size() >= slots) return {};
  const base::Status steered = steerGroup(sockets_[0].get(), active_);
  if (!steered.ok()) return steered;
  while (sockets_.size() < slots) {
    auto next = net::listenOn(address_, options);
    if (!next.ok()) return next.error();
    net::ownSocket(next->get());
    sockets_.push_back(std::move(next).value());
  }
  return {};
}

void BoundAddress::steer(uint32_t slots) {
  if (!own_group_) return;
  const uint32_t wanted = std::min(slots, static_cast<uint32_t>(sockets_.size()));
  if (wanted == sockets_.size()) {
    unsteerGroup(sockets_[0].get());
  } else {
    const base::Status steered = steerGroup(sockets_[0].get(), wanted);
    // Not lost: every socket is polled.
    if (!steered.ok()) return base::logger("main").warn("{}", steered.error().context);
  }
  active_ = wanted;
}

void BoundAddress::refuse() {
  removePath();
  if (!address_.isIp()) return;
  for (const base::UniqueFd& fd : sockets_) {
    const base::Status filtered = net::dropSyns(fd.get());
    if (!filtered.ok()) base::logger("main").warn("{}", filtered.error().context);
  }
}

void BoundAddress::readmit() {
  if (!address_.isIp()) return;
  for (const base::UniqueFd& fd : sockets_) net::takeSyns(fd.get());
}

void BoundAddress::retire() {
  if (retired_) return;
  for (const base::UniqueFd& fd : sockets_) ::shutdown(fd.get(), SHUT_RD);
  removePath();
  retired_ = true;
}

BoundAddress::~BoundAddress() {
  removePath();
}

void BoundAddress::removePath() {
  if (!address_.isUnix() || path_removed_) return;
  const std::string path = address_.toString();
  if (path.empty() || path[0] == '@') return;
  ::unlink(path.c_str());
  path_removed_ = true;
}

int BoundAddress::socketOf(uint32_t slot) const {
  return sockets_.size() == 1 ? sockets_[0].get() : sockets_[slot % sockets_.size()].get();
}

std::vector<int> BoundAddress::socketsOf(uint32_t slot, uint32_t slots) const {
  if (sockets_.size() <= slots) return {socketOf(slot)};
  std::vector<int> out;
  for (size_t i = slot; i < sockets_.size(); i += slots) out.push_back(sockets_[i].get());
  return out;
}

bool ListenerSet::has(const BoundAddress* bound) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [bound](const Entry& entry) { return entry.bound.get() == bound; });
}

std::vector<uint32_t> ListenerSet::missingIn(const ListenerSet& other) const {
  std::vector<uint32_t> out;
  for (const Entry& entry : entries_) {
    if (!other.has(entry.bound.get())) out.push_back(entry.index);
  }
  return out;
}

void ListenerSet::steer(uint32_t slots) const {
  for (const Entry& entry : entries_) entry.bound->steer(slots);
}

void ListenerSet::applyOptions() const {
  for (const Entry& entry : entries_) {
    if (!entry.bound->address().isIp()) continue;
    // A server that speaks first would wait for ever behind a listener that waits for the client.
    const int defer = entry.http ? 1 : 0;
    for (const base::UniqueFd& fd : entry.bound->sockets()) {
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_DEFER_ACCEPT, &defer, sizeof(defer));
    }
  }
}

ListenerSockets::ListenerSockets(uint32_t slots, std::vector<InheritedSocket> inherited)
    : slots_(slots), inherited_(std::move(inherited)) {}

base::Result<std::shared_ptr<const ListenerSet>> ListenerSockets::bind(
    const config::Bootstrap& bootstrap, const std::string& config_name) {
  std::vector<ListenerSet::Entry> entries;
  std::map<const BoundAddress*, std::string> users;
  std::string errors;
  for (uint32_t i = 0; i < bootstrap.listeners.size(); ++i) {
    const config::Listener& listener = bootstrap.listeners[i];
    if (!listener.bind_to_port) continue;
    const auto fail = [&](const std::string& why) {
      errors += (errors.empty() ? "" : "\n") + place(config_name, listener.origin) +
                ": error: listener \"" + listener.name + "\": " + why;
    };
    const auto add = [&](const config::SocketAddress& address) {
      auto bound = acquire(listener, address);
      if (!bound.ok()) return fail(bound.error().context);
      const auto [user, first] = users.emplace(bound->get(), listener.name);
      if (!first) {
        return fail("listener \"" + user->second + "\" has the address " +
                    (*bound)->address().toString() + " already");
      }
      entries.push_back({i, listener.http() != nullptr, std::move(bound).value()});
    };
    add(listener.address);
    for (const config::SocketAddress& address : listener.additional_addresses) add(address);
  }
  if (!errors.empty()) return base::Error::make(base::ErrorKind::Io, errors, base::Side::Operator);
  return std::make_shared<const ListenerSet>(std::move(entries));
}

base::Result<std::shared_ptr<BoundAddress>> ListenerSockets::acquire(
    const config::Listener& listener, const config::SocketAddress& wanted) {
  auto address = toAddress(wanted);
  if (!address.ok()) return address.error();
  const std::string key = keyOf(listener, *address);
  if (auto known = bound_[key].lock(); known != nullptr && known->reusable()) {
    const base::Status grown = known->grow(slots_, optionsFor(listener, wanted));
    if (!grown.ok()) return grown.error();
    return known;
  }
  if (auto inherited = takeInherited(*address)) {
    bound_[key] = inherited;
    return inherited;
  }
  auto fresh = bindNew(optionsFor(listener, wanted), *address);
  if (fresh.ok()) bound_[key] = *fresh;
  return fresh;
}

base::Result<std::shared_ptr<BoundAddress>> ListenerSockets::bindNew(
    const net::ListenOptions& options, const net::Address& address) {
  const bool own_group = nobodyElseListens(address, options);
  auto first = net::listenOn(address, options);
  if (!first.ok()) return first.error();
  std::vector<base::UniqueFd> sockets;
  sockets.push_back(std::move(first).value());
  net::Address actual = address;
  if (address.isIp()) {
    auto local = net::Address::localOf(sockets[0].get());
    if (!local.ok()) return local.error();
    actual = withPort(address, local->port());
  }
  const uint32_t wanted = address.isIp() && options.reuse_port ? slots_ : 1;
  while (sockets.size() < wanted) {
    auto next = net::listenOn(actual, options);
    if (!next.ok()) return next.error();
    sockets.push_back(std::move(next).value());
  }
  return std::make_shared<BoundAddress>(actual, std::move(sockets), own_group);
}

// Workers whose master was killed, or a second instance, may listen in the group that we are about
// to join: then its order is not ours to rely on. A listening socket on a wildcard of our own
// hinders the probe just the same and is no reason.
bool ListenerSockets::nobodyElseListens(const net::Address& address,
                                        const net::ListenOptions& options) {
  if (!address.isIp() || !options.reuse_port) return false;
  if (address.port() == 0) return true;
  base::UniqueFd probe(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (address.family() == AF_INET6) {
    ::setsockopt(probe.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  }
  if (::bind(probe.get(), address.sockaddrPtr(), address.sockaddrLength()) == 0) return true;
  return std::any_of(bound_.begin(), bound_.end(), [&](const auto& known) {
    const auto other = known.second.lock();
    return other != nullptr && other->address().isIp() &&
           other->address().port() == address.port() &&
           (other->retired() || !(other->address() == address));
  });
}

// Never grown or steered: who else is in the group, and in which order, only its maker knew.
std::shared_ptr<BoundAddress> ListenerSockets::takeInherited(const net::Address& address) {
  std::vector<base::UniqueFd> sockets;
  std::vector<std::string> names;
  for (InheritedSocket& socket : inherited_.take(address)) {
    sockets.push_back(std::move(socket.fd));
    names.push_back(std::move(socket.name));
  }
  if (sockets.empty()) return nullptr;
  auto bound = std::make_shared<BoundAddress>(address, std::move(sockets));
  bound->setInheritedNames(std::move(names));
  return bound;
}

}  // namespace convoy::master
