#include "worker/worker.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <grp.h>
#include <memory>
#include <numeric>
#include <sys/prctl.h>
#include <unistd.h>
#include <vector>

#include "common/base/build_info.h"
#include "common/base/log.h"
#include "common/config/load.h"
#include "common/net/tls_memory.h"
#include "worker/access_log/logger.h"
#include "worker/context.h"
#include "worker/control.h"
#include "worker/descriptors.h"
#include "worker/drain.h"
#include "worker/handover.h"
#include "worker/heap_gauge.h"
#include "worker/http/stream.h"
#include "worker/http/stream_pool.h"
#include "worker/listener/listener.h"
#include "worker/orphan.h"
#include "worker/sentinel/ledger.h"
#include "worker/sentinel/sentinel.h"
#include "worker/upstream/cluster.h"
#include "worker/upstream/host_numbers.h"

namespace convoy::worker {

namespace {

constexpr uint64_t kOrphanDrainMs = 600000;
constexpr uint64_t kTickMs = 500;  // how often the slab's liveness word moves while idle

// Owns everything of the process: Worker -> Listener -> manager -> connection -> stream.
class Worker final : private ControlCallbacks, private HandoverCallbacks, private MasterLink {
 public:
  explicit Worker(int control_fd) : control_(loop_, base::UniqueFd(control_fd), *this) {
    // Whoever stops the whole group (a service manager, a shell) means us too: as Drain does.
    term_ = loop_.watchSignal(SIGTERM, [this] {
      ipc::DrainPayload payload;
      payload.deadline_ms = kOrphanDrainMs;
      payload.stopping = true;
      onDrain(payload);
    });
  }
  int run();

 private:
  std::string onConfig(const ipc::ConfigPayload& payload, std::string canonical_json,
                       base::UniqueFd slab) override;
  std::string onListeners(const ipc::ListenersPayload& payload,
                          std::vector<base::UniqueFd> fds) override;
  std::string onLogs(const ipc::LogsPayload& payload, std::vector<base::UniqueFd> fds) override;
  std::string onEndpoints(const ipc::EndpointsPayload& payload) override;
  void onStartAccept() override;
  void onStopAccept(const ipc::StopAcceptPayload& payload) override;
  std::string onAdopt(const ipc::AdoptPayload& payload, std::vector<base::UniqueFd> fds) override;
  void onRelease(const ipc::ReleasePayload& payload) override;
  std::string onSentinel(base::UniqueFd outbox, base::UniqueFd table) override;
  std::string onTicketKeys(const std::string& keys) override;
  std::string onSecrets(std::string canonical_json) override;
  std::string onLimits(const ipc::LimitsPayload& payload, base::UniqueFd page) override;
  std::string onHealth(bool failed) override;
  std::string onInherit(base::UniqueFd inbox) override;
  std::string onSuccessor(const ipc::SuccessorPayload& payload, base::UniqueFd outbox) override;
  void onDrain(const ipc::DrainPayload& payload) override;
  ipc::HostStatsToldPayload onHostStats(const ipc::HostStatsPayload& payload) override {
    return clusters_ == nullptr ? ipc::HostStatsToldPayload{} : hostNumbers(*clusters_, payload);
  }
  void onExit() override { leave(0); }
  void onMasterGone() override;
  // MasterLink
  void hostFailing(const ipc::HostFailingPayload& report) override {
    control_.send(ipc::MessageType::HostFailing, toJson(report));
  }
  void hostRates(const ipc::HostRatesPayload& rates) override {
    control_.send(ipc::MessageType::HostRates, toJson(rates));
  }

  // HandoverCallbacks
  void onHandoff(ipc::Handoff handoff) override;
  void onSweep() override;
  bool roomForHandoff() override { return descriptors_->room(); }

  std::string makeReady();
  void setState(State state);
  void tick();
  std::string drainProgress();
  void leave(int code);

  std::unique_ptr<Ledger> ledger_;  // the loop's read buffer is in it
  net::EventLoop loop_;
  base::Random random_;
  int exit_code_ = 0;
  State state_ = State::Init;
  uint32_t slot_ = 0;
  const pid_t master_ = ::getppid();
  uint64_t orphan_grace_ms_ = 0;
  int64_t uid_ = -1, gid_ = -1;
  // Destroyed in reverse: connections first, then what they use.
  std::unique_ptr<WorkerContext> context_;
  std::unique_ptr<HeapGauge> heap_;
  std::unique_ptr<Descriptors> descriptors_;
  std::unique_ptr<LogSinks> sinks_;
  std::unique_ptr<ClusterSet> clusters_;
  std::unique_ptr<StreamPool> streams_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  struct Socket {
    uint32_t listener;
    base::UniqueFd fd;
  };
  std::vector<Socket> sockets_;
  std::shared_ptr<const config::Bootstrap> rekeyed_;  // that the certificates in use are of
  std::unique_ptr<Handover> handover_;
  std::unique_ptr<Drain> drain_;
  std::unique_ptr<Sentinel> sentinel_;
  std::unique_ptr<net::Timer> tick_timer_;
  std::unique_ptr<Orphan> orphan_;
  std::unique_ptr<net::Watcher> term_;
  Control control_;
};

std::string Worker::onConfig(const ipc::ConfigPayload& payload, std::string canonical_json,
                             base::UniqueFd slab) {
  if (context_ != nullptr) return "a second Config message";
  config::LoadResult loaded = config::loadCanonical("<master>", std::move(canonical_json));
  if (!loaded.ok()) {
    return loaded.diagnostics.empty() ? "the configuration does not load"
                                      : config::render(loaded.diagnostics.front());
  }
  context_ = std::make_unique<WorkerContext>(WorkerContext{loop_, random_, {}, {}, {}, {}, {}});
  context_->bootstrap = loaded.bootstrap;
  context_->directory = stats::Directory::build(*context_->bootstrap);
  if (context_->directory.layoutHash() != payload.layout_hash) {
    return "the slab's layout is not this configuration's";
  }
  auto mapped = stats::Slab::map(std::move(slab), payload.layout_hash, payload.cell_count);
  if (!mapped.ok()) return mapped.error().context;
  context_->slab = std::move(*mapped);
  context_->slab->header().pid = static_cast<uint32_t>(::getpid());
  setState(State::Init);
  char name[256] = {};
  if (::gethostname(name, sizeof(name) - 1) == 0) context_->hostname = name;
  context_->self = context_->bootstrap->node;
  if (!payload.service_node.empty()) context_->self.id = payload.service_node;
  if (!payload.service_cluster.empty()) context_->self.cluster = payload.service_cluster;
  if (auto level = base::parseLogLevel(payload.log_level); level.ok()) base::setLogLevel(*level);
  slot_ = payload.slot;
  orphan_grace_ms_ = payload.orphan_grace_ms;
  uid_ = payload.uid;
  gid_ = payload.gid;
  sinks_ = std::make_unique<LogSinks>(loop_);
  sinks_->setStats(
      stats::StatBlock<stats::ServerStat>(context_->cells(context_->directory.server())));
  context_->concurrency = std::max(payload.concurrency, 1u);
  context_->sinks = sinks_.get();
  context_->master = this;
  heap_ = std::make_unique<HeapGauge>(
      stats::StatBlock<stats::ServerStat>(context_->cells(context_->directory.server())));
  descriptors_ = std::make_unique<Descriptors>(loop_, context_->slab->header());
  context_->descriptors = descriptors_.get();
  streams_ = std::make_unique<StreamPool>(loop_);
  context_->streams = streams_.get();
  HandoverCallbacks& handover_callbacks = *this;
  handover_ = std::make_unique<Handover>(loop_, handover_callbacks);
  context_->handover = handover_.get();
  tick();
  return "";
}

std::string Worker::onListeners(const ipc::ListenersPayload& payload,
                                std::vector<base::UniqueFd> fds) {
  if (context_ == nullptr || payload.indices.size() != fds.size()) {
    return "Listeners out of order or without their descriptors";
  }
  for (size_t i = 0; i < fds.size(); ++i) {
    if (payload.indices[i] >= context_->bootstrap->listeners.size()) return "no such listener";
    sockets_.push_back(Socket{payload.indices[i], std::move(fds[i])});
  }
  return "";
}

std::string Worker::onLogs(const ipc::LogsPayload& payload, std::vector<base::UniqueFd> fds) {
  if (context_ == nullptr || payload.paths.size() != fds.size()) {
    return "Logs out of order or without their descriptors";
  }
  for (size_t i = 0; i < fds.size(); ++i) sinks_->open(payload.paths[i], std::move(fds[i]));
  return "";
}

std::string Worker::onEndpoints(const ipc::EndpointsPayload& payload) {
  if (context_ == nullptr) return "Endpoints before Config";
  if (clusters_ == nullptr) {
    clusters_ = std::make_unique<ClusterSet>(*context_);
    context_->clusters = clusters_.get();
  }
  for (const auto& update : payload.clusters) {
    if (update.cluster >= clusters_->size()) return "no such cluster";
    clusters_->at(update.cluster)->setHosts(update.hosts);
  }
  return state_ == State::Init ? makeReady() : "";
}

// Everything has come: drop what rights remain, build the listeners, say so. No socket is polled
// yet.
std::string Worker::makeReady() {
  const auto& configs = context_->bootstrap->listeners;
  for (size_t i = 0; i < configs.size(); ++i) {
    listeners_.push_back(std::make_unique<Listener>(*context_, configs[i], i));
  }
  for (Socket& socket : sockets_)
    listeners_[socket.listener]->addSocket(std::move(socket.fd), slot_);
  sockets_.clear();
  if (gid_ >= 0) {
    const gid_t gid = static_cast<gid_t>(gid_);
    if (::setgroups(1, &gid) != 0 || ::setgid(gid) != 0) {
      return base::Error::fromErrno(errno, "cannot change to group " + std::to_string(gid_))
          .context;
    }
  }
  if (uid_ >= 0 && ::setuid(static_cast<uid_t>(uid_)) != 0) {
    return base::Error::fromErrno(errno, "cannot change to user " + std::to_string(uid_)).context;
  }
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // Changing the user took it away, and without it a stalled worker's SIGABRT leaves no core.
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  drain_ = std::make_unique<Drain>(*context_, listeners_, [this](int code) {
    control_.send(ipc::MessageType::Drained, drainProgress());
    leave(code);
  });
  if (sentinel_ != nullptr) sentinel_->start();
  descriptors_->measure();
  setState(State::Ready);
  control_.send(ipc::MessageType::Ready);
  return "";
}

void Worker::onStartAccept() {
  if (state_ != State::Ready) return;
  if (drain_->state() == Drain::State::Serving) {
    for (auto& listener : listeners_) listener->startAccepting();
  }
  setState(State::Accepting);
  control_.send(ipc::MessageType::Accepting);
}

void Worker::onStopAccept(const ipc::StopAcceptPayload& payload) {
  for (size_t i = 0; i < listeners_.size(); ++i) {
    const bool named = payload.indices.empty() ||
                       std::count(payload.indices.begin(), payload.indices.end(), i) != 0;
    if (!named) continue;
    listeners_[i]->acceptQueued();
    listeners_[i]->stopAccepting();
  }
  control_.send(ipc::MessageType::AcceptStopped, toJson(payload));
}

std::string Worker::onAdopt(const ipc::AdoptPayload& payload, std::vector<base::UniqueFd> fds) {
  if (drain_ == nullptr || payload.indices.size() != fds.size()) {
    return "Adopt out of order or without its descriptors";
  }
  for (size_t i = 0; i < fds.size(); ++i) {
    if (payload.indices[i] >= listeners_.size()) return "no such listener";
    listeners_[payload.indices[i]]->addSocket(std::move(fds[i]), payload.slot);
  }
  return "";
}

void Worker::onRelease(const ipc::ReleasePayload& payload) {
  if (payload.slot == slot_) return;
  for (auto& listener : listeners_) listener->release(payload.slot);
}

std::string Worker::onSentinel(base::UniqueFd outbox, base::UniqueFd table) {
  if (context_ == nullptr || drain_ != nullptr || ledger_ != nullptr)
    return "Sentinel out of order";
  auto mapped = ipc::RescueTable::map(table.get(), true);
  if (!mapped.ok()) return mapped.error().context;
  ledger_ = std::make_unique<Ledger>(std::move(*mapped));
  context_->ledger = ledger_.get();
  loop_.poller().useReadBuffer(ledger_->table().readBuffer(), &ledger_->header().read);
  sentinel_ = std::make_unique<Sentinel>(loop_, *ledger_, std::move(outbox));
  return "";
}

// All else stays: what was made of the configuration before keeps that alive and is right.
std::string Worker::onSecrets(std::string canonical_json) {
  if (context_ == nullptr) return "Secrets before Config";
  config::LoadResult loaded = config::loadCanonical("<master>", std::move(canonical_json));
  const auto& now = context_->bootstrap;
  if (!loaded.ok() || loaded.bootstrap->listeners.size() != now->listeners.size() ||
      loaded.bootstrap->clusters.size() != now->clusters.size()) {
    return "the configuration with the new certificates does not load";
  }
  if (clusters_ == nullptr) {
    context_->bootstrap = loaded.bootstrap;
    return "";
  }
  for (size_t i = 0; i < clusters_->size(); ++i) {
    clusters_->at(i)->rekey(loaded.bootstrap->clusters[i]);
  }
  for (size_t i = 0; i < listeners_.size(); ++i) {
    listeners_[i]->rekey(loaded.bootstrap->listeners[i]);
  }
  rekeyed_ = std::move(loaded.bootstrap);
  return "";
}

std::string Worker::onTicketKeys(const std::string& keys) {
  if (context_ == nullptr) return "session ticket keys came before the configuration";
  return context_->tickets->set(keys) ? "" : "the session ticket keys are none";
}

std::string Worker::onLimits(const ipc::LimitsPayload& payload, base::UniqueFd page) {
  if (context_ == nullptr || clusters_ != nullptr ||
      payload.seats.size() != context_->directory.seatNames().size()) {
    return "Limits out of order or of another configuration";
  }
  auto mapped = stats::LimitsPage::map(std::move(page));
  if (!mapped.ok()) return mapped.error().context;
  context_->limits = std::move(*mapped);
  context_->limit_seats = payload.seats;
  return "";
}

std::string Worker::onHealth(bool failed) {
  if (context_ == nullptr) return "Health came before the configuration";
  context_->health_failed = failed;
  return "";
}

std::string Worker::onInherit(base::UniqueFd inbox) {
  if (drain_ == nullptr) return "Inherit before the worker was ready";
  handover_->addInbox(std::move(inbox));
  return "";
}

std::string Worker::onSuccessor(const ipc::SuccessorPayload& payload, base::UniqueFd outbox) {
  if (drain_ == nullptr) return "Successor before the worker was ready";
  handover_->setSuccessor(std::move(outbox), payload);
  return "";
}

void Worker::onHandoff(ipc::Handoff handoff) {
  if (handoff.kind == ipc::Handoff::Kind::Upstream) {
    if (clusters_ != nullptr) clusters_->adoptIdle(handoff);
    return;
  }
  if (handoff.listener >= listeners_.size()) {
    base::logger("main").error("a connection was handed over for a listener that is not here");
    return;
  }
  listeners_[handoff.listener]->adopt(std::move(handoff));
  if (state_ == State::Draining) handover_->sweepSoon();
}

void Worker::onSweep() {
  drain_->sweep();
}

void Worker::onDrain(const ipc::DrainPayload& payload) {
  if (drain_ == nullptr) {
    leave(0);
    return;
  }
  if (!payload.stay) setState(State::Draining);
  if (payload.stopping) handover_->dropSuccessor();
  drain_->begin(payload);
}

// The master died. Its sockets live on in us, so clients notice nothing; a new master (systemd
// starts one) binds beside us, and then we must make room.
void Worker::onMasterGone() {
  if (state_ == State::Draining) {
    // Nobody is left to say StopAccept.
    return onStopAccept({});
  }
  if (state_ != State::Accepting) return leave(0);
  base::logger("main").error("the master is gone: serving on for {} s, then draining",
                             orphan_grace_ms_ / 1000);
  setState(State::Orphan);
  orphan_ = std::make_unique<Orphan>(loop_, listeners_, master_, orphan_grace_ms_, [this] {
    ipc::DrainPayload payload{kOrphanDrainMs, true};
    payload.keep_accepting.resize(listeners_.size());
    std::iota(payload.keep_accepting.begin(), payload.keep_accepting.end(), 0);
    onDrain(payload);
  });
}

void Worker::setState(State state) {
  state_ = state;
  if (context_ != nullptr && context_->slab != nullptr) {
    context_->slab->header().state = static_cast<uint32_t>(state);
  }
}

std::string Worker::drainProgress() {
  const stats::SlabHeader& header = context_->slab->header();
  const Handover::Counts& given = handover_->given();
  const CutCounts& cut = drain_->cut();
  return toJson(ipc::DrainProgressPayload{header.connections, header.requests_inflight, given.http,
                                          given.tcp, given.upgrade, given.upstream, cut.http,
                                          cut.tcp, cut.upgrade});
}

void Worker::tick() {
  if (tick_timer_ == nullptr) tick_timer_ = loop_.createTimer([this] { tick(); });
  context_->slab->header().tick_ms = loop_.nowMs();
  heap_->tick(loop_.nowUs());
  if (descriptors_->tight()) {
    // Who waits in the queue needs the place more than who has not used it for so long.
    const uint64_t before_us = loop_.nowUs() - Drain::kIdleMs * 1000;
    for (auto& listener : listeners_) listener->closeIdle(before_us);
  }
  if (clusters_ != nullptr) {
    clusters_->settleLimits();
    clusters_->reportRates();
  }
  if (drain_ != nullptr && drain_->state() != Drain::State::Serving) {
    control_.send(ipc::MessageType::DrainProgress, drainProgress());
  }
  tick_timer_->start(kTickMs);
}

void Worker::leave(int code) {
  exit_code_ = code;
  loop_.stop();
}

int Worker::run() {
  control_.hello(base::buildRevision());
  loop_.run();
  if (sentinel_ != nullptr) sentinel_->dismiss();
  if (clusters_ != nullptr) clusters_->stopDialling();
  listeners_.clear();
  if (clusters_ != nullptr) clusters_->closeIdle();
  if (sinks_ != nullptr) sinks_->flushAll();
  control_.flush(200);
  return exit_code_;
}

}  // namespace

int workerMain(int control_fd) {
  // Signals are the master's business: a terminal sends Ctrl-C to the whole group, and a worker
  // that died of it would cut its requests.
  for (int signal :
       {SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE, SIGXFSZ, SIGTTIN, SIGTTOU, SIGQUIT}) {
    std::signal(signal, SIG_IGN);
  }
  static_cast<void>(net::useTlsMemory());
  Worker worker(control_fd);
  return worker.run();
}

}  // namespace convoy::worker
