#include "worker/listener/listener.h"

#include <algorithm>
#include <cstring>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/net/socket_owner.h"
#include "common/net/syn_filter.h"
#include "worker/listener/ja3.h"
#include "worker/sentinel/ledger.h"
#include "worker/upstream/cluster.h"

namespace convoy::worker {

Listener::Listener(WorkerContext& context, const config::Listener& config, size_t index)
    : context_(context),
      index_(index),
      config_(config),
      stats_(context.cells(context.directory.listener(index))),
      inspects_(config.proxy_protocol || config.tls_inspector || config.http_inspector),
      match_(config) {
  for (size_t i = 0; i < config.chainCount(); ++i) {
    Chain& chain = chains_.emplace_back();
    chain.gate = Gate::make(context, config, index, i);
    if (config.chain(i).http() != nullptr) {
      chain.http = std::make_unique<HttpManager>(context, config, index, i);
      chain.http->setGate(chain.gate.get());
    } else if (config.chain(i).tcp() != nullptr) {
      chain.tcp = std::make_unique<TcpManager>(context, config, index, i);
      chain.tcp->setGate(chain.gate.get());
    } else {
      chain.small = std::make_unique<SmallManager>(context, config, index, i);
      chain.small->setGate(chain.gate.get());
    }
  }
}

Listener::~Listener() {
  while (!inspectors_.empty()) onInspected(*inspectors_.back(), End::RemoteClosed);
  if (context_.descriptors != nullptr) context_.descriptors->forget(*this);
}

void Listener::addSocket(base::UniqueFd fd, uint32_t slot) {
  polled_.push_back({slot, std::make_unique<Acceptor>(context_.loop, std::move(fd), *this)});
  if (config_.max_accepts != 0) {
    polled_.back().acceptor->setMostPerWake(static_cast<int>(config_.max_accepts));
  }
  const bool plain_http =
      chains_.size() == 1 && config_.http() != nullptr && !config_.filter_chain.tls && !inspects_;
  if (plain_http && context_.ledger != nullptr) {
    polled_.back().acceptor->setMark(&context_.ledger->header().accepting,
                                     static_cast<uint32_t>(index_));
  }
  if (accepting_) polled_.back().acceptor->resume();
}

void Listener::release(uint32_t slot) {
  std::erase_if(polled_, [slot](const Polled& polled) { return polled.slot == slot; });
}

void Listener::startAccepting() {
  accepting_ = true;
  for (Polled& polled : polled_) polled.acceptor->resume();
}

void Listener::acceptQueued() {
  for (Polled& polled : polled_) polled.acceptor->acceptQueued();
}

void Listener::stopAccepting() {
  accepting_ = false;
  for (Polled& polled : polled_) polled.acceptor->pause();
}

namespace {

bool isTaken(const Acceptor& acceptor, pid_t former) {
  const pid_t owner = net::ownerOf(acceptor.fd());
  return owner != 0 && owner != former;
}

}  // namespace

bool Listener::allSocketsTaken(pid_t former) const {
  return std::all_of(polled_.begin(), polled_.end(),
                     [former](const Polled& polled) { return isTaken(*polled.acceptor, former); });
}

void Listener::refuseNew(pid_t former) {
  std::erase_if(polled_,
                [former](const Polled& polled) { return isTaken(*polled.acceptor, former); });
  for (Polled& polled : polled_) {
    if (!polled.acceptor->isIp()) continue;
    const base::Status filtered = net::dropSyns(polled.acceptor->fd());
    if (!filtered.ok()) base::logger("listener").warn("{}", filtered.error().context);
  }
}

void Listener::closeSockets() {
  accepting_ = false;
  polled_.clear();
}

void Listener::adopt(ipc::Handoff handoff) {
  const bool is_http =
      handoff.kind == ipc::Handoff::Kind::Http || handoff.kind == ipc::Handoff::Kind::Upgrade;
  // What it is was settled where it was accepted; it is plain, whatever the chain is now.
  const auto taker = match_.find({handoff.peer, handoff.local});
  const auto fits = [&](const Chain& chain) {
    return is_http ? chain.http != nullptr : chain.tcp != nullptr;
  };
  auto chain = chains_.begin() + static_cast<ptrdiff_t>(taker.value_or(0));
  if (!fits(*chain)) chain = std::find_if(chains_.begin(), chains_.end(), fits);
  if (chain == chains_.end() || (chain->http == nullptr && chain->tcp == nullptr)) {
    base::logger("listener")
        .error("{}: a handed-over connection of another kind: closed", config_.name);
  } else if (is_http) {
    chain->http->adopt(std::move(handoff));
  } else {
    chain->tcp->adopt(std::move(handoff));
  }
}

bool Listener::handOver() {
  closeParked();
  return std::all_of(chains_.begin(), chains_.end(), [](const Chain& chain) {
    if (chain.http != nullptr) return chain.http->handOver();
    return chain.tcp == nullptr || chain.tcp->handOver();
  });
}

void Listener::closeIdle(uint64_t before_us) {
  closeParked();
  for (const Chain& chain : chains_) {
    if (chain.http != nullptr) chain.http->closeIdle(before_us);
  }
}

// Those that are one too many wait for nothing but their delay.
void Listener::closeParked() {
  for (const Chain& chain : chains_) {
    if (chain.gate != nullptr) chain.gate->closeParked();
  }
}

CutCounts Listener::closeAll() {
  while (!inspectors_.empty()) onInspected(*inspectors_.back(), End::RemoteClosed);
  CutCounts all;
  closeParked();
  for (const Chain& chain : chains_) {
    const CutCounts counts = chain.http != nullptr  ? chain.http->closeAll()
                             : chain.tcp != nullptr ? chain.tcp->closeAll()
                                                    : chain.small->closeAll();
    all.http += counts.http;
    all.tcp += counts.tcp;
    all.upgrade += counts.upgrade;
  }
  return all;
}

void Listener::rekey(const config::Listener& config) {
  for (size_t i = 0; i < chains_.size() && i < config.chainCount(); ++i) {
    const Chain& chain = chains_[i];
    TlsTerminator& tls = chain.http != nullptr  ? chain.http->tls()
                         : chain.tcp != nullptr ? chain.tcp->tls()
                                                : chain.small->tls();
    tls.rekey(config, i);
  }
}

size_t Listener::connectionCount() const {
  size_t count = inspectors_.size();
  for (const Chain& chain : chains_) {
    if (chain.gate != nullptr) count += chain.gate->parkedCount();
    count += chain.http != nullptr  ? chain.http->connectionCount()
             : chain.tcp != nullptr ? chain.tcp->connectionCount()
                                    : chain.small->connectionCount();
  }
  return count;
}

// --- from the socket to its chain ---

void Listener::onAccepted(base::UniqueFd fd, const net::Address& peer, const net::Address& local) {
  if (inspects_) {
    inspect(std::move(fd), peer, local);
  } else {
    dispatch(std::move(fd), {peer, local}, nullptr);
  }
}

void Listener::inspect(base::UniqueFd fd, const net::Address& peer, const net::Address& local) {
  InspectorCallbacks& callbacks = *this;
  auto inspector = std::make_unique<SocketInspector>(context_.loop, std::move(fd), peer, local,
                                                     config_, callbacks);
  inspector->index = inspectors_.size();
  SocketInspector& started = *inspector;
  inspectors_.push_back(std::move(inspector));
  stats_.inc(stats::ListenerStat::downstream_pre_cx_active);
  ++context_.slab->header().connections;
  started.start();
}

void Listener::onInspected(SocketInspector& inspector, End end) {
  base::UniqueFd fd = inspector.takeFd();
  std::unique_ptr<SocketInspector> own = std::move(inspectors_[inspector.index]);
  if (inspector.index + 1 != inspectors_.size()) {
    inspectors_[inspector.index] = std::move(inspectors_.back());
    inspectors_[inspector.index]->index = inspector.index;
  }
  inspectors_.pop_back();
  context_.loop.deferDelete(std::move(own));
  stats_.sub(stats::ListenerStat::downstream_pre_cx_active);
  --context_.slab->header().connections;
  countInspection(inspector, end);
  if (end == End::Known) return dispatchInspected(inspector, std::move(fd));
  refuse(std::move(fd));
}

void Listener::countInspection(const SocketInspector& inspector, End end) {
  using stats::ListenerStat;
  using stats::ProxyProtoStat;
  using stats::ServerStat;
  const uint8_t version = inspector.proxy().version;
  const auto proxy = [&](ProxyProtoStat stat) {
    if (version == 0) return;
    stats::StatBlock<ProxyProtoStat>(context_.cells(context_.directory.proxyProto(version)))
        .inc(stat);
  };
  const auto server = [&](ServerStat stat) {
    stats::StatBlock<ServerStat>(context_.cells(context_.directory.server())).inc(stat);
  };
  switch (end) {
    case End::Known:
      proxy(ProxyProtoStat::found);
      if (config_.proxy_protocol && version == 0) server(ServerStat::proxy_proto_not_found_allowed);
      break;
    case End::TimedOut:
      stats_.inc(ListenerStat::downstream_pre_cx_timeout);
      break;
    case End::Broken:
      stats_.inc(ListenerStat::downstream_listener_filter_error);
      break;
    case End::RemoteClosed:
      stats_.inc(ListenerStat::downstream_listener_filter_remote_close);
      break;
    case End::NoProxy:
      server(ServerStat::proxy_proto_not_found_disallowed);
      stats_.inc(ListenerStat::downstream_cx_proxy_proto_error);
      break;
    case End::BrokenProxy:
      proxy(ProxyProtoStat::error);
      stats_.inc(ListenerStat::downstream_cx_proxy_proto_error);
      break;
    case End::WrongProxy:
      proxy(ProxyProtoStat::disallowed);
      stats_.inc(ListenerStat::downstream_cx_proxy_proto_error);
      break;
  }
}

// Null if there is nothing that the addresses do not say.
ClientOriginPtr Listener::originOf(const SocketInspector& inspector) const {
  const net::ProxyHeader& proxy = inspector.proxy();
  const ClientHello* hello = inspector.hello();
  const bool named = hello != nullptr && (!hello->server_name.empty() || config_.ja3);
  if (!proxy.proxied && !named) return nullptr;
  auto origin = std::make_shared<ClientOrigin>();
  if (proxy.proxied) {
    origin->direct = inspector.peer();
    for (const net::ProxyTlv& tlv : proxy.tlvs) {
      if (config_.proxy_protocol->keepsTlv(tlv.type)) origin->tlvs.push_back(tlv);
    }
  }
  if (hello != nullptr) {
    origin->server_name = base::lowered(hello->server_name);
    if (config_.ja3) origin->ja3 = ja3Hash(*hello);
  }
  return origin;
}

void Listener::dispatchInspected(const SocketInspector& inspector, base::UniqueFd fd) {
  const net::ProxyHeader& proxy = inspector.proxy();
  const net::Address& peer = proxy.proxied ? proxy.source : inspector.peer();
  const net::Address& local = proxy.proxied ? proxy.destination : inspector.local();
  dispatch(std::move(fd),
           {peer, local, inspector.hello(), &inspector.peer(), inspector.httpProtocol()},
           originOf(inspector));
}

void Listener::dispatch(base::UniqueFd fd, const ConnectionTraits& connection,
                        ClientOriginPtr origin) {
  const auto found = match_.find(connection);
  if (!found) {
    stats_.inc(stats::ListenerStat::no_filter_chain_match);
    refuse(std::move(fd));
    return;
  }
  const Chain& chain = chains_[*found];
  if (chain.gate != nullptr && !passes(*found, fd, connection, origin.get())) return;
  if (chain.http != nullptr) {
    chain.http->accept(std::move(fd), connection.peer, connection.local, std::move(origin));
  } else if (chain.tcp != nullptr) {
    chain.tcp->accept(std::move(fd), connection.peer, connection.local, std::move(origin));
  } else {
    chain.small->accept(std::move(fd), connection.peer, connection.local, std::move(origin));
  }
}

// False: it was taken care of.
bool Listener::passes(size_t index, base::UniqueFd& fd, const ConnectionTraits& connection,
                      const ClientOrigin* origin) {
  const Chain& chain = chains_[index];
  bool passed = chain.gate->admit(fd);
  if (passed && !config_.chain(index).tls) {
    AccessFacts facts{&connection.peer, connection.direct, &connection.local};
    if (facts.direct_remote == nullptr) facts.direct_remote = &connection.peer;
    if (origin != nullptr) facts.server_name = origin->server_name;
    passed = chain.gate->permits(facts);
    if (!passed) {
      chain.gate->leave();
      refuse(std::move(fd));
    }
  }
  if (passed) return true;
  stats_.inc(stats::ListenerStat::downstream_cx_total);
  stats_.inc(stats::ListenerStat::downstream_cx_destroy);
  if (chain.http != nullptr) chain.http->countRefused();
  if (chain.tcp != nullptr) chain.tcp->refused(connection.peer, connection.local, origin);
  return false;
}

void Listener::refuse(base::UniqueFd fd) {
  fd.reset();
  if (context_.descriptors != nullptr) context_.descriptors->clientClosed();
}

bool Listener::shallLogPause() {
  const uint64_t now = context_.loop.nowMs();
  if (last_pause_log_ms_ != 0 && now - last_pause_log_ms_ < 10000) return false;
  last_pause_log_ms_ = now;
  return true;
}

void Listener::onAcceptPaused(int error) {
  stats_.inc(stats::ListenerStat::downstream_cx_overflow);
  if (!shallLogPause()) return;
  base::logger("listener")
      .warn(
          "{}: accepting paused for {} ms: {}. Connections wait in the kernel's queue; raise "
          "LimitNOFILE (ulimit -n) if this repeats",
          config_.name, Acceptor::kPauseMs, std::strerror(error));
}

bool Listener::roomToAccept() {
  Descriptors* descriptors = context_.descriptors;
  if (descriptors == nullptr || descriptors->room()) return true;
  // Nobody uses these now, a client would.
  if (descriptors->idlePooled() != 0 && context_.clusters != nullptr) {
    context_.clusters->closeIdle();
    if (descriptors->room()) return true;
  }
  descriptors->wait(*this);
  stats_.inc(stats::ListenerStat::downstream_cx_overflow);
  if (shallLogPause()) {
    base::logger("listener")
        .warn(
            "{}: accepting paused: no descriptor is left for another connection. Connections wait "
            "in the kernel's queue until some end; raise LimitNOFILE (ulimit -n) if this repeats",
            config_.name);
  }
  return false;
}

void Listener::onRoom() {
  for (Polled& polled : polled_) polled.acceptor->retry();
}

}  // namespace convoy::worker
